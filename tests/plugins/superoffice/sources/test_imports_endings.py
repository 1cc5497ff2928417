"""Tasks that ended are told once, restarts included, and only when nobody shows their work."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Ending, EndReason, Observation, Snapshot, Unreachable
from syseventd_superoffice.access import Listing
from syseventd_superoffice.batch_tasks import State, Task, Tasks
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.imports import LAST_FAILED, Imports
from syseventd_superoffice.task_endings import MOST, Remembered, recalled, remember
from syseventd_superoffice.task_events import MOST_OLD, STILL_SHOWN
from syseventd_superoffice.witnesses import PATIENCE, REMEMBERED, Witnesses

FREETEXT = "FreetextRegen"


def row(number: int, state: object = "Started", name: str = "Import", **more: object) -> Any:
    return {"PrimaryKey": number, "State": state, "DefinitionName": name, **more}


class Watch:
    """The source on an installation, with a store that keeps what it wants to remember."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation
        self.memory: dict[str, str] = {}
        self.now = time.time()
        self.restart()

    def restart(self) -> None:
        """A new source, which has nothing but what was stored."""
        self.installation.connection.witnesses.switch_on("imports", None)
        self.source = Imports(self.installation.connection, clock=lambda: self.now)

    def probe(self, *rows: object, complete: bool = True, stored: bool = True) -> Snapshot:
        self.installation.answers(batch_tasks=Listing(rows, complete=complete))
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        if stored and snapshot.memory is not None:
            self.memory = dict(snapshot.memory)
        return snapshot

    def endings(self, *rows: object, **options: bool) -> list[tuple[str, EndReason]]:
        """What is told of tasks that ended since the last probe."""
        told = self.probe(*rows, **options).endings
        return [(e.observation.key, e.reason) for e in told if e.fresh]


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


def failed_at(snapshot: Snapshot) -> list[float]:
    return [m.value for m in snapshot.measurements if m.name == LAST_FAILED]


def test_when_a_task_failed_last_is_measured(watch: Watch) -> None:
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
def test_a_task_that_ended_says_how(watch: Watch, state: str, reason: EndReason) -> None:
    """What it answered is the message; it is known by its number."""
    watch.probe(row(1))
    [ending] = watch.probe(row(1, state, Response="Row 7 has no name")).endings
    assert (ending.reason, ending.fresh) == (reason, True)
    assert ending.observation.message == "Row 7 has no name"
    assert ending.observation.status.startswith(state.removesuffix("ManualCleanup"))
    assert ending.observation.marks == {"task:1"}
    assert not ending.observation.stalled


def test_it_is_told_once(watch: Watch) -> None:
    """A row of a failed task stays for months."""
    watch.probe(row(1))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]
    for _ in range(3):
        assert watch.endings(row(1, "Failed")) == []


def test_it_is_told_again_where_it_was_not_stored(watch: Watch) -> None:
    """What the store does not have was told to nobody."""
    watch.probe(row(1))
    failed = row(1, "Failed")
    assert (
        watch.endings(failed, stored=False)
        == watch.endings(failed)
        == [("task-1", EndReason.FAILED)]
    )
    assert watch.endings(failed) == []


def test_a_restart_neither_forgets_nor_repeats(watch: Watch) -> None:
    """What ended while nobody looked is told; what was told is not told again."""
    watch.probe(row(1), row(2))
    watch.probe(row(1, "Failed"), row(2))
    watch.restart()
    assert watch.endings(row(1, "Failed"), row(2, "Failed")) == [("task-2", EndReason.FAILED)]


def test_at_the_first_look_of_all_nothing_is_news(watch: Watch) -> None:
    """All that had ended then ended before; only an event that is open already ends by it."""
    snapshot = watch.probe(row(1, "Failed"), row(2, "Succeeded"))
    assert [(e.observation.key, e.fresh) for e in snapshot.endings] == [
        ("task-1", False),
        ("task-2", False),
    ]
    assert watch.probe(row(1, "Failed"), row(2, "Succeeded")).endings == ()


def test_of_old_endings_the_latest_are_told(watch: Watch) -> None:
    """Of thousands hardly any concerns an open event."""
    rows = [row(number, "Failed") for number in range(1, MOST_OLD + 51)]
    told = watch.probe(*rows).endings
    assert [e.observation.key for e in told] == [f"task-{n}" for n in range(51, MOST_OLD + 51)]


def test_a_task_that_was_never_seen_to_run_is_told(watch: Watch) -> None:
    """A short one comes and ends between two looks, on an installation that was idle too."""
    watch.probe()
    assert watch.endings(row(5, "Failed")) == [("task-5", EndReason.FAILED)]
    assert watch.endings(row(5, "Failed"), row(6, "Succeeded")) == [("task-6", EndReason.SUCCEEDED)]


