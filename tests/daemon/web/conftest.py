"""A board and a store with something in them, and the pages over both."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from syseventd import lifecycle
from syseventd.board import Board
from syseventd.interface import EventKind, Gauge
from syseventd.model import (
    Advance,
    Observation,
    Outcome,
    ProbeResult,
    Snapshot,
    SourceId,
    Target,
    Timestamp,
)
from syseventd.store import open_store
from syseventd.web import Context, make_app

NOW = 1795502000.0
"""2026-11-24T06:33:20Z."""


class Section(str):
    """The HTML of one section of a page."""

    __slots__ = ()

    @property
    def headings(self) -> list[str]:
        return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', self)

    @property
    def numbers(self) -> list[str]:
        return re.findall(r'class="number">([^<]*)</td>', self)


@dataclass(frozen=True)
class Reply:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text, parse_constant=_no_constant)

    @property
    def said(self) -> str:
        """The page's text, as a reader without tags sees it."""
        main = self.text[self.text.index("<main>") : self.text.index("</main>")]
        return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#39;", "'").split())

    def section(self, heading: str) -> Section:
        """The section whose heading has this id."""
        start = self.text.index(f'aria-labelledby="{heading}"')
        return Section(self.text[start : self.text.index("</section>", start)])


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


class World:
    """What is watched and was seen. Time stands still at `now` unless it is set."""

    def __init__(self) -> None:
        self.now = NOW
        self.board = Board()
        self.kinds = {"import": EventKind("import", "Import", "Data may be incomplete")}
        self.gauges = {"index_words": Gauge("index_words", "Words in an index.")}
        self.probes: dict[SourceId, list[ProbeResult]] = {}
        self.next_runs: dict[SourceId, Timestamp] = {}
        self._advances: list[Advance] = []
        self._ids = count(1)

    def watch(self, target: str, source: str, type: str = "crm") -> SourceId:  # noqa: A002
        """Begin to watch a source that has not been asked yet."""
        name = SourceId(target, source)
        self.board.watch(Target(target, type, None), source, stale_after=300.0)
        return name

    def see(self, source: SourceId, *events: Observation, **seen: Any) -> None:
        """Let a probe see this, now."""
        snapshot = Snapshot(observations=events, **seen)
        record = self.board.record_of(source)
        advance = lifecycle.advance(record.known, snapshot, self.now, self._ids)
        result = ProbeResult(Outcome.OK, self.now - 0.25, 0.25, snapshot)
        self._advances.append(advance)
        self.board.publish(advance, snapshot, result, self.now)
        self.probes.setdefault(source, []).insert(0, result)

    def fail(self, source: SourceId, outcome: Outcome, reason: str = "") -> None:
        """Let a probe fail, now."""
        result = ProbeResult(outcome, self.now - 1, 1.0, reason=reason)
        self.board.record(source, result, self.now)
        self.probes.setdefault(source, []).insert(0, result)

    def app(self, store: Any, **changes: Any) -> web.Application:
        """The application over all this; `changes` are fields of its context."""
        return make_app(Context(**{**self._context(store), **changes}))

    def visit(self, visit: Callable[[TestClient], Awaitable[Any]], **changes: Any) -> Any:
        """Run `visit(client)` against the application over the real store, in memory."""

        async def run() -> Any:
            store = await open_store("sqlite://")
            try:
                for advance in self._advances:
                    await store.commit(advance)
                app = self.app(changes.pop("store", store), **changes)
                async with TestClient(TestServer(app)) as client:
                    return await visit(client)
            finally:
                await store.close()

        return asyncio.run(run())

    def get(self, *paths: str, headers: Mapping[str, str] = {}, **changes: Any) -> Any:
        """The replies to some paths; the reply itself where it is one path."""

        async def visit(client: TestClient) -> list[Reply]:
            return [await request(client, "GET", path, headers=headers) for path in paths]

        replies = self.visit(visit, **changes)
        return replies[0] if len(paths) == 1 else replies

    def send(
        self, method: str, path: str, headers: Mapping[str, str] = {}, **changes: Any
    ) -> Reply:
        """The reply to one request of any method."""
        return self.visit(lambda client: request(client, method, path, headers=headers), **changes)

    def _context(self, store: Any) -> dict[str, Any]:
        async def metrics(request: web.Request) -> web.StreamResponse:
            return web.Response(text="syseventd_build_info 1\n")

        return {
            "board": self.board,
            "store": store,
            "metrics": metrics,
            "ready": lambda: None,
            "reload": None,
            "history": lambda source: self.probes.get(source, []),
            "next_run": self.next_runs.get,
            "kinds": self.kinds,
            "gauges": self.gauges,
            "tabs": (),
            "refused": (),
            "unwatched": lambda: (),
            "refused_reload": lambda: None,
            "language": "en",
            "version": "1.2.3",
            "now": lambda: self.now,
        }


async def request(client: TestClient, method: str, path: str, **options: Any) -> Reply:
    """One request, its path sent as it stands."""
    async with client.request(
        method, URL(path, encoded=True), allow_redirects=False, **options
    ) as response:
        return Reply(response.status, dict(response.headers), await response.text())


@pytest.fixture
def world() -> World:
    """Nothing watched yet."""
    return World()


@pytest.fixture(scope="session")
def make_world() -> Callable[[], World]:
    """Makes worlds, for tests that need one for each example."""
    return World
