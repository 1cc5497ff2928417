"""Days of licences in words: their dates mean days, and days are counted as on a calendar."""

from __future__ import annotations

from syseventd import NEVER, Timestamp, days_until
from syseventd import day_of as day_that

DAY = 86400.0


def day_of(at: Timestamp) -> str:
    """The day that a date means, as `2027-03-27`; "never" for NEVER."""
    return "never" if at == NEVER else day_that(at).isoformat()


def day_and_days(at: Timestamp, now: Timestamp) -> str:
    """`"2027-03-27 (12 days left)"`, `"2027-03-27 (today)"`, `"2027-03-27 (1 day ago)"`."""
    if at == NEVER:
        return "never"
    left = days_until(at, now)
    days = "1 day" if abs(left) == 1 else f"{abs(left)} days"
    when = "today" if not left else f"{days} left" if left > 0 else f"{days} ago"
    return f"{day_of(at)} ({when})"
