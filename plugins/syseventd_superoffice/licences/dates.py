"""Days of licences: their dates mean days, written as midnight of the zone they came from."""

from __future__ import annotations

from datetime import UTC, datetime

from syseventd import NEVER, Timestamp

DAY = 86400.0

_QUARTER = 900.0
"""Seconds. The offset of every zone is a whole number of these."""


def day_of(at: Timestamp) -> str:
    """The day that a date means, as `2027-03-27`; "never" for NEVER.

    What lies on a quarter of an hour is some zone's midnight: the nearest midnight's day is meant.
    """
    if at == NEVER:
        return "never"
    return datetime.fromtimestamp(_midnight(at), UTC).date().isoformat()


def days_left(at: Timestamp, now: Timestamp) -> int:
    """How many days lie between now and the day that a date means; below 0 once it is past."""
    return int(_midnight(at) // DAY - now // DAY)


def _midnight(at: Timestamp) -> Timestamp:
    return (at + DAY / 2) // DAY * DAY if at % _QUARTER == 0 else at
