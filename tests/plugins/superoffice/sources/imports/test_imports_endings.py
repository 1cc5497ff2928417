"""Tasks that ended are told once, with how they ended, restarts included."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Ending, EndReason, Snapshot
from syseventd_superoffice.imports import LAST_FAILED
from syseventd_superoffice.task_events import MOST_OLD


def failed_at(snapshot: Snapshot) -> list[float]:
    return [m.value for m in snapshot.measurements if m.name == LAST_FAILED]


def test_when_a_task_failed_last_is_measured(row: Any, watch: Any) -> None:
    """From then on, restarts included; what had failed before we looked is not."""
    assert failed_at(watch.probe(row(1, "Failed"), row(2))) == []
    [at] = failed_at(watch.probe(row(1, "Failed"), row(2, "Failed")))
    watch.restart()
    assert failed_at(watch.probe()) == [at]
    assert failed_at(watch.probe(row(3, "Succeeded"))) == [at]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("Failed", EndReason.FAILED),
        ("Succeeded", EndReason.SUCCEEDED),
        ("SucceededManualCleanup", EndReason.SUCCEEDED),
    ],
)
def test_a_task_that_ended_says_how(row: Any, watch: Any, state: str, reason: EndReason) -> None:
    """What it answered is the message; it is known by its number."""
    watch.probe(row(1))
    [ending] = watch.probe(row(1, state, Response="Row 7 has no name")).endings
    assert (ending.reason, ending.fresh) == (reason, True)
    assert ending.observation.message == "Row 7 has no name"
    assert ending.observation.status.startswith(state.removesuffix("ManualCleanup"))
    assert ending.observation.marks == {"task:1"}
    assert not ending.observation.stalled


def test_it_is_told_once(row: Any, watch: Any) -> None:
    """A row of a failed task stays for months."""
    watch.probe(row(1))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]
    for _ in range(3):
        assert watch.endings(row(1, "Failed")) == []


def test_it_is_told_again_where_it_was_not_stored(row: Any, watch: Any) -> None:
    """What the store does not have was told to nobody."""
    watch.probe(row(1))
    failed = row(1, "Failed")
    assert (
        watch.endings(failed, stored=False)
        == watch.endings(failed)
        == [("task-1", EndReason.FAILED)]
    )
    assert watch.endings(failed) == []


def test_a_restart_neither_forgets_nor_repeats(row: Any, watch: Any) -> None:
    """What ended while nobody looked is told; what was told is not told again."""
    watch.probe(row(1), row(2))
    watch.probe(row(1, "Failed"), row(2))
    watch.restart()
    assert watch.endings(row(1, "Failed"), row(2, "Failed")) == [("task-2", EndReason.FAILED)]


def test_at_the_first_look_of_all_nothing_is_news(row: Any, watch: Any) -> None:
    """All that had ended then ended before; only an event that is open already ends by it."""
    snapshot = watch.probe(row(1, "Failed"), row(2, "Succeeded"))
    assert [(e.observation.key, e.fresh) for e in snapshot.endings] == [
        ("task-1", False),
        ("task-2", False),
    ]
    assert watch.probe(row(1, "Failed"), row(2, "Succeeded")).endings == ()


def test_of_old_endings_the_latest_are_told(row: Any, watch: Any) -> None:
    """Of thousands hardly any concerns an open event."""
    rows = [row(number, "Failed") for number in range(1, MOST_OLD + 51)]
    told = watch.probe(*rows).endings
    assert [e.observation.key for e in told] == [f"task-{n}" for n in range(51, MOST_OLD + 51)]


def test_a_task_that_was_never_seen_to_run_is_told(row: Any, watch: Any) -> None:
    """A short one comes and ends between two looks, on an installation that was idle too."""
    watch.probe()
    assert watch.endings(row(5, "Failed")) == [("task-5", EndReason.FAILED)]
    assert watch.endings(row(5, "Failed"), row(6, "Succeeded")) == [("task-6", EndReason.SUCCEEDED)]


def test_a_task_that_waited_and_ended_is_told(row: Any, watch: Any) -> None:
    """It was known, and had not ended; newer ones came meanwhile."""
    watch.probe(row(5, "New"), row(9, "Succeeded"))
    assert watch.endings(row(5, "Failed"), row(9, "Succeeded")) == [("task-5", EndReason.FAILED)]


def test_a_failed_task_that_is_started_again_may_fail_again(row: Any, watch: Any) -> None:
    """That is another failure."""
    watch.probe(row(1))
    watch.probe(row(1, "Failed"))
    watch.probe(row(1, "New"))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


def test_a_task_that_vanishes_has_just_gone(row: Any, watch: Any) -> None:
    """Nobody said how it ended."""
    watch.probe(row(1))
    snapshot = watch.probe()
    assert (snapshot.observations, snapshot.endings) == ((), ())
    assert snapshot.complete
    assert "task:1" not in snapshot.unseen


def test_what_was_told_of_a_part_of_the_list_is_not_told_again(row: Any, watch: Any) -> None:
    """Also while it stays a part, and where the task with the highest number is missing."""
    watch.probe(row(1), row(9, "Failed"))
    assert watch.endings(row(1, "Failed"), 7) == [("task-1", EndReason.FAILED)]
    assert watch.endings(row(1, "Failed"), 7) == []
    assert watch.endings(row(1, "Failed"), row(9, "Failed")) == []


def test_an_id_that_is_no_number_is_known_while_it_runs(row: Any, watch: Any) -> None:
    """It has no place in the order of tasks."""
    watch.probe(row(1), {"PrimaryKey": "x", "State": 3})
    told = watch.endings({"PrimaryKey": "x", "State": 5}, {"PrimaryKey": "y", "State": 5})
    assert told == [("task-x", EndReason.FAILED)]


def test_an_absurd_number_hides_no_later_task(row: Any, watch: Any) -> None:
    """A number that no task can have is none, and one that went away counts no more."""
    watch.probe(row(2**40, "Failed"), row(1))
    watch.probe(row(2**31 - 1, "Failed"), row(1))
    watch.probe(row(1))
    assert watch.endings(row(1), row(2, "Failed")) == [("task-2", EndReason.FAILED)]


def test_an_ending_finds_its_event_by_its_mark(row: Any, watch: Any) -> None:
    """It has the same key and mark as the event had while it ran."""
    [before] = watch.probe(row(1)).observations
    [ending] = watch.probe(row(1, "Failed")).endings
    assert isinstance(ending, Ending)
    assert (ending.observation.identity, ending.observation.marks) == (
        before.identity,
        before.marks,
    )
