"""A night of the simulated installation, watched by the whole daemon: each event once, to its end.

The story's clock is held, and moved from one change to the next. At each of them the daemon's
open events are compared with what the story itself says stands there.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from syseventd.testing import RunningDaemon, running_daemon, wait_until
from syseventd_superoffice import source_types
from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.faults import Fault, Faults, Kind
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.scenes import LAP, NIGHT, EventScene, TaskScene
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
}

RUNNING = (TaskState.Aquired, TaskState.Started)


@dataclass
class Night:
    """The installation, the daemon that watches it, and what it showed on the way."""

    installation: Installation
    folder: Path
    tables: dict[str, Any]
    faults: Faults
    daemon: RunningDaemon = field(init=False)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """A daemon on the night's store, while the context lasts."""
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
    return expected


def changes(until: float = LAP) -> list[float]:
    """The seconds of the night after each of which something is otherwise."""
    scenes: list[EventScene | TaskScene] = [*EVENTS, *TASKS]
    night = [scene for scene in scenes if NIGHT in scene.laps]
    edges = {edge for s in night for edge in (s.start, s.end, s.gone)}
    # A task that has just been ordered waits for a moment; then it runs.
    return sorted(edge + 4 for edge in edges if edge + 4 < until)


Body = Callable[[Night], Any]


@pytest.fixture
def through_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """Runs a body beside story and daemon; returns all events of the night as they ended."""
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    # Sources that ask within a second share an answer; here a second is long.
    monkeypatch.setattr(client.connect, "__defaults__", (0.0, time.time))

    def run(body: Body, without: Iterable[str] = ()) -> list[dict[str, Any]]:
        async def live() -> list[dict[str, Any]]:
            clock = Clock(epoch=float(int(time.time()) - 2 * LAP), held=True)
            installation, faults = Installation(clock, PASSWORD), Faults()
            async with serving(installation, faults=faults) as url:
                tables = configuration(url, without)
                night = Night(installation, tmp_path / "state", tables, faults)
                await body(night)
                async with night.watching():
                    return await night.events("all")

        return asyncio.run(live())

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


def of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def check_the_night(events: list[dict[str, Any]], missed: Container[str] = ()) -> None:
    """Each occurrence was one event, and ended as the story has it end.

    Of kinds that were `missed` the first came and went while nobody looked.
    """
    imports = of_kind(events, "import")
    assert [event["end_reason"] for event in imports] == ["gone", "failed", "gone"]
    assert "Row 812" in imports[1]["message"]
    assert [e["end_reason"] for e in of_kind(events, "freetext-rebuild")] == ["gone", "gone"]
    rebuilds = [e["end_reason"] for e in of_kind(events, "saint-rebuild")]
    assert rebuilds == ["gone", "gone", None]
    fields = [e["end_reason"] for e in of_kind(events, "udef-rebuild")]
    assert fields == ([] if "udef-rebuild" in missed else ["gone", "gone"])
    assert [e["end_reason"] for e in of_kind(events, "no-login")] == ["gone", "gone"]
    check_rungs(events)


def check_rungs(events: list[dict[str, Any]]) -> None:
    """Each rung of each licence's ladder is one event at the most, restarts included."""
    for kind in ("licence-expiry", "licence-maintenance", "licence-check-missed"):
        keys = Counter(event["key"] for event in of_kind(events, kind))
        assert set(keys.values()) == {1}, (kind, keys)


async def live_through(night: Night, seconds: Iterable[float]) -> None:
    """Goes from second to second beside a daemon, and compares at each."""
    async with night.watching():
        for second in seconds:
            await night.move_to(second)
            await night.check_what_is_open()


def test_each_event_of_the_night_is_seen_once(through_the_night: Callable[..., Any]) -> None:
    """All sources switched on: what stands in the story is open, and nothing else of its kind."""
    check_the_night(through_the_night(lambda night: live_through(night, changes())))


def test_a_restart_in_the_middle_changes_nothing(through_the_night: Callable[..., Any]) -> None:
    """While the daemon is away an import fails: it ends as that, and nothing begins anew."""
    seconds = changes()

    async def body(night: Night) -> None:
        await live_through(night, [second for second in seconds if second < 250])
        await live_through(night, [second for second in seconds if second > 300])

    check_the_night(through_the_night(body), missed={"udef-rebuild"})


