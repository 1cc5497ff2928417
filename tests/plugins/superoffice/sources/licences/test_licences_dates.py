"""The day that a date means, whatever zone's midnight it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syseventd import NEVER
from syseventd_superoffice.licences.dates import day_of, days_left


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
    assert day_of(at(time)) == day


def test_the_day_of_never() -> None:
    """What never comes has no day."""
    assert day_of(NEVER) == "never"


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2027-03-26T00:00:00", 1),
        ("2027-03-26T23:59:00", 1),
        ("2027-03-27T12:00:00", 0),
        ("2027-03-28T00:00:00", -1),
    ],
)
def test_days_are_counted_by_the_calendar(now: str, left: int) -> None:
    """Tomorrow is one day off, at noon and just before midnight."""
    assert days_left(at("2027-03-26T23:00:00"), at(now)) == left
