"""The simulated installation, watched by the whole daemon: what stands in the story is open, once.

The story's clock is held, and moved from one change to the next. At each of them the daemon's
open events are compared with what the story itself says stands there; at the end, all that it
ever told of with all that ever stood there.

What the daemon tells by its own clock can't be compared here, since the story's day passes in
seconds of that clock: rungs of licences' ladders, tasks that wait or are silent for too long,
and system events that went too early. Their own tests have a clock that they set.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syseventd.testing import RunningDaemon, running_daemon, wait_until
from syseventd_superoffice import source_types
from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.faults import Faults
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.scenes import DAY, LAP, EventScene, TaskScene
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.story import EVENTS, TASKS
from syseventd_superoffice.simulator.vocabulary import TaskState
from syseventd_superoffice.simulator.world import State
from syseventd_superoffice.webapi import client

PASSWORD = "not a secret"
SOURCES = tuple(
    source.name for source in source_types() if source.name not in ("tenant", "metered")
)

SHOWN_TWICE = {
    "import": ({cast.IMPORT.key}, {cast.IMPORTING.name}),
    "udef-rebuild": ({cast.COMPANY_FIELDS.key, cast.PERSON_FIELDS.key}, {cast.PUBLISHING.name}),
    "freetext-rebuild": ({cast.FREETEXT.key}, {cast.INDEXING.name}),
    "saint-rebuild": ({cast.COUNTERS.key}, {cast.COUNTING.name, cast.MONITORING.name}),
}
"""Kinds of what the vendor shows both as a system event and as a batch task: keys, definitions."""

SHOWN_ONCE = {
    "message-of-the-day": {cast.MESSAGE.key},
    "no-login": {cast.NO_LOGIN.key},
    "prototype-rebuild": {cast.PROTOTYPE.key},
    "no-freetext": {cast.NO_FREETEXT.key},
    "no-travel": {cast.NO_TRAVEL.key},
}

RUNNING = (TaskState.Aquired, TaskState.Started)


@dataclass
class Day:
    """The installation, the daemon that watches it, and what it showed on the way."""

    installation: Installation
    folder: Path
    tables: dict[str, Any]
    faults: Faults
    daemon: RunningDaemon = field(init=False)
    stood: set[str] = field(default_factory=set)
    """All rows and running tasks that stood in the story while somebody looked, by their marks."""

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """A daemon on the day's store, while the context lasts."""
        async with running_daemon(self.tables, self.folder) as self.daemon:
            yield

    async def move_to(self, second: float, probes: int = 3) -> None:
        """Moves the story, and waits until every source has seen it and what others made of it.

        One probe may have been under way, and one leaves to another what that one is yet to see.
        """
        clock = self.installation.clock
        clock.move(second - clock.elapsed())
        before = await self._probes()

        async def looked() -> bool:
            await self.check_that_nothing_is_open_twice()
            now = await self._probes()
            return all(now[name] >= before[name] + probes for name in before)

        await wait_until(looked)

    async def _probes(self) -> dict[str, int]:
        target = await self.daemon.json("/api/v1/targets/crm")
        return {
            name: source["probes"]
            for name, source in target["sources"].items()
            if name in self.watched and source["state"] != "unavailable"
        }

    @property
    def watched(self) -> set[str]:
        sources = self.tables["targets"]["crm"]["sources"]
        return {name for name in SOURCES if sources[name].get("enabled", True)}

    async def events(self, state: str) -> list[dict[str, Any]]:
        """All events in a state, oldest first."""
        reply = await self.daemon.json(f"/api/v1/events?state={state}&limit=1000")
        assert reply["next"] is None
        return sorted(reply["events"], key=lambda event: int(event["id"]))

    async def check_that_nothing_is_open_twice(self) -> None:
        """No two open events are of one occurrence, at whatever moment one looks."""
        events = await self.events("active")
        kinds = Counter(event["kind"] for event in events)
        assert kinds["freetext-rebuild"] <= 1
        assert kinds["saint-rebuild"] <= 1
        marks = Counter(mark for event in events for mark in event["also_known_as"])
        assert set(marks.values()) <= {1}, marks

    async def live_through(self, seconds: Iterable[float]) -> None:
        """Goes from second to second beside a daemon, and compares at each."""
        async with self.watching():
            for second in seconds:
                await self.move_to(second)
                await self.check_what_is_open()
                self.stood |= marks(self.installation.state(), self.watched)

    async def check_what_is_open(self) -> None:
        """As many open events of each kind as the story says."""
        events = await self.events("active")
        found = Counter(event["kind"] for event in events)
        expected = expected_kinds(self.installation.state(), self.watched)
        second = self.installation.clock.elapsed()
        assert {kind: found[kind] for kind in expected} == expected, (second, events)


