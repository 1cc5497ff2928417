"""How many days are left: by the calendar to a day, in whole days to a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.days import DAY, day_of, days_left, days_until, is_day
from syseventd.model import EARLIEST, LATEST, NEVER, Expiry

KINDS = ("licence", "grace", "maintenance", "next_check", "admin_warning")
ZONES = st.integers(-12 * 4, 12 * 4).map(lambda n: timezone(n * timedelta(minutes=15)))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2027-03-27T00:00:00", "2027-03-27"),
        ("2027-03-26T23:00:00", "2027-03-27"),  # midnight in Stockholm
        ("2027-03-26T18:30:00", "2027-03-27"),  # midnight in Mumbai
        ("2027-03-27T08:00:00", "2027-03-27"),  # midnight in Los Angeles
        ("2027-03-27T23:59:59", "2027-03-27"),
        ("1965-03-27T00:00:00", "1965-03-27"),
    ],
)
def test_the_day_of_a_date(time: str, day: str) -> None:
    """A midnight of any zone is its day; the last second of a day is too."""
    assert day_of(at(time)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2027-03-26T00:00:00", 1),
        ("2027-03-26T22:59:00", 1),
        ("2027-03-27T12:00:00", 0),
        ("2027-03-28T00:00:00", -1),
    ],
)
def test_days_are_counted_by_the_calendar(now: str, left: int) -> None:
    """Tomorrow is one day off, from midnight on until it comes."""
    assert days_until(at("2027-03-26T23:00:00"), at(now), UTC) == left


@given(st.integers(0, 40_000), st.integers(-4000, 4000), st.floats(0, DAY - 1), ZONES)
def test_who_counts_from_today_comes_to_the_number(
    day: int, left: int, second: float, zone: timezone
) -> None:
    """At every second of the day, and wherever the daemon is, but for a date that has passed."""
    today = date(1970, 1, 1) + timedelta(days=day)
    now = datetime(today.year, today.month, today.day, tzinfo=zone).timestamp() + second
    end = (day + left) * DAY
    assert days_until(end, now, zone) == (0 if left == 1 and end <= now else left)


@given(st.integers(0, 40_000 * 96), st.floats(-3 * DAY, 3 * DAY), ZONES)
def test_days_never_contradict_whether_the_date_has_passed(
    quarter: int, away: float, zone: timezone
) -> None:
    """Whatever the zone that the date comes from, and wherever the daemon is."""
    end = quarter * 900.0
    now = end + away
    left = days_until(end, now, zone)
    assert left <= 0 if end <= now else left >= 0


@pytest.mark.parametrize(
    ("end", "now", "hours"),
    [
        # Midnight in Stockholm; to a daemon in UTC half an hour of the day before is to come.
        ("2026-12-06T23:00:00", "2026-12-06T23:30:00", 0),
        # Midnight in UTC; a daemon in New York is in the evening of the day before.
        ("2026-12-07T00:00:00", "2026-12-07T02:00:00", -5),
        # The last second of a day in UTC; in Stockholm the next one has begun.
        ("2026-12-06T23:59:59", "2026-12-06T23:30:00", 1),
    ],
)
def test_between_two_midnights_it_is_today(end: str, now: str, hours: int) -> None:
    """Nothing is said to have expired and to have a day left, nor to be past and to come."""
    assert days_until(at(end), at(now), timezone(timedelta(hours=hours))) == 0


def test_midnights_of_zones_far_ahead_are_the_day_before() -> None:
    """In Auckland's summer; in its winter, 12 hours ahead, the day is right."""
    assert day_of(at("2027-01-14T11:00:00")) == date(2027, 1, 14)
    assert day_of(at("2027-07-14T12:00:00")) == date(2027, 7, 15)


@pytest.mark.parametrize("kind", KINDS)
def test_a_licences_date_is_a_day(kind: str) -> None:
    """Eleven and a half days are twelve by the calendar."""
    expiry = Expiry(kind, "A", at("2026-12-06T00:00:00"))
    assert is_day(expiry)
    assert days_left(expiry, at("2026-11-24T12:00:00"), UTC) == 12


def test_what_ends_at_a_moment_has_whole_days() -> None:
    """Never more than remain, and below none from the moment on that it is over."""
    expiry = Expiry("certificate", "A", at("2026-12-06T00:00:00"))
    assert not is_day(expiry)
    assert days_left(expiry, at("2026-11-24T12:00:00")) == 11
    assert days_left(expiry, at("2026-12-05T23:59:59")) == 0
    assert days_left(expiry, at("2026-12-06T00:00:01")) == -1
    assert days_left(expiry, at("2026-12-06T23:00:00")) == -1
    assert days_left(expiry, at("2026-12-08T23:00:00")) == -3


def test_what_never_ends_has_no_days() -> None:
    """Of no kind."""
    for kind in (*KINDS, "certificate"):
        assert days_left(Expiry(kind, "A", NEVER), 0.0) is None
        assert not is_day(Expiry(kind, "A", NEVER))


@pytest.mark.parametrize("time", [EARLIEST, LATEST])
def test_every_time_that_the_model_allows_has_a_day(time: float) -> None:
    """The earliest and the latest."""
    assert day_of(time).year in (68, 69, 9891, 9892)
