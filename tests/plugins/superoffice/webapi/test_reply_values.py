"""How single values of replies are read: dates, numbers, texts, flags."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Observation, Problem
from syseventd_superoffice.values import (
    Fields,
    read_count,
    read_flag,
    read_text,
    read_time,
    read_whole,
    shown,
)

AUGUST = datetime(2026, 8, 1, 18, 0, tzinfo=UTC).timestamp()

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-01T18:00:00",
        "2026-08-01T18:00:00Z",
        "2026-08-01T18:00:00z",
        "2026-08-01T18:00",
        " 2026-08-01 18:00:00 ",
        "2026-08-01T20:00:00+02:00",
        "2026-08-01T20:00:00+0200",
        "2026-08-01T20:00:00 +02",
        "2026-08-01T18:00:00.0000000Z",
        "2026-08-01T18:00:00,0",
    ],
)
def test_dates_are_read_however_they_are_written(text: str) -> None:
    """With and without zone or fraction, all of these are the same moment."""
    assert read_time(text) == AUGUST


def test_seven_digits_of_a_second_are_read_to_the_microsecond() -> None:
    """.NET writes ticks; the seventh digit is dropped."""
    assert read_time("2026-08-01T18:00:00.1234567") == pytest.approx(AUGUST + 0.123456, abs=1e-6)


def test_a_day_is_its_midnight_in_utc() -> None:
    """A date without a time of day begins it."""
    assert read_time("2026-08-01") == datetime(2026, 8, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        0,
        0.0,
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0000-00-00T00:00:00",
        "1760-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999",
        -62_135_596_800,
        253_402_300_799.0,
    ],
)
def test_no_date_is_none(value: object) -> None:
    """Every way to write "no date" reads as None."""
    assert read_time(value) is None


def test_old_numbers_are_unix_seconds() -> None:
    """Old databases count seconds."""
    assert read_time(1785607200) == 1785607200.0


@pytest.mark.parametrize(
    "value",
    [
        "banana",
        "2026-13-01T00:00:00",
        "2026-02-30",
        "2026-08-01T25:00:00",
        "2026-08-01T18:00:00+99:00",
        "20260801",
        "2026-W31-6",
        "1785607200",
        pytest.param(f"2026-08-01T18:00:00.{'1' * 9_000}", id="a fraction without end"),
        True,
        math.nan,
        math.inf,
        -math.inf,
        1785607200000,
        -1e12,
        {},
        [],
    ],
)
def test_what_is_no_date_is_refused(value: object) -> None:
    """The complaint shows the value."""
    with pytest.raises(ValueError, match="is not a date"):
        read_time(value)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(8999, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_dates_survive_their_writing(moment: datetime, minutes: int) -> None:
    """Whatever the zone, a date that is written in ISO is read as that moment."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_time(aware.isoformat()) == pytest.approx(aware.timestamp(), abs=1e-4)


@given(JSON | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,9})?(Z|[+-]\d\d:\d\d)?"))
def test_a_date_that_is_read_can_be_observed(value: object) -> None:
    """Any value is refused, or empty, or a time that the model takes."""
    try:
        read = read_time(value)
    except ValueError:
        return
    observed = Observation("key", "kind", "name", activated_at=read, expected_end=read)
    assert observed.activated_at == observed.expected_end == read


@given(JSON)
def test_no_value_breaks_a_reader(value: object) -> None:
    """What can't be read raises ValueError and nothing else."""
    assert len(shown(value)) <= 60
    for read in (read_text, read_whole, read_count, read_flag):
        with suppress(ValueError):
            read(value)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (" AU ", "AU"), (7, "7"), (True, "true"), (False, "false"), (1.5, "1.5")],
)
def test_texts(value: object, text: str) -> None:
    """Plain values are texts, an empty one is "" """
    assert read_text(value) == text


@pytest.mark.parametrize(
    ("value", "number"), [(None, None), ("", None), (3, 3), ("3", 3), (" -3 ", -3), (3.0, 3)]
)
def test_whole_numbers(value: object, number: int | None) -> None:
    """Numbers may come as text."""
    assert read_whole(value) == number


@pytest.mark.parametrize("value", [True, 3.5, "3.5", "", "three", [], math.nan, " " * 99 + "3"])
def test_what_is_no_whole_number(value: object) -> None:
    """Neither flags nor fractions are whole numbers; nothing at all is no complaint."""
    if value == "":
        assert read_whole(value) is None
    else:
        with pytest.raises(ValueError, match="is not a whole number"):
            read_whole(value)


@pytest.mark.parametrize("value", [2**63, -(2**63), 1e300, 10**400])
def test_numbers_beyond_64_bits(value: object) -> None:
    """What no store keeps is refused."""
    with pytest.raises(ValueError, match="is too large a number"):
        read_whole(value)


def test_the_largest_number() -> None:
    """All that 63 bits hold is taken."""
    assert read_whole(2**63 - 1) == 2**63 - 1


def test_counts_are_not_negative() -> None:
    """Nobody uses fewer than no seats."""
    with pytest.raises(ValueError, match="-1 is less than nothing"):
        read_count(-1)


@pytest.mark.parametrize(
    ("value", "flag"),
    [(None, False), (True, True), (1, True), (0, False), ("True", True), ("false", False)],
)
def test_flags(value: object, flag: bool) -> None:
    """Flags may come as numbers or words; nothing means no."""
    assert read_flag(value) is flag


@pytest.mark.parametrize("value", ["maybe", 2, [], 0.5, " " * 99])
def test_what_is_no_flag(value: object) -> None:
    """A flag that is neither is refused."""
    with pytest.raises(ValueError, match="is neither true nor false"):
        read_flag(value)


def test_a_long_value_is_shown_in_short() -> None:
    """Messages stay readable."""
    assert shown("x" * 500) == f'"{"x" * 58}…'
    assert (shown([1] * 500), shown({"a": 1}), shown([])) == ("[…]", "{…}", "[]")
    assert shown(object()) == "object"


def test_fields_note_what_they_cant_read() -> None:
    """A bad field yields its default and one note with its place and name."""
    problems: list[Problem] = []
    fields = Fields("row 1", {"ETA": "banana", "scope": 2}, problems)
    assert fields.read("eta", read_time, None) is None
    assert fields.read("Scope", read_whole, None) == 2
    assert "eta" in fields
    assert "owner" not in fields
    assert [str(p) for p in problems] == ['row 1: eta "banana" is not a date']
