"""Both lists through the core: one occurrence is one event, with one end, restarts included."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from syseventd import EndReason, SourceId, Transition
from syseventd.lifecycle import advance
from syseventd.model import Known
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.imports import Imports
from syseventd_superoffice.system_events import SystemEvents

START = 1785592800.0
LISTS = ("system-events", "imports")

EVENT = {"PrimaryKey": 9, "eventkey": "kSEFreetextRebuild", "eventname": "Rebuild", "scope": 2}
TASK = {"PrimaryKey": 5, "DefinitionName": "FreetextRegen", "State": 3, "LastStarted": START}


class Daemon:
    """The two sources and the core, which remembers what it stored."""

    def __init__(self, installation: Any) -> None:
        self.now = START
        self.installation = installation
        self.known = {name: Known(SourceId("crm", name)) for name in LISTS}
        self.told: list[Transition] = []
        self._ids = itertools.count(1)
        self.start()

    def start(self) -> None:
        """Starts it; what the sources knew by themselves is lost."""
        connection = Connection(self.installation.access)
        for name in LISTS:
            connection.witnesses.switch_on(name, None)
        self.sources: dict[str, Any] = {
            "system-events": SystemEvents(connection, clock=lambda: self.now),
            "imports": Imports(connection, clock=lambda: self.now),
        }

    def look(self, events: list[Any], tasks: list[Any], *order: str) -> list[tuple[str, str]]:
        """Each source is asked once, in this order. Returns the steps with the kinds."""
        self.installation.answers(system_events=events, batch_tasks=tasks)
        steps: list[Transition] = []
        for name in order or LISTS:
            known = self.known[name]
            snapshot = self.installation.probe(self.sources[name], known.memory)
            others = [other for other in self.known.values() if other.source != known.source]
            after = advance(known, snapshot, self.now, self._ids, others)
            self.known |= {k.source.source: k for k in (after.known, *after.givers)}
            steps += after.transitions
        self.told += steps
        self.now += 15
        return [(step.step.value, step.event.observation.kind) for step in steps]

    @property
    def ends(self) -> list[EndReason | None]:
        return [t.event.end_reason for t in self.told if t.event.ended_at is not None]

    @property
    def events(self) -> set[int]:
        return {transition.event.id for transition in self.told}


@pytest.fixture
def daemon(installation: Any) -> Daemon:
    daemon = Daemon(installation)
    daemon.look([], [])
    return daemon


@pytest.mark.parametrize("first", LISTS)
@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("event_goes_first", [False, True])
def test_a_rebuild_that_fails_is_one_event(
    daemon: Daemon, first: str, restarts: bool, event_goes_first: bool
) -> None:
    """Whoever is asked first, whichever list shows its end first, and though we restart."""
    order = (first, *(name for name in LISTS if name != first))
    failed = TASK | {"State": "Failed", "Response": "Out of words"}
    halfway: tuple[list[Any], list[Any]] = ([], [TASK]) if event_goes_first else ([EVENT], [failed])
    for events, tasks in (([EVENT], [TASK]), halfway, halfway, ([], [failed]), ([], [failed])):
        daemon.look(events, tasks, *order)
        if restarts:
            daemon.start()
    for _ in range(2):  # after a restart both look before an end is told
        daemon.look([], [failed], *order)
    assert len(daemon.events) == 1
    assert daemon.ends == [EndReason.FAILED]
    assert daemon.told[-1].event.observation.message == "Out of words"


def test_a_failure_between_two_looks_is_told_once(daemon: Daemon) -> None:
    """It started and ended, as far as anybody saw, at one time."""
    failed = TASK | {"State": 5, "DefinitionName": "Import"}
    assert daemon.look([], [failed]) == [("started", "import"), ("ended", "import")]
    daemon.start()
    assert daemon.look([], [failed]) == []


def test_a_task_that_vanishes_is_gone(daemon: Daemon) -> None:
    """How it ended is not known."""
    daemon.look([], [TASK | {"DefinitionName": "Import"}])
    daemon.look([], [])
    assert daemon.ends == [EndReason.GONE]


def test_a_long_wait_is_one_event(daemon: Daemon) -> None:
    """Also when another task has waited longest by now."""
    new = {"State": "New", "DefinitionName": "Report"}
    daemon.look([], [new | {"PrimaryKey": 1, "registeredDate": START - 700}])
    daemon.start()
    daemon.look([], [new | {"PrimaryKey": 2, "registeredDate": START - 650}])
    daemon.look([], [])
    assert len(daemon.events) == 1
    assert daemon.ends == [EndReason.GONE]


def test_publishing_that_is_cut_short_is_told_beside_it(daemon: Daemon) -> None:
    """The event goes on while its task runs; that its row went too early is an event of its own."""
    row = {"PrimaryKey": 3, "eventkey": "kSEPublish", "scope": 2}
    daemon.look([row], [task := TASK | {"DefinitionName": "UdefPublish"}])
    steps = list[tuple[str, str]]()
    for _ in range(10):
        steps += daemon.look([], [task | {"updatedDate": daemon.now}])
    assert ("started", "udef-cancelled") in steps
    assert daemon.ends == []
    daemon.look([], [task | {"State": "Succeeded"}])
    daemon.look([], [task | {"State": "Succeeded"}])
    assert daemon.ends == [EndReason.SUCCEEDED]
