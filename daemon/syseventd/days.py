"""How many days are left until a date: the one rule of pages, API and plugins' texts.

What a licence says of its end is a day, not a moment: it is written as midnight of whichever zone
it comes from, and the vendor's own screen tells the day. So days are counted as on a calendar,
from today to that day, in the daemon's time zone: the number is the same all day, and whoever
counts from today to the date beside it comes to it too. It never contradicts whether the date
has passed: where the two zones' midnights are apart, what lies between them is today. What ends at
a moment, such as a certificate, has whole days of 24 hours: what remains of it is never overstated.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, tzinfo

from syseventd.model import NEVER, Expiry, Timestamp

DAY = 86400.0

_QUARTER = 900.0
"""Seconds. The offset of every zone is a whole number of these."""

_DAYS = frozenset({"licence", "grace", "maintenance", "next_check", "admin_warning"})
"""Kinds of expiry whose date is a day."""


def is_day(expiry: Expiry) -> bool:
    """Whether a day is meant by an expiry's date, and no moment of it; never is neither."""
    return expiry.kind in _DAYS and expiry.at != NEVER


def day_of(at: Timestamp) -> date:
    """The day that such a date means; `at` is not NEVER.

    What lies on a quarter of an hour is some zone's midnight: the nearest midnight's day is meant.
    Midnights of zones more than 12 hours ahead (New Zealand's summer, Samoa, Tonga, Kiribati) can't
    be told from those of zones 10 or 11 hours behind: theirs come out as the day before.
    """
    midnight = (at + DAY / 2) // DAY * DAY if at % _QUARTER == 0 else at
    return datetime.fromtimestamp(midnight, UTC).date()


def days_until(at: Timestamp, now: Timestamp, zone: tzinfo | None = None) -> int:
    """Days by the calendar from today to the day that a date means.

    Never above 0 once it has passed, and never below before. Today is the day of `now` in `zone`,
    by default the daemon's own.
    """
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    days = (day_of(at) - today).days
    return min(days, 0) if at <= now else max(days, 0)


def days_left(expiry: Expiry, now: Timestamp, zone: tzinfo | None = None) -> int | None:
    """How many days are left of what expires; None for what never does.

    Of a day as `days_until` has it; of a moment below 0 as soon as it has passed: -1 for 24 hours.
    """
    if expiry.at == NEVER:
        return None
    if is_day(expiry):
        return days_until(expiry.at, now, zone)
    return math.floor((expiry.at - now) / DAY)
