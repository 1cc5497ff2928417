"""What the log tells of probes: when something begins, changes and ends, and not every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from structlog.testing import capture_logs

from syseventd.model import Observation, Outcome, ProbeResult, Problem, Snapshot
from syseventd.pipeline import TOLD_AT_ONCE

Told: TypeAlias = Callable[..., list[dict[str, Any]]]


def saw(*keys: str, **snapshot: Any) -> ProbeResult:
    observations = tuple(Observation(key, "import", f"Import {key}") for key in keys)
    return ProbeResult(Outcome.OK, 1000.0, 0.12345, Snapshot(observations, **snapshot))


def ended(outcome: Outcome, reason: str = "why") -> ProbeResult:
    return ProbeResult(outcome, 1000.0, 0.12345, reason=reason)


@pytest.fixture
def told(in_a_house: Any) -> Told:
    """What the log says while one source is probed with these ends."""

    def probe(*answers: ProbeResult) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []

        async def body(house: Any) -> None:
            with capture_logs() as logs:
                for answer in answers:
                    await house.probe(answer)
            lines.extend(dict(line) for line in logs)

        in_a_house(body)
        return lines

    return probe


def test_a_failure_is_logged_with_all_that_one_must_know(told: Told) -> None:
    """Target, source, outcome, duration and reason."""
    assert told(ended(Outcome.TIMEOUT, "no answer within 5 s")) == [
        {
            "event": "probe_failed",
            "log_level": "warning",
            "target": "crm",
            "source": "imports",
            "outcome": "timeout",
            "duration": 0.123,
            "reason": "no answer within 5 s",
        }
    ]


@pytest.mark.parametrize("outcome", sorted(o for o in Outcome if o.failed))
def test_every_failure_is_logged_with_its_facts(told: Told, outcome: Outcome) -> None:
    """No outcome is forgotten."""
    (line,) = told(ended(outcome))
    assert line["event"] == "probe_failed"
    assert {"target", "source", "outcome", "duration", "reason"} <= line.keys()
    assert line["outcome"] == str(outcome)


def test_a_repeating_failure_is_logged_when_it_starts_changes_and_ends(told: Told) -> None:
    """And not every time."""
    timeout, refused = ended(Outcome.TIMEOUT), ended(Outcome.UNREACHABLE, "refused")
    lines = told(saw(), timeout, timeout, timeout, refused, refused, saw(), saw(), timeout)
    assert [(line["event"], line["outcome"]) for line in lines] == [
        ("probe_failed", "timeout"),
        ("probe_failed", "unreachable"),
        ("probe_recovered", "ok"),
        ("probe_failed", "timeout"),
    ]
    assert lines[2]["was"] == "unreachable"
    assert {"target", "source", "outcome", "duration"} <= lines[2].keys()


def test_another_reason_is_another_failure(told: Told) -> None:
    """The same outcome, but something else is wrong."""
    lines = told(ended(Outcome.ERROR, "status 500"), ended(Outcome.ERROR, "disk full"))
    assert [line["reason"] for line in lines] == ["status 500", "disk full"]


def test_another_number_in_the_reason_is_no_other_failure(told: Told) -> None:
    """A time or a counter in it would fill the log."""
    lines = told(ended(Outcome.ERROR, "try 1 at 07:15"), ended(Outcome.ERROR, "try 2 at 07:16"))
    assert [line["reason"] for line in lines] == ["try 1 at 07:15"]


def test_a_first_success_is_no_news(told: Told) -> None:
    """Thousands of sources start at once."""
    assert told(saw("a"), saw("b")) == []


@pytest.mark.parametrize("outcome", [Outcome.NOT_AVAILABLE, Outcome.PAUSED])
def test_what_is_no_failure_is_logged_once_as_information(told: Told, outcome: Outcome) -> None:
    """However its reason may change."""
    lines = told(ended(outcome, "backup"), ended(outcome, "another backup"), saw())
    assert [(line["event"], line["log_level"]) for line in lines] == [
        (f"probe_{outcome}", "info"),
        ("probe_recovered", "info"),
    ]
    assert lines[0]["reason"] == "backup"


def test_problems_in_a_snapshot_are_logged_when_they_begin_change_and_end(told: Told) -> None:
    """What is new is told; that one of them is gone is not."""
    one, two = Problem("a.pem", "it is empty"), Problem("b.pem", "it is a lie")
    lines = told(
        saw(problems=(one,)),
        saw(problems=(one,)),
        saw(problems=(one, two)),
        saw(problems=(two,)),
        saw(),
        saw(),
    )
    assert [(line["event"], line.get("count"), line.get("new")) for line in lines] == [
        ("snapshot_problems", 1, ["a.pem: it is empty"]),
        ("snapshot_problems", 2, ["b.pem: it is a lie"]),
        ("snapshot_whole_again", None, None),
    ]
    assert {(line["target"], line["source"]) for line in lines} == {("crm", "imports")}


def test_a_problem_whose_number_changes_is_no_new_one(told: Told) -> None:
    """As with failures."""
    lines = told(
        saw(problems=(Problem("row", "17 of them"),)), saw(problems=(Problem("row", "18 of them"),))
    )
    assert len(lines) == 1


def test_a_line_holds_a_few_problems_and_their_count(told: Told) -> None:
    """A folder of ten thousand broken files is one line that can be read."""
    problems = tuple(Problem(f"file {'x' * n}", "broken") for n in range(TOLD_AT_ONCE + 5))
    (line,) = told(saw(problems=problems))
    assert (line["count"], len(line["new"])) == (TOLD_AT_ONCE + 5, TOLD_AT_ONCE)


def test_what_the_lifecycle_found_wrong_is_logged_too(told: Told) -> None:
    """The plugin's author must hear of duplicates."""
    (line,) = told(saw("a", "a"))
    assert line["new"] == ["a: is listed 2 times in one snapshot; taken as one event"]
