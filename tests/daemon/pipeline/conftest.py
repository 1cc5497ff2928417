"""A store, a board and the pipeline between them, with a source that answers as it is told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, SourceId, Target
from syseventd.pipeline import Pipeline
from syseventd.store import Store, open_store

IMPORTS = SourceId("crm", "imports")


@dataclass
class Answering:
    """A source whose probe ends as it is told."""

    answer: ProbeResult
    name: SourceId

    async def probe(self, deadline: float, memory: Mapping[str, str]) -> ProbeResult:
        return self.answer


@dataclass
class House:
    """What stands between a source and its readers. `file` is the store's, if it has one."""

    store: Store
    board: Board
    instruments: Instruments
    ledger: Ledger
    pipeline: Pipeline
    file: Path

    async def probe(
        self, answer: ProbeResult, source: SourceId = IMPORTS, through: Pipeline | None = None
    ) -> ProbeResult:
        """One probe of a source that ends in `answer`; it took place a quarter second late."""
        return await (through or self.pipeline).run(Answering(answer, source), 5.0, 0.25)

    async def sees(self, *keys: str, **snapshot: Any) -> None:
        observations = tuple(Observation(key, "import", f"Import {key}") for key in keys)
        seen = Snapshot(observations, **snapshot)
        await self.probe(ProbeResult(Outcome.OK, 1000.0, 0.12345, seen))

    async def fails(self, outcome: Outcome, reason: str = "why") -> None:
        await self.probe(ProbeResult(outcome, 1000.0, 0.12345, reason=reason))

    def open_keys(self) -> list[str]:
        return [event.observation.key for event in self.board.events()]

    def sample(self, name: str, **labels: str) -> float | None:
        return self.instruments.registry.get_sample_value(f"syseventd_{name}", labels)

    def ended(self, target: str, kind: str) -> float | None:
        """How many ended events were measured; None before the first."""
        rows = self.instruments.event_durations.rows()
        return next((r.upto[-1] for r in rows if (r.target, r.kind) == (target, kind)), None)

    def pipeline_over(self, store: Any) -> Pipeline:
        """One that stores into what stands in for the store."""
        ledger = Ledger(store, self.board, self.instruments)
        return Pipeline(ledger, self.board, self.instruments)

    @contextmanager
    def broken(self, table: str = "event") -> Iterator[None]:
        """While it lasts the database has no `table`: a fault of the store, not of a row."""
        database = sqlite3.connect(self.file)
        database.execute("PRAGMA legacy_alter_table = ON")  # who refers to it still does
        database.execute(f'ALTER TABLE "{table}" RENAME TO hidden')
        try:
            yield
        finally:
            database.execute(f'ALTER TABLE hidden RENAME TO "{table}"')
            database.close()

    @contextmanager
    def refusing(self, table: str = "event") -> Iterator[None]:
        """While it lasts the database refuses every new row of `table`: the row's own fault."""
        database = sqlite3.connect(self.file)
        database.execute(
            f'CREATE TRIGGER refusing BEFORE INSERT ON "{table}" '
            "BEGIN SELECT RAISE(ABORT, 'no such row, please'); END"
        )
        try:
            yield
        finally:
            database.execute("DROP TRIGGER refusing")
            database.close()

    @contextmanager
    def held_up(self) -> Iterator[Callable[[], None]]:
        """While it lasts, or until what it yields is called, commits to the database wait."""
        database = sqlite3.connect(self.file, isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        try:
            yield lambda: database.rollback()
        finally:
            database.close()


@asynccontextmanager
async def opened(url: str, file: Path) -> AsyncIterator[House]:
    store, board, instruments = await open_store(url), Board(), Instruments()
    board.watch(Target("crm", "superoffice", settings=None), "imports", stale_after=60.0)
    try:
        ledger = Ledger(store, board, instruments)
        pipeline = Pipeline(ledger, board, instruments)
        yield House(store, board, instruments, ledger, pipeline, file)
    finally:
        await store.close()


@pytest.fixture
def in_a_house(tmp_path: Path) -> Callable[..., None]:
    """Runs a test's body where `crm/imports` is watched, over a store in memory or on disk."""
    file = tmp_path / "events.db"

    def enter(body: Callable[[House], Awaitable[None]], *, on_disk: bool = False) -> None:
        async def run() -> None:
            async with opened(f"sqlite:///{file}" if on_disk else "sqlite://", file) as house:
                await body(house)

        asyncio.run(run())

    return enter
