"""The process that is scraped: a full board, the real handler of /metrics, and a watched loop.

    python -m tests.bench.scrape_server TARGETS EVENTS

Serves `/metrics`; `POST /change` changes one event in a hundred, all over the board, and
`POST /change?of=all` every one; `POST /prepare` does what the daemon does in the background after
such news, and says how long that took; `/still` says for how long the event loop stood still since
it was asked last; `/peer` lets prometheus-client write the same board, and says how long that took.
Prints its port.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from aiohttp import web
from tests.bench import peer_writer

from syseventd import lifecycle
from syseventd.board import Board, SourceRecord
from syseventd.cli.garbage import calm_garbage_collector
from syseventd.instruments import Instruments
from syseventd.metrics import Exposition, MetricsHandler
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, Target

KIND = "import"
TICK = 0.001
"""Seconds between two looks at whether the loop turns."""


class StillWatch:
    """The longest time that a task had to wait for its turn on the event loop.

    That is a few turns of the loop, and the tick itself: more than it stood still for.
    `own` is the most of such a wait in which this process was running, on any thread: it leaves
    out what other programs took of the machine.
    """

    def __init__(self) -> None:
        self.longest = self.own = 0.0

    async def run(self) -> None:
        last, last_cpu = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(TICK)
            now, cpu = time.perf_counter(), time.process_time()
            self.longest = max(self.longest, now - last)
            self.own = max(self.own, min(now - last, cpu - last_cpu))
            last, last_cpu = now, cpu

    async def take(self, request: web.Request) -> web.Response:
        reply = web.json_response([self.longest, self.own])
        self.longest = self.own = 0.0
        return reply


class FullBoard:
    """A board with events, which change as probes would change them."""

    def __init__(self, targets: int, events: int) -> None:
        self.board = Board()
        self._ids = count(1)
        self._turn = count()
        for number in range(targets):
            target = Target(f"crm{number}", "bench", None)
            record = self.board.watch(target, "system-events", 600.0)
            self._publish(record, tuple(_observations(events // targets)))

    async def change(self, request: web.Request) -> web.Response:
        """One event in a hundred has come further, some of each source; or all have."""
        step, every = next(self._turn), 1 if request.query.get("of") == "all" else 100
        for record in self.board.records():
            assert record.snapshot is not None
            self._publish(record, tuple(_further(record.snapshot.observations, step, every)))
        return web.Response()

    async def peer(self, request: web.Request) -> web.Response:
        """How long prometheus-client needs, and how much it writes."""
        began = time.perf_counter()
        text = peer_writer.write(self.board, frozenset({KIND}))
        return web.json_response([time.perf_counter() - began, len(text)])

    def _publish(self, record: SourceRecord, observations: tuple[Observation, ...]) -> None:
        now = time.time()
        snapshot = Snapshot(observations)
        advance = lifecycle.advance(record.known, snapshot, now, self._ids)
        self.board.publish(advance, snapshot, ProbeResult(Outcome.OK, now, 0.01, snapshot), now)


def _observations(number: int) -> Iterator[Observation]:
    for index in range(number):
        yield Observation(
            key=f"import-of-list-{index}",
            kind=KIND,
            name=f"Import of list {index}",
            status="running",
            scope="database",
            activated_at=1795500000.25 + index,
            activated_by="Anna Unterwegs",
            expected_end=1795507200.5 + index,
            progress=index % 97 / 97,
        )


def _further(observations: tuple[Observation, ...], step: int, every: int) -> Iterator[Observation]:
    for index, observation in enumerate(observations):
        if (index + step * 7) % every:
            yield observation
        else:
            yield replace(observation, progress=((observation.progress or 0.0) + 0.0137) % 1.0)


async def serve(targets: int, events: int) -> None:
    full, watch, instruments = FullBoard(targets, events), StillWatch(), Instruments()
    exposition = Exposition(full.board, {KIND}, 10_000, instruments.series_dropped)
    metrics = MetricsHandler(exposition, instruments.registry)

    async def prepare(request: web.Request) -> web.Response:
        began = time.perf_counter()
        await metrics.prepare()
        return web.json_response(time.perf_counter() - began)

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_post("/prepare", prepare)
    app.router.add_post("/change", full.change)
    app.router.add_get("/peer", full.peer)
    app.router.add_get("/still", watch.take)
    calm_garbage_collector()  # as the daemon does; it makes the peer faster too
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await watch.run()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