def test_a_task_that_waited_and_ended_is_told(watch: Watch) -> None:
    """It was known, and had not ended; newer ones came meanwhile."""
    watch.probe(row(5, "New"), row(9, "Succeeded"))
    assert watch.endings(row(5, "Failed"), row(9, "Succeeded")) == [("task-5", EndReason.FAILED)]


def test_a_failed_task_that_is_started_again_may_fail_again(watch: Watch) -> None:
    """That is another failure."""
    watch.probe(row(1))
    watch.probe(row(1, "Failed"))
    watch.probe(row(1, "New"))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


def test_a_task_that_vanishes_has_just_gone(watch: Watch) -> None:
    """Nobody said how it ended."""
    watch.probe(row(1))
    snapshot = watch.probe()
    assert (snapshot.observations, snapshot.endings) == ((), ())
    assert snapshot.complete
    assert "task:1" not in snapshot.unseen


@pytest.mark.parametrize("hidden", [[], [7]])
def test_what_was_not_seen_is_not_forgotten(watch: Watch, hidden: list[object]) -> None:
    """Where a part of the list is missing, a task that runs may be in it, or all that ended."""
    watch.probe(row(1), row(2, "Failed"))
    watch.probe(row(3), *hidden, complete=bool(hidden))
    if not hidden:
        watch.probe()
    assert watch.endings(row(1, "Failed"), row(2, "Failed"), row(3)) == (
        [("task-1", EndReason.FAILED)] if hidden else []
    )


def test_what_was_told_of_a_part_of_the_list_is_not_told_again(watch: Watch) -> None:
    """Also while it stays a part, and where the task with the highest number is missing."""
    watch.probe(row(1), row(9, "Failed"))
    assert watch.endings(row(1, "Failed"), 7) == [("task-1", EndReason.FAILED)]
    assert watch.endings(row(1, "Failed"), 7) == []
    assert watch.endings(row(1, "Failed"), row(9, "Failed")) == []


def test_a_task_in_no_known_state_is_not_forgotten(watch: Watch) -> None:
    """It may be running still."""
    watch.probe(row(1))
    watch.probe(row(1, "banana"))
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


def test_an_id_that_is_no_number_is_known_while_it_runs(watch: Watch) -> None:
    """It has no place in the order of tasks."""
    watch.probe(row(1), {"PrimaryKey": "x", "State": 3})
    told = watch.endings({"PrimaryKey": "x", "State": 5}, {"PrimaryKey": "y", "State": 5})
    assert told == [("task-x", EndReason.FAILED)]


def test_an_absurd_number_hides_no_later_task(watch: Watch) -> None:
    """A number that no task can have is none, and one that went away counts no more."""
    watch.probe(row(2**40, "Failed"), row(1))
    watch.probe(row(2**31 - 1, "Failed"), row(1))
    watch.probe(row(1))
    assert watch.endings(row(1), row(2, "Failed")) == [("task-2", EndReason.FAILED)]


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


def shown_elsewhere(watch: Watch, source: str, *observations: Observation) -> None:
    """Another source that is switched on, and what it sees now."""
    watch.installation.connection.witnesses.report(source, observations)


def rebuild(kind: str = "freetext-rebuild", number: int = 9) -> Observation:
    return Observation(
        f"event-{number}", kind, "Rebuild", marks=frozenset({f"system-event:{number}"})
    )


@pytest.fixture
def events(watch: Watch) -> Watch:
    """The same, where system events are watched as well."""
    watch.installation.connection.witnesses.switch_on("system-events", None)
    shown_elsewhere(watch, "system-events")
    watch.probe()
    return watch


@pytest.mark.parametrize(
    ("name", "kind"),
    [(FREETEXT, "freetext-rebuild"), ("Saint", "saint-rebuild"), ("Import", "import")],
)
def test_an_end_waits_while_another_source_shows_the_work(
    events: Watch, name: str, kind: str
) -> None:
    """The event goes on, and says that its task ended; then the end is told, once."""
    shown_elsewhere(events, "system-events", rebuild(kind))
    events.probe(row(1, name=name))
    failed = row(1, "Failed", name, Response="Out of words")
    for _ in range(2):
        snapshot = events.probe(failed)
        [observation] = snapshot.observations
        assert snapshot.endings == ()
        assert observation.status == f"Failed; {STILL_SHOWN}"
        assert observation.message == "Out of words"
        assert ("Task ended", "Failed") in observation.details
        assert observation.marks == {"task:1", "system-event:9"}
        assert snapshot.ask_again == 15.0
    shown_elsewhere(events, "system-events")
    assert events.endings(failed) == [("task-1", EndReason.FAILED)]
    assert events.endings(failed) == []


def test_an_end_waits_over_a_restart(events: Watch) -> None:
    """It was not told, so it is still to be told."""
    shown_elsewhere(events, "system-events", rebuild())
    events.probe(row(1, name=FREETEXT))
    events.probe(row(1, "Failed", FREETEXT))
    events.restart()
    assert events.endings(row(1, "Failed", FREETEXT)) == []
    shown_elsewhere(events, "system-events")
    assert events.endings(row(1, "Failed", FREETEXT)) == [("task-1", EndReason.FAILED)]