@pytest.mark.parametrize(
    "without",
    [("freetext", "saint"), ("imports",), ("system-events",), ("freetext", "imports", "saint")],
    ids="-".join,
)
def test_no_source_is_needed_for_what_another_sees(
    through_the_night: Callable[..., Any], without: tuple[str, ...]
) -> None:
    """Whoever is switched off, the others report what they see of its events, once."""
    events = through_the_night(lambda night: live_through(night, changes()), without)
    assert len(of_kind(events, "import")) == 3
    assert len(of_kind(events, "freetext-rebuild")) == 2
    assert len(of_kind(events, "saint-rebuild")) == 3
    assert len(of_kind(events, "udef-rebuild")) == 2


FAILING = [
    ("/BatchTask", "imports"),
    ("/SystemEvent", "system-events"),
    ("FreeText", "freetext"),
    ("/License", "licences"),
]


@pytest.mark.parametrize(("path", "source"), FAILING, ids=[source for _, source in FAILING])
def test_nothing_ends_because_a_source_fails(
    through_the_night: Callable[..., Any], path: str, source: str
) -> None:
    """What it saw before goes on; once it can look again, all is told as if it always had."""
    seconds = changes()

    async def body(night: Night) -> None:
        await live_through(night, [second for second in seconds if second < 215])
        async with night.watching():
            await night.move_to(220)
            before = {event["id"] for event in await night.events("active")}
            night.faults.add(Fault(Kind.STATUS, path, status=500))
            # The same second: all stands as it stood, and one can no longer look.
            await night.move_to(220, probes=2)
            target = await night.daemon.json("/api/v1/targets/crm")
            assert target["sources"][source]["outcome"] == "error"
            assert {event["id"] for event in await night.events("active")} == before
            await night.move_to(303, probes=1)
        # It is asked seldom once it has failed; a daemon that begins asks at once.
        night.faults.clear()
        await live_through(night, [second for second in seconds if second > 303])

    check_the_night(through_the_night(body), missed={"udef-rebuild"})


def test_a_daemon_that_is_killed_goes_on_where_it_was(
    through_the_night: Callable[..., Any],
) -> None:
    """In a process of its own, without any farewell; another one finds its events again."""
    seconds = changes()

    async def body(night: Night) -> None:
        night.installation.clock.move(215)
        await watch_until_killed(night, {"import", "freetext-rebuild", "message-of-the-day"})
        await live_through(night, [second for second in seconds if second > 300])

    events = through_the_night(body)
    (failed,) = [event for event in events if event["end_reason"] == "failed"]
    assert "Row 812" in failed["message"]
    assert len(of_kind(events, "import")) == 2
    assert len(of_kind(events, "freetext-rebuild")) == 2
    check_rungs(events)


async def watch_until_killed(night: Night, kinds: set[str]) -> None:
    """Has a daemon in a process of its own see these kinds of event, and kills it."""
    night.folder.mkdir()
    file = night.folder / "syseventd.toml"
    file.write_text(as_toml(night.tables, night.folder))
    command = (sys.executable, "-c", "from syseventd.cli import main; main()", "run", "--config")
    process = await asyncio.create_subprocess_exec(
        *command, str(file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        address = None
        while address is None:
            line = (await process.stdout.readline()).decode()
            assert line, "it ended"
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        async with aiohttp.ClientSession() as session:

            async def seen() -> bool:
                async with session.get(f"{address[0]}api/v1/events?state=active") as reply:
                    events = (await reply.json())["events"]
                return kinds <= {event["kind"] for event in events}

            await wait_until(seen)
    finally:
        process.kill()
        await process.communicate()


def as_toml(tables: dict[str, Any], folder: Path) -> str:
    """The configuration as its file has it."""
    crm = dict(tables["targets"]["crm"])
    sources, auth = crm.pop("sources"), crm.pop("auth")
    daemon = {"listen": "127.0.0.1:0", "state_directory": str(folder)}
    blocks = {"daemon": daemon, "targets.crm": crm, "targets.crm.auth": auth}
    blocks |= {f"targets.crm.sources.{name}": values for name, values in sources.items()}
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in block.items())
        for name, block in blocks.items()
    )
