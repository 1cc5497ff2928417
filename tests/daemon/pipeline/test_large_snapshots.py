"""Large snapshots: what did not change costs nothing, and what did holds up nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, SourceId, Step, Target
from syseventd.pipeline import LARGE

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

    def advance(known: Any, snapshot: Snapshot, now: float, ids: Any) -> Any:
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


def test_a_large_snapshot_leaves_the_loop_its_turns(in_a_house: Any) -> None:
    """Others work on while tens of thousands of events are compared."""

    async def body(house: Any) -> None:
        await house.probe(saw(MANY))
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        beside = asyncio.create_task(others())
        await house.probe(saw(MANY))  # equal, and not the same
        beside.cancel()
        assert turns > 100

    in_a_house(body)


def test_numbers_keep_their_order_beside_a_large_snapshot(in_a_house: Any) -> None:
    """A small one that comes meanwhile is numbered, and stored, after the large one."""

    async def body(house: Any) -> None:
        small = SourceId("crm", "small")
        house.board.watch(Target("crm", "superoffice", settings=None), "small", stale_after=60.0)
        await asyncio.gather(house.probe(saw(MANY)), house.probe(saw(1), small))
        steps = await house.store.transitions(0, MANY + 1)
        assert [step.id for step in steps] == list(range(1, MANY + 2))
        assert {step.step for step in steps} == {Step.STARTED}
        assert steps[-1].event.source == small

    in_a_house(body)
