"""Durations as people write them: read, refused with what to write, and written again."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from syseventd.settings import LONGEST, UNITS, Duration, Settings, format_duration, parse_duration


class Patience(Settings):
    patience: Duration = 5.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15.0),
        ("5m", 300.0),
        ("2h", 7200.0),
        ("30d", 2592000.0),
        ("1w", 604800.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("1h30m", 5400.0),
        ("1m500ms", 60.5),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """Each unit of the contract, alone and together."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("5 minutes", '"5 minutes" is not a duration; write "5m"'),
        ("5m ", '"5m " is not a duration; write "5m"'),
        ("5 min.", '"5 min." is not a duration; write "5m"'),
        ("1.5 Hours", '"1.5 Hours" is not a duration; write "1.5h"'),
        ("20 milliseconds", '"20 milliseconds" is not a duration; write "20ms"'),
        ("20 msec", '"20 msec" is not a duration; write "20ms"'),
        ("3 months", '"3 months" is not a duration; write "90d"'),
        ("2 years", '"2 years" is not a duration; write "730d"'),
        ("60", '"60" is not a duration; write "60s"'),
        ("2.5", '"2.5" is not a duration; write "2.5s"'),
        ("5 fortnights", '"5 fortnights" is not a duration; write "5m"'),
        ("soon", '"soon" is not a duration; write "5m"'),
        ("", '"" is not a duration; write "5m"'),
        ("-5m", '"-5m" is not a duration; write "5m"'),
        ("\u0665m", '"\u0665m" is not a duration; write "5m"'),
        ("999999999 days", '"999999999 days" is not a duration; write "5m"'),
        ("999 years", '"999 years" is not a duration; write "36500d"'),
        (60, '60 is not a duration; write "60s"'),
        (1.5, '1.5 is not a duration; write "1.5s"'),
        (100_000_000, '100000000 is not a duration; write "100000000s"'),
        (0, '0 is not a duration; write "5m"'),
        (-1, '-1 is not a duration; write "5m"'),
        (True, 'True is not a duration; write "5m"'),
        (math.inf, 'inf is not a duration; write "5m"'),
        (math.nan, 'nan is not a duration; write "5m"'),
        (None, 'None is not a duration; write "5m"'),
    ],
)
def test_what_is_no_duration_says_what_to_write(value: object, message: str) -> None:
    """The error quotes what was written and gives the nearest form that is read."""
    with pytest.raises(ValueError, match="is not a duration") as raised:
        parse_duration(value)
    assert str(raised.value) == message


WRITTEN = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.from_regex(r"[0-9]+(\.[0-9]+)? ?[a-zA-Z]*\.?", fullmatch=True),
)


@given(WRITTEN)
@example("60000000m")
def test_what_the_error_says_to_write_is_a_duration(value: object) -> None:
    """Advice that is refused in its turn would be worse than none."""
    try:
        parse_duration(value)
    except ValueError as error:
        advice = str(error).rpartition(' write "')[2].removesuffix('"')
        assert parse_duration(advice) >= 0
    else:
        assume(False)


@given(st.floats(min_value=1.0, max_value=LONGEST - 1))
def test_a_formatted_duration_reads_as_the_same_to_the_millisecond(seconds: float) -> None:
    """However long it is: no exponent, no "60s"."""
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=1e-12, abs=6e-4)


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_formatted_fraction_of_a_second_reads_as_the_same(seconds: float) -> None:
    """Down to the nanosecond."""
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from(sorted(UNITS))), min_size=1, max_size=10
    )
)
def test_a_sum_of_parts_is_read_and_formatted(parts: list[tuple[int, str]]) -> None:
    """What is written in any units reads as their sum, and so does what we make of it."""
    seconds = parse_duration("".join(f"{number}{unit}" for number, unit in parts))
    assert seconds == pytest.approx(sum(number * UNITS[unit] for number, unit in parts))
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5400.0, "1h30m"),
        (0.25, "250ms"),
        (0.0, "0ms"),
        (1.5, "1.5s"),
        (60.0, "1m"),
        (59.9999999, "1m"),
        (3599.9999999, "1h"),
        (90061.0, "1d1h1m1s"),
        (LONGEST, "36500d"),
        (86400.0 * 1_234_567, "1234567d"),
    ],
)
def test_a_duration_is_written_in_the_largest_units(seconds: float, text: str) -> None:
    """As people would write it."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize("text", ["36501d", "36500d1ms", "9" * 400 + "s"])
def test_a_duration_has_an_end(text: str) -> None:
    """What lies beyond is a slip of the pen; the error stays short."""
    with pytest.raises(ValueError, match='is too long; at the most write "36500d"') as raised:
        parse_duration(text)
    assert len(str(raised.value)) < 80


@pytest.mark.parametrize("text", ["0s", "0ms", "0h0m", "36501d"])
def test_a_setting_takes_a_length_that_can_be_waited(text: str) -> None:
    """More than zero, and less than for ever."""
    with pytest.raises(ValidationError, match="patience"):
        Patience.model_validate({"patience": text})


def test_editors_learn_how_a_duration_is_written() -> None:
    """The schema's pattern takes what we take."""
    schema = TypeAdapter(Duration).json_schema()
    assert schema["type"] == "string"
    assert {parse_duration(example) for example in schema["examples"]} == {15, 300, 7200, 2592000}