def test_an_end_waits_until_the_others_have_looked(events: Watch) -> None:
    """After a restart nobody knows yet whether the work is still shown."""
    events.probe(row(1, name=FREETEXT))
    failed = row(1, "Failed", FREETEXT)
    events.installation.connection.witnesses.switch_on("system-events", None)
    assert events.endings(failed) == []
    shown_elsewhere(events, "system-events")
    assert events.endings(failed) == [("task-1", EndReason.FAILED)]


def test_one_that_is_never_asked_is_not_waited_for(installation: Any) -> None:
    """After two minutes the end is told."""
    now = 0.0
    witnesses = Witnesses(lambda: now)
    installation.connection = Connection(installation.access, witnesses)
    watch = Watch(installation)
    watch.probe(row(1))
    witnesses.switch_on("system-events", None)
    assert watch.endings(row(1, "Failed")) == []
    now = PATIENCE + 1
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


@pytest.mark.parametrize("seen", [True, False])
def test_one_that_fails_is_believed_as_it_was(events: Watch, seen: bool) -> None:
    """What it saw last may still be so."""
    witnesses = events.installation.connection.witnesses

    async def fail() -> None:
        raise Unreachable("crm", "it is down")

    if seen:
        shown_elsewhere(events, "system-events", rebuild())
    events.probe(row(1, name=FREETEXT))
    with pytest.raises(Unreachable):
        asyncio.run(witnesses.look("system-events", fail()))
    told = [] if seen else [("task-1", EndReason.FAILED)]
    assert events.endings(row(1, "Failed", FREETEXT)) == told
    shown_elsewhere(events, "system-events")
    assert len(told) + len(events.endings(row(1, "Failed", FREETEXT))) == 1


def test_work_of_a_kind_that_nobody_else_shows_is_not_waited_for(events: Watch) -> None:
    """Whoever has not looked yet would not see it."""
    events.probe(row(1, name="Report"))
    events.installation.connection.witnesses.switch_on("system-events", None)
    assert events.endings(row(1, "Failed", "Report")) == [("task-1", EndReason.FAILED)]


def test_another_kind_that_is_shown_holds_no_end(events: Watch) -> None:
    """It is other work."""
    shown_elsewhere(events, "system-events", rebuild("saint-rebuild"))
    events.probe(row(1, name=FREETEXT))
    assert events.endings(row(1, "Failed", FREETEXT)) == [("task-1", EndReason.FAILED)]


def test_an_import_ends_while_another_is_still_shown(events: Watch) -> None:
    """Of several imports each has its own end."""
    shown_elsewhere(events, "system-events", rebuild("import"))
    starts = {1: "2026-08-01T14:00:00Z", 2: "2026-08-01T15:00:00Z"}
    both = [row(n, LastStarted=start, StartCount=1) for n, start in starts.items()]
    seen = Observation(
        "event-9",
        "import",
        "Import",
        activated_at=1785592800.0,
        marks=frozenset({"system-event:9"}),
    )
    shown_elsewhere(events, "system-events", seen)
    events.probe(*both)
    assert events.endings(both[0], both[1] | {"State": 5}) == [("task-2", EndReason.FAILED)]


def test_of_one_occurrence_one_end_is_told(events: Watch) -> None:
    """Two tasks that make SAINT's numbers are one rebuild: it failed if one of them did."""
    first, second = row(1, name="SaintRegen"), row(2, name="StatusMonitorRegen")
    events.probe(first, second)
    snapshot = events.probe(first | {"State": "Failed"}, second)
    assert snapshot.endings == ()
    assert snapshot.observations[0].marks == {"task:1", "task:2"}
    [ending] = events.probe(first | {"State": "Failed"}, second | {"State": "Succeeded"}).endings
    assert ending.reason is EndReason.FAILED
    assert ending.observation.marks == {"task:1", "task:2"}


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


def test_an_ending_finds_its_event_by_its_mark(watch: Watch) -> None:
    """It has the same key and mark as the event had while it ran."""
    [before] = watch.probe(row(1)).observations
    [ending] = watch.probe(row(1, "Failed")).endings
    assert isinstance(ending, Ending)
    assert (ending.observation.identity, ending.observation.marks) == (
        before.identity,
        before.marks,
    )


def test_a_row_that_can_not_be_read_keeps_the_others_for_a_day(watch: Watch) -> None:
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


def test_a_row_is_counted_from_when_it_was_seen(watch: Watch) -> None:
    """Pages that are missing meanwhile neither begin nor end the wait, and hold everything."""
    watch.probe(row(1), {}, complete=False)
    watch.now += 2 * REMEMBERED
    assert not watch.probe(row(1), {}).complete
    watch.now += REMEMBERED + 1
    assert not watch.probe(row(1), {}, complete=False).complete
    assert watch.probe(row(1), {}).complete
