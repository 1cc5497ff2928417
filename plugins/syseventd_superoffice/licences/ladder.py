"""The rungs before a date: how near it is, in steps that are never taken back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from syseventd import NEVER, Timestamp
from syseventd.settings import format_duration
from syseventd_superoffice.licences.dates import DAY

Rung: TypeAlias = float
"""Seconds before the date; below, GRACE and OVER. The smaller, the later."""

GRACE: Rung = 0.0
"""The date has passed, and what it ends goes on for a while."""

OVER: Rung = -1.0
"""The date has passed, and its grace, if it had any."""


def rung_at(
    now: Timestamp, at: Timestamp, grace: Timestamp | None, rungs: Iterable[Rung]
) -> Rung | None:
    """The rung that is reached at `now`, on the way to `at`; None before the first.

    `grace` is until when it goes on after `at`, where there is any such time.
    """
    if at == NEVER:
        return None
    if now >= at:
        return GRACE if grace is not None and now < grace else OVER
    return min((rung for rung in rungs if at - now <= rung), default=None)


def climb(held: Rung | None, reached: Rung | None, rungs: Iterable[Rung]) -> Rung | None:
    """The rung to stand on: the later of both. One that is configured no more is not held."""
    known = held is not None and held in {*rungs, GRACE, OVER}
    return min((r for r in (held if known else None, reached) if r is not None), default=None)


def is_renewal(old: Timestamp, new: Timestamp) -> bool:
    """Whether a date was put off. What moves by less than a day was told in another zone."""
    return new > old and new - old >= DAY


def rung_in_words(rung: Rung) -> str:
    """`"30 days"`, `"1 day"`; `"12h"` where it is no whole number of days."""
    days = rung / DAY
    if days != int(days):
        return format_duration(rung)
    return f"{days:.0f} day" if days == 1 else f"{days:.0f} days"
