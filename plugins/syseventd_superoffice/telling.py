"""What is told again stays the same object: a thousand installations say mostly the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TypeVar

from syseventd import Snapshot

T = TypeVar("T", bound=Hashable)

MANY = 2000
"""Items beyond which to look for the equal ones would hold up others: real lists have dozens."""


def as_before(new: Snapshot, before: Snapshot) -> Snapshot:
    """`new`, made of the objects of `before` as far as they are equal; `before` if it all is.

    What is known of an event keeps what first told it. If each snapshot brought another object
    of the same content, everything would be in the memory twice.
    """
    if new == before:
        return before
    return replace(
        new,
        observations=shared(new.observations, before.observations),
        expiries=shared(new.expiries, before.expiries),
        seats=shared(new.seats, before.seats),
        measurements=shared(new.measurements, before.measurements),
        facts=before.facts if new.facts == before.facts else new.facts,
        memory=before.memory if new.memory == before.memory else new.memory,
    )


def shared(new: tuple[T, ...], before: tuple[T, ...]) -> tuple[T, ...]:
    """`new`, with the objects of `before` where they are equal."""
    if new == before:
        return before
    if len(new) + len(before) > MANY:
        return new
    kept = {item: item for item in before}
    return tuple(kept.get(item, item) for item in new)
