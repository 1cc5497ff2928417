"""A plugin for the service's tests: systems that do what their configuration says.

Found by a daemon in a process of its own when this folder is on its path; loaded by hand in the
tests' own process, where `WORLD` can be changed while it is watched.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syseventd import (
    Expiry,
    Observation,
    Snapshot,
    Target,
    Throttled,
    Transition,
    Unauthorized,
    Unreachable,
    hookimpl,
)
from syseventd.interface import EventKind, Isolation, SinkType, SourceType, TargetType
from syseventd.settings import Settings, SourceSettings


@dataclass
class World:
    """What the systems of this process do, and what was done to them."""

    probes: Counter[str] = field(default_factory=Counter)
    connected: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    unreachable: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)
    unauthorized: set[str] = field(default_factory=set)
    refusing: bool = False
    closing: asyncio.Barrier | None = None
    delivered: list[int] = field(default_factory=list)


WORLD = World()


class ToySettings(Settings):
    """`does` is what a probe does, and `mark` a file that it makes when it begins."""

    does: str = "answer"
    jobs: tuple[str, ...] = ()
    date: float | None = None
    mark: str | None = None
    address: str = ""


class ToyConnection:
    """Counts connections."""

    def __init__(self, target: Target) -> None:
        self._name = target.name
        WORLD.connected[self._name] += 1

    async def aclose(self) -> None:
        if WORLD.closing is not None:
            await WORLD.closing.wait()
        WORLD.closed[self._name] += 1


_LEFT: list[asyncio.Task[None]] = []


async def _swallow() -> None:
    """Goes on for ever, whoever cancels it."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


class ToySource:
    """Answers with what its target's settings say, or never."""

    def __init__(self, name: str, settings: ToySettings) -> None:
        self.name = name
        self.settings = settings

    def begin(self) -> None:
        WORLD.probes[self.name] += 1
        if self.settings.mark is not None:
            Path(self.settings.mark).touch()

    async def probe(self) -> Snapshot:
        self.begin()
        does = self.settings.does
        if does == "unreachable" or self.name in WORLD.unreachable:
            raise Unreachable(self.name, "it is switched off")
        if self.name in WORLD.throttled:
            raise Throttled(self.name, "too many questions")
        if self.name in WORLD.unauthorized:
            raise Unauthorized(self.name, "its password is wrong")
        if does == "hang":
            await asyncio.Event().wait()
        if does == "look-up":  # a name whose server is dead; asyncio looks up in this pool
            await asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
        if does == "swallow":
            await _swallow()
        if does == "begin another":  # and leave it behind
            _LEFT.append(asyncio.create_task(_swallow()))
        if does == "block":
            time.sleep(3600)  # noqa: ASYNC251 - that is what it is for
        date = self.settings.date
        return Snapshot(
            observations=tuple(Observation(job, "job", job) for job in self.settings.jobs),
            expiries=() if date is None else (Expiry("licence", "toy", date),),
        )


class SleepingSource(ToySource):
    """Hangs in a thread, or in a process."""

    def probe(self) -> Snapshot:  # type: ignore[override]
        self.begin()
        while self.settings.does == "spin":
            pass
        if self.settings.does == "hang":
            time.sleep(3600)
        return Snapshot()


class ToySink:
    """Takes transitions, unless it is told to break what delivers to it."""

    def __init__(self, breaks: str) -> None:
        if breaks == "making":
            raise SystemExit(3)
        self._breaks = breaks

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        while self._breaks == "swallow":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        if self._breaks == "cancel":
            raise asyncio.CancelledError
        if self._breaks == "exit":
            raise SystemExit(0)
        if WORLD.refusing:
            raise ConnectionError("the sink is switched off")
        WORLD.delivered.extend(transition.id for transition in transitions)


class ToySinkSettings(Settings):
    """How the sink breaks its task, if it does."""

    breaks: str = ""


def _target_type(name: str) -> TargetType:
    return TargetType(name, ToySettings, ToyConnection)


def _source_type(name: str, kind: str, made: type[ToySource], **more: Any) -> SourceType:
    def create(target: Target, connection: object, settings: SourceSettings) -> ToySource:
        assert isinstance(target.settings, ToySettings)
        return made(f"{target.name}/{name}", target.settings)

    return SourceType(name, kind, create, **more)


@hookimpl
def target_types() -> list[TargetType]:
    """Each with other sources."""
    return [_target_type("toy"), _target_type("toy-thread"), _target_type("toy-process")]


@hookimpl
def source_types() -> list[SourceType]:
    """A type `toy` has two sources, so that one can be switched off."""
    return [
        _source_type("jobs", "toy", ToySource),
        _source_type("more", "toy", ToySource),
        _source_type("asleep", "toy-thread", SleepingSource),
        _source_type("asleep", "toy-process", SleepingSource, isolation=Isolation.PROCESS),
    ]


@hookimpl
def sink_types() -> list[SinkType]:
    """One."""
    return [SinkType("toy", ToySinkSettings, lambda name, settings: ToySink(settings.breaks))]


@hookimpl
def event_kinds() -> list[EventKind]:
    """One."""
    return [EventKind("job", "Job")]
