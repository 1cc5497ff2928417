"""Rows of batch tasks become tasks, and bad rows hide no good ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Malformed
from syseventd_superoffice.access import Listing
from syseventd_superoffice.batch_tasks import State, Task, Tasks, read_share, read_state, read_tasks
from syseventd_superoffice.kinds import BATCH_TASKS, KindPattern

ROW = {
    "PrimaryKey": "628",
    "EntityName": "BatchTask",
    "DefinitionName": "ImportBatchPlugin",
    "DefinitionDescription": "Imports contacts",
    "Description": "contacts.xlsx",
    "State": 3,
    "Response": "",
    "StartCount": 1,
    "LastStarted": "2026-08-01T14:00:00",
    "ProgressPercent": 42,
    "ProgressDescription": "Reading rows",
    "updatedDate": "2026-08-01T14:02:00Z",
    "registeredBy": "AU",
    "registeredDate": "2026-08-01T13:59:58Z",
}

INFO = {
    "Id": 628,
    "Name": "ImportBatchPlugin",
    "AssociateId": 0,
    "IsSystemTask": False,
    "LastStarted": "2026-08-01T14:00:00",
    "Created": "2026-08-01T13:59:58",
    "StartCount": 1,
    "State": "Started",
    "Description": "contacts.xlsx",
    "Response": "",
    "ProgressDescription": "Reading rows",
    "ProgressPercent": 42,
}


def at(hour: int, minute: int, second: int = 0) -> float:
    return datetime(2026, 8, 1, hour, minute, second, tzinfo=UTC).timestamp()


def read(*rows: object, complete: bool = True) -> Tasks:
    return asyncio.run(read_tasks(Listing(rows, complete=complete, where="tasks")))


def one(**changes: object) -> Task:
    tasks = read(ROW | changes)
    assert tasks.problems == ()
    [task] = (*tasks.active, *tasks.waiting, *tasks.ended, *tasks.unclear)
    return task


def test_every_column_arrives() -> None:
    """A whole row of the archive fills a whole task."""
    assert one() == Task(
        id="628",
        number=628,
        state=State.STARTED,
        kind="import",
        name="ImportBatchPlugin",
        description="contacts.xlsx",
        definition="Imports contacts",
        stage="Reading rows",
        by="AU",
        starts=1,
        registered=at(13, 59, 58),
        started=at(14, 0),
        heartbeat=at(14, 2),
        progress=0.42,
    )


def test_the_names_of_the_agent_are_read_too() -> None:
    """A BatchTaskInfo says the same under other names, and whether nobody began it."""
    [task] = read(INFO).active
    assert (task.id, task.name, task.registered) == ("628", "ImportBatchPlugin", at(13, 59, 58))
    assert task.state is State.STARTED
    assert task.is_system


@pytest.mark.parametrize(
    ("changes", "is_system"),
    [
        ({}, False),
        ({"AssociateId": 0}, True),
        ({"AssociateId": 7}, False),
        ({"AssociateId": None}, False),
        ({"IsSystemTask": True}, True),
        ({"AssociateId": 7, "IsSystemTask": "true"}, True),
    ],
)
def test_a_task_of_the_system(changes: dict[str, object], is_system: bool) -> None:
    """A task is the system's where it says so, or that it belongs to nobody."""
    assert one(**changes).is_system is is_system


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (0, State.UNKNOWN),
        (1, State.NEW),
        ("2", State.ACQUIRED),
        ("Aquired", State.ACQUIRED),
        ("acquired", State.ACQUIRED),
        ("Assigned", State.ACQUIRED),
        (3.0, State.STARTED),
        ("Succeeded", State.SUCCEEDED),
        (" failed ", State.FAILED),
        (6, State.CLEANUP),
        ("SucceededManualCleanup", State.CLEANUP),
    ],
)
def test_states(value: object, state: State) -> None:
    """A state is a number, a number as text, or a name in either spelling."""
    assert read_state(value) is state


@pytest.mark.parametrize("value", [99999, "All", -1, True, {}, [], 10**400, "x" * 99])
def test_a_state_that_no_task_has(value: object) -> None:
    """A value that is no state is named, short."""
    with pytest.raises(ValueError, match="is no state of a task") as caught:
        read_state(value)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("state", ["banana", None, "", 99999])
def test_a_task_in_no_known_state_ends_nothing(state: object) -> None:
    """Nobody knows how far it is: it is unseen, and the others are read."""
    tasks = read(ROW | {"State": state}, ROW | {"PrimaryKey": 7})
    assert [task.id for task in tasks.active] == ["7"]
    assert tasks.unseen == {"task-628", "task:628"}
    assert tasks.complete
    [problem] = tasks.problems
    assert str(problem).startswith("row 1 (task 628): State ")


def test_a_state_that_is_said_to_be_unknown_is_no_fault() -> None:
    """The vendor has a word for it."""
    tasks = read(ROW | {"State": "Unknown"})
    assert tasks.problems == ()
    assert tasks.unseen == {"task-628", "task:628"}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"State": 1, "StartCount": 0, "LastStarted": None}, "waiting"),
        ({"State": 1, "StartCount": 1, "LastStarted": None}, "waiting"),
        ({"State": 1, "StartCount": 0}, "waiting"),
        ({"State": 1}, "active"),
        ({"State": 2}, "active"),
        ({"State": 3}, "active"),
        ({"State": 4}, "ended"),
        ({"State": 5}, "ended"),
        ({"State": 6}, "ended"),
        ({"State": 0}, "unclear"),
    ],
)
def test_what_becomes_of_a_task(changes: dict[str, object], part: str) -> None:
    """It waits until it was started once; then it is active until it says that it ended."""
    tasks = read(ROW | changes)
    parts = {p: len(getattr(tasks, p)) for p in ("active", "waiting", "ended", "unclear")}
    assert parts == dict.fromkeys(parts, 0) | {part: 1}


