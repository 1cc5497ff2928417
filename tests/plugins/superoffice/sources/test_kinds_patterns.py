"""A pattern of kinds may not hold up the service: what could be tried without end is refused."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syseventd_superoffice.kinds import BATCH_TASKS, SYSTEM_EVENTS, KindPattern, Signs

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
    r"((a+))+",
]

TOO_MANY_WAYS = [
    r".*a.*a.*a.*a.*b",
    r".*.*.*b",
    r"a{0,99}a{0,99}a{0,99}b",
    r"a{2,}a{,}a*b",
    "a?" * 30 + "a" * 30,
    "(a|a)" * 30 + "b",
    "(a|aa|aaa)?" * 12 + "b",
    ".*.*" + "a" * 190 + "b",
]

HIDING = [r"(?x)(a+) +$", r"(?ix:(a+) *)+", r"(a+)(?# of it)+$", r"(a+)(?#()+$"]

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
    r"(ab)*(?i:c)",
    r"a{3}a{,2}a{2,4}b",
    r"([0-9]{3})+",
    r"^(re)?build .* of .* index$",
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen",
]


@pytest.mark.parametrize("pattern", RUNNING_AWAY)
def test_what_may_run_away_is_refused(pattern: str) -> None:
    """The fault names a way to write the same."""
    re.compile(pattern)
    with pytest.raises(ValidationError, match="repeats a group that holds a repeat or a choice"):
        KindPattern(pattern=pattern, kind="import")


@pytest.mark.parametrize("pattern", TOO_MANY_WAYS)
def test_what_can_be_tried_in_too_many_ways_is_refused(pattern: str) -> None:
    """Each repeat without an end takes a hundred times as long, and each choice twice."""
    re.compile(pattern)
    with pytest.raises(ValidationError, match=r"write at most two repeats such as \"\.\*\""):
        KindPattern(pattern=pattern, kind="import")


@pytest.mark.parametrize("pattern", HIDING)
def test_what_hides_its_repeats_is_refused(pattern: str) -> None:
    """Between a group and its repeat may stand a space, or a comment, that means nothing."""
    re.compile(pattern)
    with pytest.raises(ValidationError, match="write it without comments and spaces"):
        KindPattern(pattern=pattern, kind="import")


@pytest.mark.parametrize("signs", [SYSTEM_EVENTS, BATCH_TASKS], ids=["events", "tasks"])
def test_what_is_built_in_could_be_configured(signs: Signs) -> None:
    """It keeps the rule that others have to keep."""
    for kind, pattern in signs.built_in:
        assert KindPattern(pattern=pattern.pattern, kind=kind)


HOSTILE = ("a" * 256, "ab" * 128, "a" * 255 + "!")


@pytest.mark.parametrize(
    "pattern",
    [
        r".*a.*b",
        r"[a-z]+[a-z]+[^a-z!]",
        r"(.*)(.*)\1\2c",
        ".*" + "a" * 190 + "c",
        ".*.*" + "a" * 58 + "c",
        "a?" * 12 + "c",
        "(a|a)" * 12 + "c",
        r"(ab?c?)(a|b|ab).*c",
    ],
)
def test_what_is_taken_comes_to_its_end(pattern: str) -> None:
    """The worst that is taken, on the longest hints: far from the minutes of what is refused."""
    taken = re.compile(KindPattern(pattern=pattern, kind="import").pattern, re.IGNORECASE)
    for text in HOSTILE:
        began = time.process_time()
        taken.search(text)
        assert time.process_time() - began < 2.0


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


@given(st.lists(st.tuples(ATOMS, REPEATS), min_size=1, max_size=2))
def test_a_repeat_within_a_repeat_is_found_wherever_it_stands(
    parts: list[tuple[str, str]],
) -> None:
    """And none is seen where there is none."""
    flat = "".join(atom + repeat for atom, repeat in parts)
    assert KindPattern(pattern=flat, kind="import")
    nested = f"x(?:{flat})+y"
    if any(repeat not in ("", "{2}") for _, repeat in parts):
        with pytest.raises(ValidationError):
            KindPattern(pattern=nested, kind="import")
    else:
        assert KindPattern(pattern=nested, kind="import")
