"""A share is written as a part of one; who writes per cent is told what to write."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.settings import parse_fraction


@given(st.floats(0, 1))
def test_a_part_of_one_is_read(share: float) -> None:
    """Both ends belong to it."""
    assert parse_fraction(share) == share


def test_whole_numbers_are_read() -> None:
    """TOML has 1 and 1.0 apart; here they mean the same."""
    assert (parse_fraction(0), parse_fraction(1)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (85, "85 is not a share from 0 to 1; write 0.85"),
        (87.5, "87.5 is not a share from 0 to 1; write 0.875"),
        (100, "100 is not a share from 0 to 1; write 1"),
        ("85 %", '"85 %" is not a share from 0 to 1; write 0.85'),
        ("0,85", '"0,85" is not a share from 0 to 1; write 0.85'),
        ("0.85", '"0.85" is not a share from 0 to 1; write 0.85'),
        ("1 %", '"1 %" is not a share from 0 to 1; write 0.01'),
        (1.1, "1.1 is not a share from 0 to 1; write for example 0.85"),
        (850, "850 is not a share from 0 to 1; write for example 0.85"),
        (-1, "-1 is not a share from 0 to 1; write for example 0.85"),
        (True, "true is not a share from 0 to 1; write for example 0.85"),
        (math.nan, "nan is not a share from 0 to 1; write for example 0.85"),
        ("most", '"most" is not a share from 0 to 1; write for example 0.85'),
        ("x" * 100, "is not a share from 0 to 1; write for example 0.85"),
    ],
)
def test_what_is_no_share_says_what_to_write(value: object, said: str) -> None:
    """Per cent is turned into what is read; where nobody knows what was meant, an example."""
    with pytest.raises(ValueError, match="is not a share") as raised:
        parse_fraction(value)
    assert str(raised.value) == said


@given(st.one_of(st.integers(), st.floats(), st.from_regex(r"[0-9]+([.,][0-9]+)? ?%?")))
def test_what_the_error_says_to_write_is_a_share(value: Any) -> None:
    """Advice that is refused in its turn would be worse than none."""
    try:
        parse_fraction(value)
    except ValueError as error:
        advice = str(error).rpartition(" write ")[2].removeprefix("for example ")
        assert 0 <= parse_fraction(float(advice)) <= 1
