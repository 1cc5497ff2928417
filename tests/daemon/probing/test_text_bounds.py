"""Texts of a stranger's plugin are bounded: cut and told, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.model import Expiry, Meter, Observation, Outcome, Problem, Seats, Snapshot
from syseventd.probing.answers import returned
from syseventd.probing.checking import (
    LONGEST_FACT,
    LONGEST_TEXT,
    MOST_FACTS,
    TOLD_CUTS,
    bounded,
)
from syseventd.probing.fields import LONGEST_LABEL

CASES: Any = {
    "name": ("observations", lambda text: Observation("k", "job", text), LONGEST_LABEL),
    "status": ("observations", lambda text: Observation("k", "job", "n", text), LONGEST_LABEL),
    "message": ("observations", lambda text: Observation("k", "job", "n", "", text), LONGEST_TEXT),
    "activated_by": (
        "observations",
        lambda text: Observation("k", "job", "n", activated_by=text),
        LONGEST_LABEL,
    ),
    "subject": ("expiries", lambda text: Expiry("grace", "e", 1.0, subject=text), LONGEST_LABEL),
    "issuer": ("expiries", lambda text: Expiry("grace", "e", 1.0, issuer=text), LONGEST_LABEL),
    "serial": ("expiries", lambda text: Expiry("grace", "e", 1.0, serial=text), LONGEST_LABEL),
    "title": ("seats", lambda text: Seats("o", "l", 1, 2, text), LONGEST_LABEL),
    "meter": ("meters", lambda text: Meter("m", 1.0, title=text), LONGEST_LABEL),
    "where": ("problems", lambda text: Problem(text, "r"), LONGEST_LABEL),
    "reason": ("problems", lambda text: Problem("w", text), LONGEST_TEXT),
}
FIELDS = {"meter": "title"}


@pytest.mark.parametrize("name", CASES)
def test_an_overlong_text_is_cut_and_told(name: str) -> None:
    """It ends in an ellipsis at its limit, and a problem names the field and its length."""
    part, make, limit = CASES[name]
    answer = returned(Snapshot(**{part: (make("x" * (limit + 1)),)}))
    assert answer.outcome is Outcome.OK
    assert answer.snapshot is not None
    field = FIELDS.get(name, name)
    assert getattr(getattr(answer.snapshot, part)[0], field) == "x" * (limit - 1) + "…"
    told = answer.snapshot.problems[-1].reason
    assert told == f"its {field} has {limit + 1} characters and was cut to {limit}"


@pytest.mark.parametrize("name", CASES)
def test_a_text_at_its_limit_is_left_alone(name: str) -> None:
    """What is just short enough leaves the snapshot the same object."""
    part, make, limit = CASES[name]
    snapshot = Snapshot(**{part: (make("x" * limit),)})
    assert returned(snapshot).snapshot is snapshot


def test_no_event_is_lost_by_a_cut() -> None:
    """Beside one that is cut, the others stay the same objects, in their places."""
    first, last = Observation("a", "job", "n"), Observation("c", "job", "n")
    seen = bounded(Snapshot((first, Observation("b", "job", "n" * 600), last)))
    assert [o.key for o in seen.observations] == ["a", "b", "c"]
    assert (seen.observations[0], seen.observations[2]) == (first, last)
    assert seen.observations[0] is first
    assert [problem.where for problem in seen.problems] == ["b"]


def test_many_cuts_are_not_many_problems() -> None:
    """The first are named, the rest counted; the plugin's own problems stay in front."""
    rows = tuple(Observation(f"k{i}", "job", "n" * 600) for i in range(TOLD_CUTS + 7))
    own = Problem("row 3", "no date")
    problems = bounded(Snapshot(rows, problems=(own,))).problems
    assert problems[0] is own
    assert len(problems) == 1 + TOLD_CUTS + 1
    assert problems[-1] == Problem("snapshot", "7 more texts are too long and were cut")


def test_facts_are_bounded_in_length_and_number() -> None:
    """A long fact is cut, one too many is dropped; both are told."""
    facts = {"version": "1" * (LONGEST_FACT + 1)} | {f"f{i}": "" for i in range(MOST_FACTS)}
    seen = bounded(Snapshot(facts=facts))
    assert seen.facts["version"] == "1" * (LONGEST_FACT - 1) + "…"
    assert len(seen.facts) == MOST_FACTS
    assert [problem.where for problem in seen.problems] == ["the fact version", "facts"]


def test_a_long_name_of_a_fact_is_cut() -> None:
    """Its name is as bounded as what it says."""
    seen = bounded(Snapshot(facts={"f" * 600: "x"}))
    assert list(seen.facts) == ["f" * (LONGEST_LABEL - 1) + "…"]


def test_as_many_facts_as_may_be_are_left_alone() -> None:
    """Exactly the limit is allowed."""
    snapshot = Snapshot(facts={f"f{i}": "x" * LONGEST_FACT for i in range(MOST_FACTS)})
    assert bounded(snapshot) is snapshot