@pytest.mark.parametrize(
    ("names", "name", "kind"),
    [
        (("ImportBatchPlugin", "", ""), "ImportBatchPlugin", "import"),
        (("", "Importing contacts", ""), "Importing contacts", "import"),
        (("", "", "Import of contacts"), "Import of contacts", "import"),
        (("", "", ""), "Task 628", "batch-task"),
        (("FreetextRegenBatchPlugin", "", ""), "FreetextRegenBatchPlugin", "freetext-rebuild"),
        (("FreetextIndexRows", "", ""), "FreetextIndexRows", "batch-task"),
        (("SaintRegenBatchPlugin", "", ""), "SaintRegenBatchPlugin", "saint-rebuild"),
        (("StatusMonitorRegenerate", "", ""), "StatusMonitorRegenerate", "saint-rebuild"),
        (("UdefPublishBatchPlugin", "", ""), "UdefPublishBatchPlugin", "udef-rebuild"),
        (("BulkUpdate", "", "Imported last week"), "BulkUpdate", "batch-task"),
        (("Reporter", "Important customers", ""), "Reporter", "batch-task"),
    ],
)
def test_name_and_kind(names: tuple[str, str, str], name: str, kind: str) -> None:
    """The definition says what a task is; its own description only where nothing else does."""
    columns = ("DefinitionName", "DefinitionDescription", "Description")
    task = one(**dict(zip(columns, names, strict=True)))
    assert (task.name, task.kind) == (name, kind)


def test_the_configured_table_comes_first() -> None:
    """It is looked for in the task's own description as well, whatever the case."""
    line = KindPattern(pattern=r"contacts\.XLSX$", kind="batch-task")
    signs = BATCH_TASKS.extended([line])
    tasks = asyncio.run(
        read_tasks(Listing((ROW, ROW | {"PrimaryKey": 2, "Description": ""})), signs)
    )
    assert [task.kind for task in tasks.active] == ["import", "batch-task"]


def test_a_bad_field_leaves_its_row() -> None:
    """What can't be read of a task is named and left out; the task is there."""
    tasks = read(ROW | {"ProgressPercent": 140, "StartCount": -1, "updatedDate": "x"})
    [task] = tasks.active
    assert (task.progress, task.starts, task.heartbeat) == (None, 0, None)
    assert {str(problem) for problem in tasks.problems} == {
        "row 1 (task 628): ProgressPercent 140 is more than 100",
        "row 1 (task 628): StartCount -1 is less than nothing",
        'row 1 (task 628): updatedDate "x" is not a date',
    }


def test_shares() -> None:
    """Percents become a share; nothing stays nothing."""
    assert [read_share(value) for value in (0, "50", 100, None)] == [0.0, 0.5, 1.0, None]


@pytest.mark.parametrize(
    "row", [7, {"State": 3}, {"PrimaryKey": {}}, {str(n): n for n in range(300)}]
)
def test_a_row_that_nobody_knows_makes_the_list_incomplete(row: object) -> None:
    """It may be any task, so none may be taken to have gone."""
    tasks = read(row, ROW)
    assert len(tasks.active) == len(tasks.problems) == 1
    assert tasks.problems[0].where == "row 1"
    assert not tasks.complete


def test_a_list_of_nothing_but_bad_rows_is_malformed() -> None:
    """Where no row can be read, the source fails instead of seeming to work."""
    with pytest.raises(
        Malformed, match=r"tasks sent .* none of 2 rows can be read; row 2: has none"
    ):
        read(7, {"State": 3})


def test_an_empty_list_is_an_answer() -> None:
    """An installation without tasks is no failure."""
    assert read() == Tasks(counts={})


def test_a_list_that_moved_shows_a_task_once() -> None:
    """Of a task on two pages the later row counts."""
    tasks = read(ROW, ROW | {"State": 4})
    assert (tasks.active, len(tasks.ended), sum(tasks.counts.values())) == ((), 1, 1)


def test_a_long_id_is_cut_and_stays_one_of_its_own() -> None:
    """Key and mark stay short; an id that is no number of a task has none."""
    first, second = (one(PrimaryKey=f"{'9' * 500}{end}") for end in "12")
    assert len(first.key) == len(first.mark) == 200
    assert (first.key, first.mark) != (second.key, second.mark)
    assert first.number == 0
    assert one(PrimaryKey=2**31).number == 0
    assert one(PrimaryKey="²").number == 0


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
COLUMNS = dict.fromkeys(dict.fromkeys((*ROW, *INFO)), JSON | st.sampled_from([*ROW.values()]))
ROWS = st.lists(st.fixed_dictionaries({}, optional=COLUMNS) | JSON, max_size=4)


@given(ROWS)
def test_no_reply_breaks_the_reading(rows: list[Any]) -> None:
    """Any JSON at all becomes tasks or Malformed; no row vanishes without a word."""
    try:
        tasks = read(*rows)
    except Malformed:
        return
    parts = (tasks.active, tasks.waiting, tasks.ended, tasks.unclear)
    assert sum(map(len, parts)) == sum(tasks.counts.values())
    assert tasks.complete or tasks.problems


def test_others_have_their_turn() -> None:
    """A long list is read a hundred rows at a time."""

    async def count() -> int:
        rows = tuple(ROW | {"PrimaryKey": number} for number in range(1, 2001))
        turns, task = 0, asyncio.ensure_future(read_tasks(Listing(rows)))
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(count()) >= 20
