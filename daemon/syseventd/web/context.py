"""What the web room is handed: everything it shows, and the few things it may set off."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from syseventd.board import Board
from syseventd.interface import EventKind, Gauge, Tab
from syseventd.model import Event, ProbeResult, SourceId, Timestamp, Transition
from syseventd.store import State


class EventStore(Protocol):
    """The store, as far as readers need it. Both methods raise StoreUnusable."""

    async def events(
        self,
        *,
        state: State = "all",
        target: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: Timestamp | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[Event]:
        """Newest first; `before` is the id that the last page ended with."""
        ...

    async def event(self, number: int, /) -> tuple[Event, list[Transition]] | None:
        """One event with its transitions, or None where there is no such id."""
        ...


@dataclass(frozen=True, slots=True)
class RefusedReload:
    """A configuration that was refused when it was read anew: when, and each fault in words."""

    at: Timestamp
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Context:
    """All that pages, API and health are made from.

    `metrics` answers `/metrics`. `ready` is None, or says in words why the daemon is not ready.
    `reload` is None where reloading over HTTP is off; else it reloads and returns None, or why
    nothing changed. `history` is newest first. `refused` are plugins, and `unwatched` the
    targets of the configuration that can't be watched, each with the reason. `refused_reload`
    is None while the configuration that was read last holds. `allowed_hosts` are the names
    (without port) by which the daemon may be called; None is any. `now` is the clock, in Unix
    seconds.
    """

    board: Board
    store: EventStore
    metrics: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ready: Callable[[], str | None]
    reload: Callable[[], Awaitable[str | None]] | None
    history: Callable[[SourceId], Sequence[ProbeResult]]
    next_run: Callable[[SourceId], Timestamp | None]
    kinds: Mapping[str, EventKind]
    gauges: Mapping[str, Gauge]
    tabs: Sequence[Tab]
    refused: Sequence[tuple[str, str]]
    unwatched: Callable[[], Sequence[tuple[str, str]]]
    refused_reload: Callable[[], RefusedReload | None]
    language: str
    version: str
    allowed_hosts: frozenset[str] | None = None
    now: Callable[[], Timestamp] = time.time


CONTEXT = web.AppKey("context", Context)
