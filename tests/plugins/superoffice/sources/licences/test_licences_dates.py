"""Days of licences in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syseventd import NEVER
from syseventd_superoffice.licences.dates import day_and_days, day_of


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_day_of_a_date() -> None:
    """Whatever zone's midnight it is; what never comes has no day."""
    assert day_of(at("2027-03-26T23:00:00")) == "2027-03-27"
    assert day_of(NEVER) == "never"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2027-03-15T12:00:00", "2027-03-27 (12 days left)"),
        ("2027-03-26T12:00:00", "2027-03-27 (1 day left)"),
        ("2027-03-27T12:00:00", "2027-03-27 (today)"),
        ("2027-03-28T12:00:00", "2027-03-27 (1 day ago)"),
    ],
)
def test_the_day_with_how_many_are_left(now: str, said: str) -> None:
    """By the calendar."""
    assert day_and_days(at("2027-03-26T23:00:00"), at(now)) == said
    assert day_and_days(NEVER, at(now)) == "never"