def expected_kinds(state: State, watched: set[str]) -> dict[str, int]:
    """How many events of each kind stand in the story, for those who watch these sources."""
    keys = [event.key for event in state.events if "system-events" in watched]
    running = [task.definition.name for task in state.tasks if task.state in RUNNING]
    running = running if "imports" in watched else []
    expected = {kind: sum(key in known for key in keys) for kind, known in SHOWN_ONCE.items()}
    for kind, (known, definitions) in SHOWN_TWICE.items():
        rows = sum(key in known for key in keys)
        tasks = sum(definition in definitions for definition in running)
        expected[kind] = max(rows, tasks)
    kept = {name for _, definitions in SHOWN_TWICE.values() for name in definitions}
    expected["batch-task"] = sum(definition not in kept for definition in running)
    return expected


def marks(state: State, watched: set[str]) -> set[str]:
    """What stands in the story, by the names that its lists give it."""
    rows = state.events if "system-events" in watched else ()
    tasks = state.tasks if "imports" in watched else ()
    running = (task.id for task in tasks if task.state in RUNNING)
    return {f"system-event:{row.id}" for row in rows} | {f"task:{number}" for number in running}


@pytest.fixture(scope="session")
def changes() -> tuple[float, ...]:
    """The seconds of the day after each of which something is otherwise."""
    scenes: list[EventScene | TaskScene] = [*EVENTS, *TASKS]
    edges = {
        lap * LAP + edge for s in scenes for lap in s.laps for edge in (s.start, s.end, s.gone)
    }
    # A task that has just been ordered waits for a moment; then it runs.
    return tuple(sorted(edge + 4 for edge in edges if edge + 4 <= DAY))


Body = Callable[[Day], Any]


@dataclass
class Told:
    """All events of a day as they ended, oldest first, beside what stood in its story."""

    events: list[dict[str, Any]]
    stood: set[str]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    def reasons(self, kind: str) -> list[str | None]:
        """How the events of a kind ended."""
        return [event["end_reason"] for event in self.of_kind(kind)]

    def times_told(self) -> Counter[str]:
        """In how many events each row and each task was, by its mark."""
        known = (mark for event in self.events for mark in event["also_known_as"])
        return Counter(m for m in known if m.startswith(("system-event:", "task:")))


@pytest.fixture(scope="session")
def through_the_day(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Told]:
    """Runs a body beside story and daemon; returns all that was told of it."""

    async def live(body: Body, without: Iterable[str]) -> Told:
        clock = Clock(epoch=float(int(time.time()) - 2 * LAP), held=True)
        installation, faults = Installation(clock, PASSWORD), Faults()
        async with serving(installation, faults=faults) as url:
            folder = tmp_path_factory.mktemp("day") / "state"
            day = Day(installation, folder, configuration(url, without), faults)
            await body(day)
            async with day.watching():
                return Told(await day.events("all"), day.stood)

    def run(body: Body, without: Iterable[str] = ()) -> Told:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CRM_PASSWORD", PASSWORD)
            # Sources that ask within a second share an answer; here a second is long.
            patch.setattr(client.connect, "__defaults__", (0.0, time.time))
            return asyncio.run(live(body, without))

    return run


def configuration(url: str, without: Iterable[str]) -> dict[str, Any]:
    """Everything that is watched onsite, often; but for some sources."""
    sources: dict[str, dict[str, Any]] = {name: {"interval": "20ms"} for name in SOURCES}
    sources["freetext"]["rebuild_key"] = cast.FREETEXT.key
    for name in without:
        sources[name]["enabled"] = False
    auth = {"method": "basic", "user": "demo", "password_env": "CRM_PASSWORD"}
    return {
        "targets": {"crm": {"type": "superoffice", "url": url, "auth": auth, "sources": sources}}
    }
