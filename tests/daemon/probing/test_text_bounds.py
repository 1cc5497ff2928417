"""Texts of a stranger's plugin are bounded: cut and told, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.model import (
    Ending,
    EndReason,
    Expiry,
    Meter,
    Observation,
    Outcome,
    Problem,
    Seats,
    Snapshot,
)
from syseventd.probing.answers import returned
from syseventd.probing.cutting import (
    LONGEST_DETAIL,
    LONGEST_FACT,
    LONGEST_TEXT,
    MOST_DETAILS,
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


def detailed(*details: tuple[str, str]) -> Observation:
    return Observation("k", "job", "n", details=details)


def test_a_long_detail_is_cut_and_told_with_its_heading() -> None:
    """The others stay as they are."""
    seen = bounded(Snapshot((detailed(("Rows", "7"), ("Stage", "x" * (LONGEST_DETAIL + 1))),)))
    rows, stage = seen.observations[0].details
    assert rows == ("Rows", "7")
    assert stage == ("Stage", "x" * (LONGEST_DETAIL - 1) + "…")
    told = f"its detail Stage has {LONGEST_DETAIL + 1} characters and was cut to {LONGEST_DETAIL}"
    assert seen.problems == (Problem("k", told),)


def test_a_long_heading_of_a_detail_is_cut_and_told() -> None:
    """A heading is a label for people."""
    seen = bounded(Snapshot((detailed(("h" * 513, "7")),)))
    assert seen.observations[0].details == (("h" * 511 + "…", "7"),)
    reason = "its detail's heading has 513 characters and was cut to 512"
    assert seen.problems == (Problem("k", reason),)


def test_too_many_details_are_cut_and_counted() -> None:
    """The first ones are kept."""
    seen = bounded(Snapshot((detailed(*((str(n), "x") for n in range(MOST_DETAILS + 5))),)))
    assert [heading for heading, _ in seen.observations[0].details] == [
        str(n) for n in range(MOST_DETAILS)
    ]
    told = f"its details are {MOST_DETAILS + 5}; {MOST_DETAILS} are kept"
    assert seen.problems == (Problem("k", told),)


def test_details_within_their_bounds_are_left_alone() -> None:
    """As many and as long as may be: the very same snapshot."""
    most = tuple(("h" * LONGEST_LABEL, "x" * LONGEST_DETAIL) for _ in range(MOST_DETAILS))
    snapshot = Snapshot((Observation("a", "job", "n"), detailed(*most)))
    assert bounded(snapshot) is snapshot


def test_a_cut_of_one_observation_leaves_the_details_of_another() -> None:
    """Each keeps what is its own."""
    seen = bounded(Snapshot((Observation("a", "job", "n" * 600), detailed(("Rows", "7")))))
    assert seen.observations[0].name == "n" * 511 + "…"
    assert seen.observations[1].details == (("Rows", "7"),)


def test_an_ending_is_cut_as_an_observation_is() -> None:
    """Its texts and its details; how it ended stays."""
    long = Observation("k", "job", "n", message="m" * 5000, details=(("Stage", "x" * 2000),))
    endings = (Ending(Observation("a", "job", "n"), EndReason.GONE), Ending(long, EndReason.FAILED))
    seen = bounded(Snapshot(endings=endings))
    assert seen.endings[0] == endings[0]
    assert seen.endings[1].reason is EndReason.FAILED
    assert len(seen.endings[1].observation.message) == LONGEST_TEXT
    assert len(seen.endings[1].observation.details[0][1]) == LONGEST_DETAIL
    assert [problem.where for problem in seen.problems] == ["k", "k"]


def test_an_ending_within_its_bounds_is_left_alone() -> None:
    """The very same snapshot."""
    snapshot = Snapshot(endings=(Ending(detailed(("Rows", "7")), EndReason.SUCCEEDED, fresh=True),))
    assert bounded(snapshot) is snapshot
