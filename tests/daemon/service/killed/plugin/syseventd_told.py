"""A plugin whose systems are a story in a file, and whose sink writes down what it is handed."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from syseventd import Expiry, Observation, Snapshot, Target, Transition, hookimpl
from syseventd.interface import EventKind, SinkType, SourceType, TargetType
from syseventd.settings import Settings

SOURCES = ("imports", "saint", "freetext", "licences")


class StorySettings(Settings):
    """`story` is the file with what is true now, of all sources at once."""

    story: Path


class BookSettings(Settings):
    """`folder` is where each life of the sink begins a file of its own."""

    folder: Path


class Told:
    """Sees a source's part of the story as it stands."""

    def __init__(self, name: str, story: Path) -> None:
        self._name = name
        self._story = story

    async def probe(self) -> Snapshot:
        now = json.loads(self._story.read_bytes())[self._name]
        await asyncio.sleep(0)  # as one that asks over a network would
        return Snapshot(
            observations=tuple(
                Observation(key, "job", key, status=status, activated_at=began)
                for key, (began, status) in now["events"].items()
            ),
            expiries=(Expiry("licence", self._name, now["expires"]),),
        )


class Book:
    """A sink: a line for each delivery, written before the daemon hears that it is delivered."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(folder / f"{time.time_ns()}", flags, 0o600)

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        steps = [
            [t.id, t.step, t.event.id, t.event.observation.key, t.event.observation.status]
            for t in transitions
        ]
        os.write(self._file, json.dumps(steps).encode() + b"\n")


def _source_type(name: str) -> SourceType:
    def create(target: Target, connection: object, settings: object) -> Told:
        assert isinstance(target.settings, StorySettings)
        return Told(name, target.settings.story)

    return SourceType(name, "told", create)


@hookimpl
def target_types() -> list[TargetType]:
    """One."""
    return [TargetType("told", StorySettings)]


@hookimpl
def source_types() -> list[SourceType]:
    """Several, whose snapshots are committed side by side."""
    return [_source_type(name) for name in SOURCES]


@hookimpl
def sink_types() -> list[SinkType]:
    """One."""
    return [SinkType("book", BookSettings, lambda name, settings: Book(settings.folder))]


@hookimpl
def event_kinds() -> list[EventKind]:
    """One."""
    return [EventKind("job", "Job")]
