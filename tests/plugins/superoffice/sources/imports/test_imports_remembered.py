"""What is remembered of tasks that had not ended: bounded, and not lost with what can't be seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import EndReason
from syseventd_superoffice.batch_tasks import State, Task, Tasks
from syseventd_superoffice.task_endings import MOST, Remembered, recalled, remember
from syseventd_superoffice.witnesses import REMEMBERED


@pytest.mark.parametrize("hidden", [[], [7]])
def test_what_was_not_seen_is_not_forgotten(row: Any, watch: Any, hidden: list[object]) -> None:
    """Where a part of the list is missing, a task that runs may be in it, or all that ended."""
    watch.probe(row(1), row(2, "Failed"))
    watch.probe(row(3), *hidden, complete=bool(hidden))
    if not hidden:
        watch.probe()
    assert watch.endings(row(1, "Failed"), row(2, "Failed"), row(3)) == (
        [("task-1", EndReason.FAILED)] if hidden else []
    )


def test_a_task_in_no_known_state_is_not_forgotten(row: Any, watch: Any) -> None:
    """It may be running still."""
    watch.probe(row(1))
    watch.probe(row(1, "banana"))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


def task(number: int, state: State) -> Task:
    return Task(str(number), state, "import", "Import", number)


def test_the_memory_is_bounded() -> None:
    """Of a queue without end those that run are remembered first."""
    waiting = tuple(task(n, State.NEW) for n in range(1, 10 * MOST))
    running = (task(10 * MOST, State.STARTED),)
    kept = remember(None, Tasks(active=running, waiting=waiting), ())
    assert len(kept.pending) == MOST
    assert {str(10 * MOST), "1"} <= kept.pending
    assert len(kept.written()) < 20 * MOST


@given(st.integers(0, 2**31), st.frozensets(st.text()))
def test_what_is_remembered_comes_back(highest: int, pending: frozenset[str]) -> None:
    """It is written as text."""
    kept = Remembered(highest, pending)
    assert recalled({"tasks": kept.written()}) == kept
    assert recalled({"news": json.dumps([])}) is None


STATES = st.sampled_from(["New", "Aquired", "Started", "Failed", "Succeeded", None])

LISTS = st.lists(st.dictionaries(st.integers(1, 6), STATES, max_size=6), max_size=8)


@given(LISTS)
def test_no_ending_is_told_twice_in_a_row(lists: list[dict[int, str | None]]) -> None:
    """Whatever tasks do, an end is told at most once for each time that they had not ended."""
    kept: Remembered | None = None
    told: dict[str, bool] = {}
    for states in lists:
        listed = [task(n, State(_name(state))) for n, state in sorted(states.items())]
        tasks = Tasks(
            active=tuple(t for t in listed if t.is_active),
            waiting=tuple(t for t in listed if t.is_waiting),
            ended=tuple(t for t in listed if t.state in (State.FAILED, State.SUCCEEDED)),
            unclear=tuple(t for t in listed if t.state is State.UNKNOWN),
            counts={t.state: 1 for t in listed},
            highest=max(states, default=0),
        )
        for ended in kept.ended_since(tasks.ended) if kept else ():
            assert not told.get(ended.id)
            told[ended.id] = True
        for t in listed:
            if t not in tasks.ended:
                told[t.id] = False
        for number in range(1, 7):
            if number not in states:
                told[str(number)] = False
        kept = remember(kept, tasks, ())


def _name(state: str | None) -> str:
    return {"Aquired": "acquired", None: "unknown"}.get(state, str(state).lower())


def test_a_row_that_can_not_be_read_keeps_the_others_for_a_day(row: Any, watch: Any) -> None:
    """Over restarts too; then a task that is not listed is gone, and its ending is not awaited."""
    watch.probe(row(1), {})
    watch.restart()
    watch.now += REMEMBERED
    assert not watch.probe({}, row(2)).complete
    watch.now += 1
    assert watch.probe({}, row(2)).complete
    assert recalled(watch.memory) == Remembered(2, frozenset({"2"}))
    assert watch.probe(row(2)).complete
    assert not watch.probe({}, row(2)).complete


def test_a_row_is_counted_from_when_it_was_seen(row: Any, watch: Any) -> None:
    """Pages that are missing meanwhile neither begin nor end the wait, and hold everything."""
    watch.probe(row(1), {}, complete=False)
    watch.now += 2 * REMEMBERED
    assert not watch.probe(row(1), {}).complete
    watch.now += REMEMBERED + 1
    assert not watch.probe(row(1), {}, complete=False).complete
    assert watch.probe(row(1), {}).complete
