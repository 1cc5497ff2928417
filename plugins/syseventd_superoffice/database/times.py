"""Times of the database as the WebAPI writes them: in UTC, and with their offset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from syseventd_superoffice.values import FIRST_YEAR, LAST_YEAR

Write: TypeAlias = Callable[[object], object]

EPOCH = datetime(1970, 1, 1)
MOST_SECONDS = 2**32
"""Old databases keep a time as 32 bits of seconds."""


def writer(zone: tzinfo) -> Write:
    """Writes values of columns whose times are of `zone`.

    None where no time is set. What is no time comes as it is: whoever reads it will say so.

    An hour that the clock shows twice is taken for the first of the two: what was written has
    then happened. One that it skips is reckoned from the time before, as clocks go on.
    """

    def write(value: object) -> object:
        if value is None or value == "":
            return None
        moment = _moment(value)
        if moment is None:
            return value
        if not FIRST_YEAR <= moment.year < LAST_YEAR or moment == EPOCH:
            return None
        # One with a zone of its own needs none of ours.
        known = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return known.astimezone(UTC).isoformat()

    return write


def local(at: float, zone: tzinfo) -> datetime:
    """Unix seconds → what a column whose times are of `zone` holds then."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


def seconds(moment: datetime) -> int:
    """A column's time → what the same column holds in a very old database."""
    return round((moment - EPOCH).total_seconds())


def _moment(value: object) -> datetime | None:
    """What a driver hands over for a time, whatever its type; None if it is no time."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_SECONDS:
        return EPOCH + timedelta(seconds=value)
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    return None
