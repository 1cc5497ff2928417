"""An event goes over from one source to another while both are probed, stored and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from syseventd.errors import StoreUnusable
from syseventd.model import (
    Observation,
    Outcome,
    ProbeResult,
    Snapshot,
    SourceId,
    Step,
    Target,
)

IMPORTS, EVENTS = SourceId("crm", "imports"), SourceId("crm", "system-events")
CRM = Target("crm", "superoffice", settings=None)


def saw(*observations: Observation, **snapshot: Any) -> ProbeResult:
    return ProbeResult(Outcome.OK, 1000.0, 0.1, Snapshot(observations, **snapshot))


def seen(key: str, *marks: str, **facts: Any) -> Observation:
    return Observation(key, "import", "Import", marks=frozenset(marks), **facts)


ROW = saw(seen("kImport", "row:1"))
TASK = saw(seen("task-7", "task:7", "row:1"))
NOTHING = saw()


def test_both_boards_and_the_store_agree(in_a_house: Any) -> None:
    """The event is shown once, under the source that reports it, and so it is stored."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "system-events", stale_after=60.0)
        await house.probe(ROW, EVENTS)
        version = house.board.record_of(EVENTS).version
        await house.probe(TASK, IMPORTS)
        assert [e.source for e in house.board.events()] == [IMPORTS]
        assert house.board.record_of(EVENTS).version > version
        for source in (IMPORTS, EVENTS):
            assert await house.store.known_of(source) == house.board.record_of(source).known
        await house.probe(NOTHING, EVENTS)
        assert [e.source for e in house.board.events()] == [IMPORTS]

    in_a_house(body)


def test_the_same_snapshot_of_the_giver_is_looked_at_anew(in_a_house: Any) -> None:
    """It says the same as before, but what it says was given away: so it takes it back."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "system-events", stale_after=60.0)
        for answer, source in ((ROW, EVENTS), (TASK, IMPORTS), (ROW, EVENTS)):
            await house.probe(answer, source)
        assert [e.source for e in house.board.events()] == [EVENTS]
        assert len(await house.store.events()) == 1

    in_a_house(body)


@pytest.mark.parametrize("turns", range(6))
def test_two_probes_at_once_never_start_or_end_it_twice(in_a_house: Any, turns: int) -> None:
    """However far the one has come when the other begins: one event, started once, ended once."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "system-events", stale_after=60.0)
        await house.probe(ROW, EVENTS)
        taking = asyncio.create_task(house.probe(TASK, IMPORTS))
        for _ in range(turns):
            await asyncio.sleep(0)
        await house.probe(saw(unseen=frozenset({"row:1"})), EVENTS)
        await taking
        await house.probe(NOTHING, EVENTS)
        await house.probe(NOTHING, IMPORTS)
        found = await house.store.event(1)
        steps = [step.step for step in found[1]]
        assert (steps.count(Step.STARTED), steps.count(Step.ENDED)) == (1, 1)
        assert len(await house.store.events()) == 1
        for source in (IMPORTS, EVENTS):
            assert await house.store.known_of(source) == house.board.record_of(source).known

    in_a_house(body, on_disk=True)


class Failing:
    """A store that stores, and says that it did not."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.fails = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, advance: Any) -> None:
        await self._store.commit(advance)
        if self.fails:
            raise StoreUnusable("x", "the disk is full")


def test_a_commit_that_failed_leaves_neither_source_in_doubt(in_a_house: Any) -> None:
    """What the store holds of both is asked before either goes on."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "system-events", stale_after=60.0)
        await house.probe(ROW, EVENTS)
        store = Failing(house.store)
        pipeline = house.pipeline_over(store)
        await house.probe(TASK, IMPORTS, pipeline)
        store.fails = False
        await house.probe(NOTHING, EVENTS, pipeline)
        await house.probe(TASK, IMPORTS, pipeline)
        assert len(await house.store.events()) == 1
        for source in (IMPORTS, EVENTS):
            assert await house.store.known_of(source) == house.board.record_of(source).known
        assert [e.source for e in house.board.events()] == [IMPORTS]

    in_a_house(body)


def test_the_giver_can_be_taken_out_meanwhile(in_a_house: Any) -> None:
    """What went over does not end with it."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "system-events", stale_after=60.0)
        await house.probe(ROW, EVENTS)
        taking = asyncio.create_task(house.probe(TASK, IMPORTS))
        while not taking.done():
            await asyncio.sleep(0)
            if house.pipeline._under_way:
                break
        assert await house.pipeline.unwatch(EVENTS)
        await taking
        assert [e.source for e in house.board.events()] == [IMPORTS]
        assert (await house.store.events())[0].ended_at is None

    in_a_house(body, on_disk=True)


class Remembering:
    """A prober that notes what memory it is handed."""

    name = IMPORTS

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    async def probe(self, deadline: float, memory: Mapping[str, str]) -> ProbeResult:
        self.told.append(dict(memory))
        return saw(memory={"probes": str(len(self.told))})


def test_a_source_is_told_what_is_stored_of_its_memory(in_a_house: Any) -> None:
    """Not what it said last: only what became durable."""

    async def body(house: Any) -> None:
        prober = Remembering()
        store = Failing(house.store)
        store.fails = False
        pipeline = house.pipeline_over(store)
        await pipeline.run(prober, 5.0, 0.0)
        await pipeline.run(prober, 5.0, 0.0)
        with house.broken("memory"):
            await pipeline.run(prober, 5.0, 0.0)
        await pipeline.run(prober, 5.0, 0.0)
        assert prober.told == [{}, {"probes": "1"}, {"probes": "2"}, {"probes": "2"}]

    in_a_house(body, on_disk=True)
