"""Which outcomes are failures, and what a snapshot may not have seen."""

from __future__ import annotations

import pytest

from syseventd.model import FAILURES, NO_FACTS, Outcome, Snapshot


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.NOT_AVAILABLE, Outcome.PAUSED])
def test_an_answer_is_no_failure(outcome: Outcome) -> None:
    """A source that lacks something, or asks to be left alone for now, did not fail."""
    assert not outcome.failed


def test_all_other_outcomes_are_failures() -> None:
    """What the contract counts by reason, and nothing else."""
    assert {str(outcome) for outcome in Outcome if outcome.failed} == {
        "timeout",
        "unreachable",
        "unauthorized",
        "throttled",
        "malformed",
        "error",
    }
    assert {outcome for outcome in Outcome if outcome.failed} == FAILURES


def test_a_snapshot_without_facts_has_a_mapping_that_nobody_can_fill() -> None:
    """All empty snapshots share it."""
    assert Snapshot().facts is NO_FACTS
    with pytest.raises(TypeError):
        Snapshot().facts["version"] = "10"  # type: ignore[index]


@pytest.mark.parametrize(
    ("snapshot", "name", "hidden"),
    [
        (Snapshot(), "a", False),
        (Snapshot(complete=False), "a", True),
        (Snapshot(unseen=frozenset({"a"})), "a", True),
        (Snapshot(unseen=frozenset({"a"})), "ab", False),
        (Snapshot(unseen_under=("/etc/ssl/",)), "/etc/ssl/x.pem", True),
        (Snapshot(unseen_under=("/etc/ssl/",)), "/etc/sslx.pem", False),
        (Snapshot(unseen_under=("/a/", "/b/")), "/b/c/d", True),
    ],
)
def test_a_snapshot_hides_what_it_could_not_look_at(
    snapshot: Snapshot, name: str, hidden: bool
) -> None:
    """All of it if it is incomplete, else what it names, and what lies under what it names."""
    assert snapshot.hides(name) is hidden
