"""Times of columns as the WebAPI writes them: zones, summer time, and what is no time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.database.times import local, seconds, writer
from syseventd_superoffice.values import read_time

OSLO = ZoneInfo("Europe/Oslo")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def told(value: object, zone: tzinfo = OSLO) -> float | None:
    """What a source reads of a column's value, once we have written it."""
    return read_time(writer(zone)(value))


def test_utc_column_is_utc() -> None:
    """Whatever the base time zone is."""
    assert told(datetime(2026, 7, 1, 12, 0), UTC) == at("2026-07-01T12:00:00+00:00")


def test_base_column_is_of_the_base_zone_in_summer() -> None:
    """Norway is two hours ahead in July."""
    assert told(datetime(2026, 7, 1, 14, 0)) == at("2026-07-01T12:00:00+00:00")


def test_base_column_is_of_the_base_zone_in_winter() -> None:
    """And one hour in January."""
    assert told(datetime(2026, 1, 1, 13, 0)) == at("2026-01-01T12:00:00+00:00")


def test_hour_that_comes_twice_is_the_first_of_them() -> None:
    """On 25 October 2026 the clock shows 02:30 twice, an hour apart."""
    assert told(datetime(2026, 10, 25, 2, 30)) == at("2026-10-25T00:30:00+00:00")


def test_hour_after_the_clocks_went_back_is_the_later_one() -> None:
    """03:00 comes once: two hours after 02:00 came first."""
    assert told(datetime(2026, 10, 25, 3, 0)) == at("2026-10-25T02:00:00+00:00")


def test_hour_that_is_skipped_goes_on_from_before() -> None:
    """On 29 March 2026 there is no 02:30: who reckoned 01:30 and an hour means 03:30."""
    assert told(datetime(2026, 3, 29, 2, 30)) == at("2026-03-29T03:30:00+02:00")


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "",
        0,
        datetime(1, 1, 1),
        datetime(1760, 1, 1),
        datetime(1899, 12, 31, 23, 59),
        datetime(1970, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59),
        date(1760, 1, 1),
        "1760-01-01 00:00:00",
        "0001-01-01T00:00:00",
    ],
)
def test_no_date_is_none(nothing: object) -> None:
    """However the database writes that there is none."""
    assert writer(OSLO)(nothing) is None


def test_seconds_of_a_very_old_database_are_of_the_base_zone() -> None:
    """Midnight stands as a multiple of a day in them, so they count by the clock on the wall."""
    midnight = seconds(datetime(2026, 7, 1))
    assert midnight % 86_400 == 0
    assert told(midnight) == at("2026-07-01T00:00:00+02:00")


def test_date_without_a_clock_is_midnight() -> None:
    """As a column of mere dates has it."""
    assert told(date(2026, 7, 1)) == at("2026-07-01T00:00:00+02:00")


def test_text_is_read_as_a_time() -> None:
    """SQLite has no other type for it."""
    assert told("2026-07-01 14:00:00.500000") == at("2026-07-01T12:00:00.500+00:00")


def test_time_with_an_offset_of_its_own_keeps_it() -> None:
    """A column that knows its zone needs none of ours."""
    own = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    assert told(own) == at("2026-07-01T07:00:00+00:00")


@pytest.mark.parametrize("strange", ["soon", True, -1, 2**40, 1.5, b"\x00", ["x"]])
def test_what_is_no_time_comes_as_it_is(strange: object) -> None:
    """So that the source that reads it says what is wrong."""
    assert writer(OSLO)(strange) is strange


@given(st.integers(min_value=-2_000_000_000, max_value=4_000_000_000))
def test_what_is_compared_with_a_column_is_what_it_holds(moment: int) -> None:
    """A time in the base zone and back is the same, but for the hour that comes twice."""
    back = told(local(moment, OSLO))
    if back is not None:
        assert back in (moment, moment - 3600)


@given(st.datetimes(datetime(1900, 1, 2), datetime(8999, 12, 30)))
def test_every_time_of_a_column_can_be_read(moment: datetime) -> None:
    """No clock on any wall of the world makes a probe fail."""
    if moment != datetime(1970, 1, 1):
        assert told(moment) is not None
