"""A pattern of kinds may not hold up the service: what could be tried without end is refused."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syseventd_superoffice.kinds import KindPattern

RUNNING_AWAY = [
    r"(a+)+$",
    r"(a*)*b",
    r"(\w+\s?)+import$",
    r"((a+)?b?)*c",
    r"(?:a|aa)+$",
    r"(?P<word>[a-z]+)*!",
    r"(a+){2,}$",
    r"(x(y|z)*)+",
    r"([)]+)+",
    r"(a+)*?b",
]

HARMLESS = [
    r"^MyAddon:",
    r"nightly.*import",
    r"(nightly|weekly) import",
    r"(re)?index(ing)?",
    r"(ab)+c",
    r"(?i:saint)\s+status",
    r"\(a+\)+",
    r"[(a+)+]",
    r"[]()+]+x",
    r"[^]*)]+(b)+",
    r"a{2,3}b{4}",
    r"a{b}+",
    r"(a+)?b",
    r"(a+)(b+)",
    r"import(?!an)",
    r"(b|c)d*",
]


@pytest.mark.parametrize("pattern", RUNNING_AWAY)
def test_what_may_run_away_is_refused(pattern: str) -> None:
    """The fault names a way to write the same."""
    re.compile(pattern)
    with pytest.raises(ValidationError, match="repeats a group that holds a repeat or a choice"):
        KindPattern(pattern=pattern, kind="import")


@pytest.mark.parametrize("pattern", HARMLESS)
def test_what_people_write_is_taken(pattern: str) -> None:
    """Escapes, classes and bounded choices are no repeats of repeats."""
    assert KindPattern(pattern=pattern, kind="import").pattern == pattern


def test_what_is_refused_would_hold_up_the_service() -> None:
    """Four characters more take sixteen times as long: else nothing need be refused."""
    pattern = re.compile(RUNNING_AWAY[0])

    def seconds(length: int) -> float:
        began = time.process_time()
        assert pattern.search("a" * length + "!") is None
        return time.process_time() - began

    assert seconds(19) > 4 * seconds(15)


ATOMS = st.sampled_from(["a", "b", r"\w", ".", "[ab]", "(a)", "(?:b)", r"\)", "[)]"])
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,}", "+?"])


@given(st.lists(st.tuples(ATOMS, REPEATS), min_size=1, max_size=4))
def test_a_repeat_within_a_repeat_is_found_wherever_it_stands(
    parts: list[tuple[str, str]],
) -> None:
    """And none is seen where there is none."""
    flat = "".join(atom + repeat for atom, repeat in parts)
    assert KindPattern(pattern=flat, kind="import")
    nested = f"x(?:{flat})+y"
    if any(repeat for _, repeat in parts):
        with pytest.raises(ValidationError):
            KindPattern(pattern=nested, kind="import")
    else:
        assert KindPattern(pattern=nested, kind="import")
