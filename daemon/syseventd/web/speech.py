"""How times, lengths, shares and counts are said in one language."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent, format_scientific

from syseventd.days import day_of, days_until, is_day
from syseventd.model import Expiry, Timestamp
from syseventd.web.language import Language

UNKNOWN = "\N{EN DASH}"

LARGEST_COUNT = 1e15
"""From here on a number is said by its power of ten: nobody reads so many digits."""

_UNITS = (
    # from how many seconds on a unit is used, and how many seconds it has
    (2 * 365 * 86400, 365 * 86400),
    (90 * 86400, 30 * 86400),
    (2 * 86400, 86400),
    (2 * 3600, 3600),
    (2 * 60, 60),
    (0, 1),
)


def iso_time(at: Timestamp) -> str:
    """`"2026-11-24T06:31:27Z"`; fractions of a second only where there are any."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


class Speech:
    """Says everything as of `now`, in Unix seconds, in one language and time zone."""

    def __init__(self, language: Language, now: Timestamp, zone: tzinfo | None = None) -> None:
        self.language = language
        self.now = now
        self._zone = zone

    def moment(self, at: Timestamp, *, seconds: bool = False) -> str:
        """`"24 Nov 2026 07:31"`, in the daemon's time zone."""
        return f"{self.date(at)} {self.clock(at, seconds=seconds)}"

    def date(self, at: Timestamp) -> str:
        """`"24 Nov 2026"`, in the daemon's time zone."""
        return format_date(self._local(at), "medium", locale=self.language.locale)

    def clock(self, at: Timestamp, *, seconds: bool = False) -> str:
        """`"07:31"`, in the daemon's time zone."""
        form = "medium" if seconds else "short"
        return format_time(self._local(at).time(), form, locale=self.language.locale)

    def moment_or_time(self, at: Timestamp) -> str:
        """Only the time of day, where the day is today's."""
        if self._local(at).date() == self._local(self.now).date():
            return self.clock(at)
        return self.moment(at)

    def offset(self, at: Timestamp) -> str:
        """`"+01:00"`: how far the shown time is ahead of UTC."""
        return format_datetime(self._local(at), "xxx", locale=self.language.locale)

    def relative(self, at: Timestamp) -> str:
        """`"in 12 days"` or `"3 days ago"`. Whole units only: what remains is not overstated."""
        away = at - self.now
        unit = next(unit for least, unit in _UNITS if abs(away) >= least)
        count = int(abs(away) // unit)
        return format_timedelta(
            timedelta(seconds=math.copysign(count * unit, away)),
            threshold=max(count, 1) / 2,  # keeps the unit: the next larger one has at least four
            add_direction=True,
            locale=self.language.locale,
        )

    def ago(self, at: Timestamp) -> str:
        """`"3 days ago"`; of what happened within the last second, `"just now"`."""
        if at > self.now - 1:  # or after it: while the page was made
            return self.language.catalogue.gettext("just now")
        return self.relative(at)

    def left(self, expiry: Expiry) -> str:
        """`"in 12 days"`, `"today"`, `"3 days ago"`: until the day that is meant, or the moment."""
        if not is_day(expiry):
            return self.relative(expiry.at)
        days = days_until(expiry.at, self.now, self._zone)
        if not days:
            return self.language.catalogue.gettext("today")
        return format_timedelta(
            timedelta(days=days),
            granularity="day",
            threshold=math.inf,  # keeps the unit: whoever counts the days comes to this number
            add_direction=True,
            locale=self.language.locale,
        )

    def day(self, expiry: Expiry) -> str:
        """`"6 Dec 2026"`: the day that its date means."""
        return format_date(day_of(expiry.at), "medium", locale=self.language.locale)

    def count(self, value: float) -> str:
        """`"1,000"`, `"1E300"`, and what is no number at all as a dash."""
        if not math.isfinite(value):
            return UNKNOWN
        if abs(value) >= LARGEST_COUNT:
            return format_scientific(value, locale=self.language.locale)
        return format_decimal(value, locale=self.language.locale)

    def share(self, value: float) -> str:
        """`"45%"`. Rounded down: 100 % is said of what is finished."""
        return format_percent(math.floor(value * 100 + 1e-9) / 100, locale=self.language.locale)

    def seconds(self, length: float) -> str:
        """`"0.012 s"`: to the millisecond."""
        return f"{self.count(round(length, 3))} s"

    def duration(self, length: float) -> str:
        """`"0.010 s"`: always to the millisecond, so that those below each other compare."""
        return f"{format_decimal(length, '#,##0.000', locale=self.language.locale)} s"

    def _local(self, at: Timestamp) -> datetime:
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)
