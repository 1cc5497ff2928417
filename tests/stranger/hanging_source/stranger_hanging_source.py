"""Healthy hooks, and three sources that never answer, each in its own way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

from syseventd import Snapshot, Target, hookimpl
from syseventd.interface import Isolation, SourceType, TargetType
from syseventd.settings import Settings, SourceSettings


class Awaiting:
    """Waits on the event loop for what never comes."""

    async def probe(self) -> Snapshot:
        await asyncio.Event().wait()
        return Snapshot()


class InThread:
    """Waits in a thread for what never comes."""

    def probe(self) -> Snapshot:
        threading.Event().wait()
        return Snapshot()


class Spinning:
    """Is busy for ever. In our process, it would keep everybody else from working."""

    def probe(self) -> Snapshot:
        while True:
            pass


def _awaiting(target: Target, connection: None, settings: SourceSettings) -> Awaiting:
    return Awaiting()


def _in_thread(target: Target, connection: None, settings: SourceSettings) -> InThread:
    return InThread()


def _spinning(target: Target, connection: None, settings: SourceSettings) -> Spinning:
    return Spinning()


@hookimpl
def target_types() -> Iterable[TargetType]:
    """A target without settings."""
    return [TargetType("hanging", Settings)]


@hookimpl
def source_types() -> Iterable[SourceType]:
    """The sources that hang: by await, in a thread, in a process of its own."""
    yield SourceType("awaiting", "hanging", _awaiting)
    yield SourceType("in-thread", "hanging", _in_thread)
    yield SourceType("spinning", "hanging", _spinning, isolation=Isolation.PROCESS)
