"""Offers a target type that another plugin offers, and one that nobody does."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import TargetType
from syseventd.settings import Settings


@hookimpl
def target_types() -> Iterable[TargetType]:
    """All of it or nothing."""
    return [TargetType("seals", Settings), TargetType("certificates", Settings)]
