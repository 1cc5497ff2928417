"""`transitions_per_s`: observed changes that became durable and were published."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

from tests.bench.figure import Figure, Sizes

from syseventd import lifecycle
from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.model import (
    Advance,
    Known,
    Observation,
    Outcome,
    ProbeResult,
    Snapshot,
    SourceId,
    Target,
)
from syseventd.pipeline import Pipeline
from syseventd.store import open_store
from syseventd.store.rows import event_row, transition_row

ROUNDS = 5
"""Times that all is measured, in turns; the best of each counts."""

TOGETHER = 4
"""Sources at once, for the note."""


class _Stub:
    """A prober that sees its snapshots one after the other, at no cost."""

    def __init__(self, name: SourceId, snapshots: Sequence[Snapshot]) -> None:
        self.name = name
        self._snapshots = iter(snapshots)

    async def probe(self, deadline: float, memory: Mapping[str, str]) -> ProbeResult:
        return ProbeResult(Outcome.OK, time.time(), 0.0, next(self._snapshots))


def measure(sizes: Sizes) -> list[Figure]:
    """Ours, and sqlite3 itself with the same rows in as many transactions."""
    ours: list[float] = []
    together: list[float] = []
    floor: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for number in range(ROUNDS):
            ours.append(asyncio.run(_ours(sizes, 1, Path(name, f"ours{number}.db"))))
            together.append(asyncio.run(_ours(sizes, TOGETHER, Path(name, f"many{number}.db"))))
            floor.append(_floor(sizes, Path(name, f"floor{number}.db")))
    return [
        Figure(
            "transitions_per_s",
            "1/s",
            max(ours),
            max(floor),
            "≥ 34,000",
            (
                f"ours: {sizes.snapshots} snapshots of one source, {sizes.events} events in each "
                f"that all changed: {_listed(ours)}",
                f"ours with {TOGETHER} such sources at once: {_listed(together)}",
                "peer: a floor, sqlite3's own executemany of rows made beforehand, "
                f"one commit a snapshot: {_listed(floor)}",
            ),
        )
    ]


async def _ours(sizes: Sizes, sources: int, file: Path) -> float:
    """Transitions a second. The first snapshot of each source, which starts all, is not timed."""
    store = await open_store(f"sqlite:///{file}")
    board = Board()
    instruments = Instruments()
    pipeline = Pipeline(Ledger(store, board, instruments), board, instruments)
    stubs = []
    for name in _names(sources):
        board.watch(Target(name.target, "bench", None), name.source, 60.0)
        stubs.append(_Stub(name, _snapshots(sizes)))

    async def work(stub: _Stub, times: int) -> None:
        for _ in range(times):
            await pipeline.run(stub, 10.0, 0.0)

    try:
        await asyncio.gather(*(work(stub, 1) for stub in stubs))
        first = await store.last_transition()
        began = time.perf_counter()
        await asyncio.gather(*(work(stub, sizes.snapshots) for stub in stubs))
        seconds = time.perf_counter() - began
        # Read back from the database: what is counted is what is there.
        return (await store.last_transition() - first) / seconds
    finally:
        await store.close()


def _floor(sizes: Sizes, file: Path) -> float:
    """Transitions a second that sqlite3 stores, with the store's tables and pragmas."""
    asyncio.run(_make(file))
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    rows = [
        (
            [event_row(t) for t in advance.transitions],
            [transition_row(t) for t in advance.transitions],
        )
        for advance in _advances(sizes)
    ]
    began = time.perf_counter()
    for events, transitions in rows:
        database.execute("BEGIN IMMEDIATE")
        database.executemany(_replace("event", events[0]), events)
        database.executemany(_replace("transition", transitions[0]), transitions)
        database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return sum(len(transitions) for _, transitions in rows) / seconds


async def _make(file: Path) -> None:
    await (await open_store(f"sqlite:///{file}")).close()


def _replace(table: str, row: tuple[object, ...]) -> str:
    places = ",".join("?" * len(row))
    return f'INSERT OR REPLACE INTO "{table}" VALUES ({places})'


def _advances(sizes: Sizes) -> Iterator[Advance]:
    """What the same snapshots are to the store."""
    ids = count(1)
    (name,) = _names(1)
    known = Known(name)
    for snapshot in _snapshots(sizes):
        advance = lifecycle.advance(known, snapshot, time.time(), ids)
        known = advance.known
        yield advance


def _names(sources: int) -> list[SourceId]:
    return [SourceId(f"crm{number}", "events") for number in range(sources)]


def _snapshots(sizes: Sizes) -> list[Snapshot]:
    """Each with the same events, further on."""
    whole = sizes.snapshots + 1
    return [
        Snapshot(
            tuple(
                Observation(
                    key=f"import-{number}",
                    kind="import",
                    name=f"Import of list {number}",
                    status=f"row {step * 100} of {whole * 100}",
                    scope="database",
                    activated_at=1.8e9 + number,
                    activated_by="Anna Unterwegs",
                    expected_end=1.8e9 + 3600 + number,
                    progress=step / whole,
                )
                for number in range(sizes.events)
            )
        )
        for step in range(whole)
    ]


def _listed(rates: Sequence[float]) -> str:
    return ", ".join(f"{rate:,.0f}" for rate in rates)
