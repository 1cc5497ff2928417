"""Large snapshots: what did not change costs nothing, and what did holds up nobody."""

from __future__ import annotations

import asyncio
import threading
from itertools import count
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, SourceId, Target
from syseventd.pipeline import LARGE

CRM = Target("crm", "superoffice", settings=None)
IMPORTS = SourceId("crm", "imports")
MANY = 10 * LARGE


def saw(count: int, **more: Any) -> ProbeResult:
    observations = tuple(Observation(str(n), "import", "Import", **more) for n in range(count))
    return ProbeResult(Outcome.OK, 1000.0, 0.12345, Snapshot(observations))


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many observations each comparison had before it."""
    sizes: list[int] = []
    real = lifecycle.advance

    def advance(known: Any, snapshot: Snapshot, now: float, ids: Any, others: Any = ()) -> Any:
        sizes.append(len(snapshot.observations))
        return real(known, snapshot, now, ids)

    monkeypatch.setattr(lifecycle, "advance", advance)
    return sizes


def test_the_same_snapshot_is_not_compared_again(in_a_house: Any, compared: list[int]) -> None:
    """A source that hands over the object of last time says that nothing changed."""

    async def body(house: Any) -> None:
        answer = saw(3)
        for _ in range(3):
            await house.probe(answer)
        await house.probe(saw(3))
        assert compared == [3, 3]
        assert house.board.record_of(IMPORTS).probes == 4

    in_a_house(body)


def test_its_problems_are_shown_as_long_as_it_is(in_a_house: Any) -> None:
    """Those of its source and those that the comparison found."""

    async def body(house: Any) -> None:
        twice = Observation("a", "import", "Import a")
        answer = ProbeResult(Outcome.OK, 1000.0, 0.1, Snapshot((twice, twice)))
        await house.probe(answer)
        problems = house.board.record_of(IMPORTS).problems
        await house.probe(answer)
        assert len(problems) == 1
        assert house.board.record_of(IMPORTS).problems == problems

    in_a_house(body)


def test_a_large_snapshot_leaves_the_loop_its_turns(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others work on while tens of thousands of events are compared."""
    others_worked = threading.Event()
    seen: list[bool] = []
    real = lifecycle.advance

    def advance(known: Any, snapshot: Snapshot, now: float, ids: Any, others: Any = ()) -> Any:
        seen.append(others_worked.wait(10.0))  # for ever, if it were on the loop
        return real(known, snapshot, now, ids)

    monkeypatch.setattr(lifecycle, "advance", advance)

    async def body(house: Any) -> None:
        large = asyncio.create_task(house.probe(saw(MANY)))
        while not large.done():
            await asyncio.sleep(0.001)
            others_worked.set()

    in_a_house(body)
    assert set(seen) == {True}


async def _numbers_of(house: Any, source: SourceId) -> list[int]:
    steps = await house.store.transitions(0, 10**6)
    return [step.id for step in steps if step.event.source == source]


def test_numbers_keep_their_order_beside_a_large_snapshot(in_a_house: Any) -> None:
    """Small ones that come meanwhile are numbered, and stored, before the large one or after."""

    async def body(house: Any) -> None:
        small = SourceId("crm", "small")
        house.board.watch(CRM, "small", stale_after=60.0)
        large = asyncio.create_task(house.probe(saw(MANY)))
        for n in count():
            await house.probe(saw(1, status=str(n)), small)
            if large.done():
                break
        numbers = await _numbers_of(house, IMPORTS)
        assert numbers == list(range(numbers[0], numbers[0] + MANY))

    in_a_house(body)


def test_numbers_keep_their_order_while_sources_are_taken_out(in_a_house: Any) -> None:
    """Their ends too are numbered before the large one or after."""

    async def body(house: Any) -> None:
        small = [SourceId("crm", f"small{n}") for n in range(300)]
        for source in small:
            house.board.watch(CRM, source.source, stale_after=60.0)
        await asyncio.gather(*(house.probe(saw(1), source) for source in small))
        large = asyncio.create_task(house.probe(saw(MANY)))
        for source in small:
            assert await house.pipeline.unwatch(source)
        await large
        numbers = await _numbers_of(house, IMPORTS)
        assert numbers == list(range(numbers[0], numbers[0] + MANY))

    in_a_house(body)


def test_what_is_equal_is_compared_before_its_turn(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are stored meanwhile: a large source that brings nothing new holds up nobody."""
    go_on = threading.Event()
    real = lifecycle.advance

    def slow(known: Any, snapshot: Snapshot, now: float, ids: Any, others: Any = ()) -> Any:
        if len(known.events) == MANY:
            go_on.wait(20.0)
        return real(known, snapshot, now, ids)

    async def body(house: Any) -> None:
        small = SourceId("crm", "small")
        house.board.watch(CRM, "small", stale_after=60.0)
        await house.probe(saw(MANY))
        monkeypatch.setattr(lifecycle, "advance", slow)
        large = asyncio.create_task(house.probe(saw(MANY)))
        await asyncio.wait_for(house.probe(saw(1), small), 10.0)
        assert not large.done()
        go_on.set()
        await large

    in_a_house(body)
