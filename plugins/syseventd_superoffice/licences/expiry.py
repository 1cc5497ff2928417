"""The dates of a licence as events: one for each that is near, told anew at each rung. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syseventd import NEVER, Ending, EndReason, Observation, Timestamp
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.dates import day_of
from syseventd_superoffice.licences.ladder import (
    GRACE,
    OVER,
    Rung,
    climb,
    is_renewal,
    rung_at,
    rung_in_words,
)
from syseventd_superoffice.licences.licence import Licence, event_key
from syseventd_superoffice.licences.memory import Held


@dataclass(frozen=True, slots=True)
class Road:
    """A date that a ladder leads to: its kind of Expiry, its event, and its words."""

    date: str
    kind: str
    key: str
    name: str
    before: str
    over: str
    grace: str = ""


LICENCE = Road(
    "licence",
    kinds.EXPIRY,
    "expiry",
    "Licence of",
    "expires within",
    "expired",
    grace="grace",
)
MAINTENANCE = Road(
    "maintenance",
    kinds.MAINTENANCE,
    "maintenance",
    "Maintenance of",
    "ends within",
    "over",
)


@dataclass(frozen=True, slots=True)
class Course:
    """Where a date stands now. `renewal` says from when to when it was put off, if it was."""

    observation: Observation | None = None
    ending: Ending | None = None
    rung: Rung | None = None
    renewal: str = ""


def follow(
    road: Road, licence: Licence, held: Held | None, rungs: Sequence[Rung], now: Timestamp
) -> Course:
    """Where one date of a licence stands, given what is remembered of it.

    What was put off while its event was open ends that event. Its next one, if it is near
    already, begins with the next probe: one snapshot can't tell two lives of one key.
    """
    at, grace = licence.dates.get(road.date), licence.dates.get(road.grace)
    if at is None:
        return Course()
    held = held or Held(licence.owner)
    standing = held.rungs.get(road.date)
    renewal = _renewal(road, at, grace, held)
    if renewal and standing is not None:
        last = _observe(road, licence, held.dates.get(road.date, at), "renewed", renewal)
        return Course(ending=Ending(last, EndReason.RENEWED), renewal=renewal)
    rung = climb(standing, rung_at(now, at, grace, rungs), rungs)
    if rung is None:
        return Course(renewal=renewal)
    message = f"end: {day_of(at)}"
    if grace is not None:
        message += f"; end of its grace: {day_of(grace)}"
    seen = _observe(road, licence, at, _status(road, rung), message)
    return Course(seen, rung=rung, renewal=renewal)


def _renewal(road: Road, at: Timestamp, grace: Timestamp | None, held: Held) -> str:
    old, old_grace = held.dates.get(road.date), held.dates.get(road.grace)
    if old is not None and is_renewal(old, at):
        return f"renewed from {day_of(old)} to {day_of(at)}"
    over = held.rungs.get(road.date) == OVER
    if over and grace is not None and is_renewal(at if old_grace is None else old_grace, grace):
        return f"its grace was put off until {day_of(grace)}"
    return ""


def _status(road: Road, rung: Rung) -> str:
    if rung == OVER:
        return road.over
    if rung == GRACE:
        return f"{road.over}, in grace"
    return f"{road.before} {rung_in_words(rung)}"


def _observe(road: Road, licence: Licence, at: Timestamp, status: str, message: str) -> Observation:
    told = {"Company": licence.company, "Serial number": licence.serial}
    return Observation(
        key=event_key(road.key, licence.owner),
        kind=road.kind,
        name=f"{road.name} {licence.owner}",
        status=status,
        message=message,
        expected_end=None if at == NEVER else at,
        details=tuple((heading, text) for heading, text in told.items() if text),
    )


def check_missed(
    licence: Licence, held: Held | None, tolerance: float, now: Timestamp
) -> Observation | Ending | None:
    """The check at the licence server, once its date is past by more than `tolerance` seconds.

    One that was made since the last probe ends its event, if there is any.
    """
    at = licence.dates.get("next_check")
    before = held.dates.get("next_check") if held else None
    if at is None:
        return None
    missed = now > at + tolerance
    if not missed and (before is None or before >= at):
        return None
    seen = Observation(
        key=event_key("check", licence.owner),
        kind=kinds.CHECK_MISSED,
        name=f"Licence check of {licence.owner}",
        status="missed" if missed else "made",
        message=f"it was due on {day_of(at)}" if missed else f"the next one is on {day_of(at)}",
    )
    return seen if missed else Ending(seen, EndReason.SUCCEEDED)
