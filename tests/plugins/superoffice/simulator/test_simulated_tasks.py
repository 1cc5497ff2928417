"""The batch tasks of the story: what holds of them at any second, and what befalls some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.scenes import LAP
from syseventd_superoffice.simulator.story import EVENTS, TASKS, state_at
from syseventd_superoffice.simulator.vocabulary import LANGUAGES, MARK, TaskState
from syseventd_superoffice.simulator.world import BatchTask, TaskDefinition

SECONDS = st.floats(0, 200 * LAP)
MOMENTS = st.lists(st.floats(0, 4 * LAP), min_size=2, max_size=8).map(sorted)
MINUTE = 60.0


def task_at(seconds: float, definition: TaskDefinition) -> BatchTask | None:
    """The newest of a kind."""
    found = [task for task in state_at(seconds).tasks if task.definition is definition]
    return max(found, key=lambda task: task.id, default=None)


def states(definition: TaskDefinition, *seconds: float) -> list[str | None]:
    found = (task_at(second, definition) for second in seconds)
    return [None if task is None else task.state.name for task in found]


@given(SECONDS)
def test_ids_are_unique_and_grow(seconds: float) -> None:
    """Sorted by id is sorted by the time of registration."""
    tasks = sorted(state_at(seconds).tasks, key=lambda task: task.id)
    assert len({task.id for task in tasks}) == len(tasks)
    assert [t.registered for t in tasks] == sorted(t.registered for t in tasks)


@given(SECONDS)
def test_times_are_sane(seconds: float) -> None:
    """Registered, then started, then updated, and nothing of it later than now."""
    for task in state_at(seconds).tasks:
        assert task.registered <= (task.last_started or task.registered) <= seconds
        assert task.registered <= task.updated <= seconds
        assert (task.last_started is None) == (task.start_count == 0)


@given(MOMENTS)
def test_a_task_goes_forward(moments: list[float]) -> None:
    """State, percentage, heartbeat and number of updates never go back."""
    seen: dict[int, tuple[float, ...]] = {}
    for moment in moments:
        for task in state_at(moment).tasks:
            stands = (task.state, task.progress_percent or 0, task.updated, task.updated_count)
            assert all(
                old <= new for old, new in zip(seen.get(task.id, stands), stands, strict=True)
            )
            seen[task.id] = stands


@given(SECONDS)
def test_texts_fit_the_database(seconds: float) -> None:
    """No text is longer than its column, in any language."""
    for task in state_at(seconds).tasks:
        for text in (task.description, task.response, task.progress_description):
            assert all(len(words) <= 254 for words in text.values())


@given(SECONDS)
def test_every_text_says_that_it_is_simulated(seconds: float) -> None:
    """Names, descriptions, stages and responses carry the mark, where they say anything."""
    for task in state_at(seconds).tasks:
        assert "simulated" in task.definition.name.lower()
        for language in LANGUAGES:
            assert task.definition.description[language].endswith(MARK[language])
            assert task.description[language].endswith(MARK[language])
            for text in (task.response[language], task.progress_description[language]):
                assert not text or "(simul" in text


def test_a_task_waits_is_taken_and_runs() -> None:
    """New until it is taken, then started; until then it has no start and no progress."""
    assert states(cast.EXPORTING, 101, 102, 103, 129.9) == ["New", "Aquired", "Started", "Started"]
    waiting = task_at(101, cast.EXPORTING)
    assert waiting is not None
    assert (waiting.last_started, waiting.progress_percent) == (None, None)


def test_a_task_vanishes_when_it_has_succeeded() -> None:
    """Nobody sees it as succeeded."""
    assert states(cast.EXPORTING, 129.9, 130) == ["Started", None]


def test_another_is_seen_to_have_succeeded() -> None:
    """It stands in the list for a while, at 100 %, and is not touched any more."""
    assert states(cast.MAINTAINING, 214, 215, 259, 260) == [
        *("Started", "Succeeded", "Succeeded"),
        None,
    ]
    done = task_at(250, cast.MAINTAINING)
    assert done is not None
    assert (done.progress_percent, done.updated) == (100, 215)


def test_an_import_fails_and_says_why() -> None:
    """Its response comes with its failure, and its percentage stays where it failed."""
    running, failed = task_at(290, cast.IMPORTING), task_at(310, cast.IMPORTING)
    assert running is not None
    assert failed is not None
    assert (running.id, running.response["en"]) == (failed.id, "")
    assert failed.state is TaskState.Failed
    assert failed.progress_percent == 65
    assert failed.response["en"].startswith("Row 812")
    event = next(e for e in state_at(299.9).events if e.key == cast.IMPORT.key)
    assert event.message["en"].startswith("Products: 811 of 1250")


def test_a_mail_merge_is_not_taken_for_five_minutes() -> None:
    """It is New all the while, and untouched since it was registered."""
    assert set(states(cast.MERGING, *range(30, 330))) == {"New"}
    waiting = task_at(329, cast.MERGING)
    assert waiting is not None
    assert waiting.updated == waiting.registered == 30


def test_a_heartbeat_comes_once_a_minute() -> None:
    """While a task runs its row is never older than a minute."""
    ages = [
        second - task.updated
        for second in range(24, 240)
        for task in state_at(second).tasks
        if task.definition is cast.INDEXING
    ]
    assert max(ages) == MINUTE - 1
    assert min(ages) == 0


def test_a_heartbeat_stops_for_a_while() -> None:
    """For more than four minutes it is silent, its progress stands still, and then it goes on."""
    before, silent, after = (task_at(s, cast.CHANGING) for s in (100, 399, 400))
    assert before is not None
    assert silent is not None
    assert after is not None
    assert before.state is silent.state is after.state is TaskState.Started
    assert 399 - silent.updated > 4 * MINUTE
    assert silent.progress_percent == before.progress_percent
    assert 400 - after.updated < MINUTE
    assert (after.progress_percent or 0) > (silent.progress_percent or 0)


def test_a_report_is_started_over_and_over() -> None:
    """The number of starts grows, each with its own time."""
    seen = [task_at(LAP + second, cast.REPORTING) for second in (235, 300, 360, 420)]
    assert [task and task.start_count for task in seen] == [1, 2, 3, 4]
    assert [task and task.last_started for task in seen] == [
        *(LAP + 233, LAP + 293, LAP + 353),
        LAP + 413,
    ]


def test_there_are_tasks_of_users_and_of_the_system() -> None:
    """Those of the system belong to nobody."""
    assert {None, "KE", "ÅÖ"} == {scene.by and scene.by.initials for scene in TASKS}


@pytest.mark.parametrize(
    ("event", "definition"),
    [(cast.IMPORT, cast.IMPORTING), (cast.FREETEXT, cast.INDEXING)],
)
def test_what_is_an_event_is_a_task_as_well(event: object, definition: object) -> None:
    """Each import and rebuild stands in both lists for the same time."""
    events = {(s.start, s.end, s.laps) for s in EVENTS if s.type is event}
    tasks = {(s.start, s.end, s.laps) for s in TASKS if s.definition is definition}
    assert {(start, end) for start, end, _ in events} == {(start, end) for start, end, _ in tasks}
    assert len(events) <= len(tasks)


def test_every_rebuild_of_saint_has_its_task() -> None:
    """Counters and monitors both: the event says that something is made, the task says what."""
    events = {(s.start, s.end) for s in EVENTS if s.type is cast.COUNTERS}
    made = (cast.COUNTING, cast.MONITORING)
    assert events == {(s.start, s.end) for s in TASKS if s.definition in made}


def test_scenes_are_in_the_order_of_their_starts() -> None:
    """So that ids grow with time."""
    assert [scene.start for scene in TASKS] == sorted(scene.start for scene in TASKS)


def test_definitions_have_ids_of_their_own() -> None:
    """Every kind of task in the story is in the list of definitions, once."""
    assert {scene.definition.id for scene in TASKS} == {each.id for each in cast.DEFINITIONS}
    assert len({each.id for each in cast.DEFINITIONS}) == len(cast.DEFINITIONS)
