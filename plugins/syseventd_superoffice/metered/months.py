"""The calendar month that a moment lies in, in the time zone of an installation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from syseventd import Timestamp


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its name, such as 2026-11: its first moment, and the first of the next one."""

    name: str
    start: Timestamp
    end: Timestamp

    @property
    def length(self) -> float:
        """In seconds. Where clocks are put forward or back, it is no whole number of days."""
        return self.end - self.start


def month_of(at: Timestamp, zone: tzinfo) -> Month:
    """The month of `at` (Unix seconds) on the clocks of `zone`."""
    first = datetime.fromtimestamp(at, zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    year, month = (first.year, first.month + 1) if first.month < 12 else (first.year + 1, 1)
    following = first.replace(year=year, month=month)
    return Month(f"{first:%Y-%m}", first.timestamp(), following.timestamp())


def day_of(at: Timestamp, zone: tzinfo) -> str:
    """The date of `at` on the clocks of `zone`, as ISO 8601 writes it."""
    return datetime.fromtimestamp(at, zone).date().isoformat()
