"""What rebuilds leave behind: counters, status monitors, and the index, at any second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.scenes import LAP
from syseventd_superoffice.simulator.story import state_at
from syseventd_superoffice.simulator.world import Counters, StatusMonitor

SECONDS = st.floats(0, 200 * LAP)
A_DAY = 86_400.0


def runs(row: Counters) -> bool:
    return (row.generation_start or 0) > (row.generation_end or 0)


def is_made(monitor: StatusMonitor) -> bool:
    return (monitor.generation_start or 0) > (monitor.last_generated or 0)


@given(SECONDS)
def test_counters_run_while_their_task_does(seconds: float) -> None:
    """Some row says that it is being made exactly while the task is started."""
    state = state_at(seconds)
    tasks = [t for t in state.tasks if t.definition is cast.COUNTING and t.start_count]
    assert any(map(runs, state.counters)) == bool(tasks)


@given(SECONDS)
def test_monitors_are_made_while_their_task_runs(seconds: float) -> None:
    """Some monitor says that it is being made exactly while the task is started."""
    state = state_at(seconds)
    tasks = [t for t in state.tasks if t.definition is cast.MONITORING and t.start_count]
    assert any(map(is_made, state.monitors)) == bool(tasks)


@given(st.floats(0, 3 * LAP))
def test_the_index_changes_when_a_rebuild_is_done(seconds: float) -> None:
    """While it is made the old numbers stand, and a second later the new ones."""
    before, after = state_at(seconds), state_at(seconds + 1)
    ended = {t.id for t in before.tasks if t.definition is cast.INDEXING and t.start_count} - {
        t.id for t in after.tasks
    }
    changed = before.index != after.index
    assert changed == bool(ended)
    if changed:
        assert after.index.last_generated is not None
        assert seconds < after.index.last_generated <= seconds + 1
        assert after.index.words > before.index.words
        assert after.index.occurrences > before.index.occurrences


def test_all_was_made_before_the_story() -> None:
    """Whoever looks first sees what was made a day before."""
    state = state_at(0)
    made = [state.index.last_generated, *(m.last_generated for m in state.monitors[:3])]
    assert all(at is not None and -2 * A_DAY < at < -A_DAY for at in made)


def test_some_counters_are_switched_off_and_never_made() -> None:
    """Those of projects have no dates at all."""
    assert [row.enabled for row in state_at(999).counters] == [True, True, False]
    off = state_at(999).counters[2]
    assert (off.generation_start, off.generation_end, off.rows) == (None, None, 0)


def test_counters_of_two_tables_overlap() -> None:
    """The second table starts before the first is done."""
    assert [runs(row) for row in state_at(340).counters] == [True, True, False]


def test_one_monitor_was_never_made() -> None:
    """It needs to be, and has no dates."""
    never = state_at(3 * LAP).monitors[3]
    assert never.needs_update
    assert (never.generation_start, never.last_generated) == (None, None)


def test_a_new_definition_makes_a_monitor_dirty_until_it_is_made_again() -> None:
    """All of its values are old then, and none once it was made."""
    seconds = (LAP + 419, LAP + 420, 2 * LAP + 400, 2 * LAP + 409)
    seen = [state_at(second).monitors[1] for second in seconds]
    assert [monitor.needs_update for monitor in seen] == [False, True, True, False]
    assert seen[1].need_update == seen[1].matches
    assert seen[3].need_update == 0


def test_a_new_definition_makes_no_other_monitor_dirty() -> None:
    """Those beside it were not changed."""
    first, second, third, _ = state_at(LAP + 421).monitors
    assert [m.needs_update for m in (first, second, third)] == [False, True, False]


@given(SECONDS)
def test_no_more_values_are_old_than_there_are(seconds: float) -> None:
    """What needs an update is a part of what matches."""
    for monitor in state_at(seconds).monitors:
        assert 0 <= monitor.need_update <= monitor.matches


def test_values_become_old_bit_by_bit() -> None:
    """The longer ago a monitor was made, the more of its values are old."""
    counts = [state_at(LAP + second).monitors[0].need_update for second in range(0, 360, 60)]
    assert counts == sorted(counts)
    assert len(set(counts)) > 3
