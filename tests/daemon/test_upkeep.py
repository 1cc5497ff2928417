"""What is done beside the probes: pruning by a clock that does not leap, and catching up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.lifecycle import advance
from syseventd.model import Known, Observation, Snapshot, SourceId
from syseventd.store import Store, open_store
from syseventd.testing import wait_until
from syseventd.upkeep import A_DAY, SteadyClock, prune_history

YEAR = 365 * A_DAY


class Clocks:
    """The two clocks of a machine, moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = 1.8e9, 5000.0
        self.clock = SteadyClock(lambda: self.wall, lambda: self.steady)

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


# --- the clock --------------------------------------------------------------------------------


def test_a_clock_that_goes_on_is_believed() -> None:
    """Also over years."""
    clocks = Clocks()
    for seconds in (1.0, A_DAY, YEAR):
        clocks.pass_by(seconds)
        assert clocks.clock.now() == clocks.wall


def test_a_clock_that_is_corrected_is_believed_at_once() -> None:
    """By less than a day ahead, or by any time back."""
    clocks = Clocks()
    for step in (3600.0, -YEAR):
        clocks.wall += step
        assert clocks.clock.now() == clocks.wall


def test_a_leap_ahead_is_not_believed_and_told_once() -> None:
    """Time goes on from where it was; once the leap is taken back all is as before."""
    clocks = Clocks()
    before = clocks.wall
    clocks.wall += 10 * YEAR
    with capture_logs() as logs:
        assert clocks.clock.now() == before
        clocks.pass_by(3600.0)
        assert clocks.clock.now() == before + 3600.0
    assert [(line["event"], line["seconds"]) for line in logs] == [("clock_leapt", 10 * YEAR)]
    clocks.wall -= 10 * YEAR
    assert clocks.clock.now() == clocks.wall


def test_a_leap_that_holds_for_a_day_is_believed() -> None:
    """A machine that started in the past must not keep its history for ever."""
    clocks = Clocks()
    clocks.wall += 10 * YEAR
    clocks.clock.now()
    clocks.pass_by(A_DAY - 1)
    assert clocks.clock.now() < clocks.wall
    clocks.pass_by(1)
    assert clocks.clock.now() == clocks.wall
    clocks.pass_by(YEAR)
    assert clocks.clock.now() == clocks.wall


@given(st.lists(st.tuples(st.floats(0, 2 * A_DAY), st.floats(-YEAR, YEAR)), max_size=20))
def test_the_clock_is_never_ahead_of_both(moves: list[tuple[float, float]]) -> None:
    """What it says has not been later than the wall clock said, nor than a day's doubt allows."""
    clocks = Clocks()
    latest = clocks.wall
    for passed, leapt in moves:
        clocks.pass_by(passed)
        latest += passed
        clocks.wall += leapt
        latest = max(latest, clocks.wall)
        assert clocks.clock.now() <= latest + 1e-3


# --- the history ------------------------------------------------------------------------------


async def store_with_history(ids: Iterator[int]) -> Store:
    """Two events that ended at 1001 (transition 3) and 1002 (transition 4)."""
    store = await open_store("sqlite://")
    known = Known(SourceId("crm", "imports"))
    for now, keys in enumerate(("ab", "b", "")):
        seen = Snapshot(tuple(Observation(key, "import", key) for key in keys))
        step = advance(known, seen, 1000.0 + now, ids)
        await store.commit(step)
        known = step.known
    return store


@pytest.mark.parametrize(
    ("position", "left"), [(None, 0), (4, 0), (3, 1), (2, 2)], ids=["no sink", "4", "3", "2"]
)
def test_history_goes_once_it_is_delivered(position: int | None, left: int) -> None:
    """The slowest sink decides; one that has no place yet waits for nothing old."""

    async def body() -> None:
        store = await store_with_history(count(1))
        if position is not None:
            await store.move("slow", position)
            await store.move("fast", 4)
        sinks = ("slow", "fast", "new")
        prune = asyncio.create_task(prune_history(store, lambda: 60.0, sinks, SteadyClock()))

        async def pruned() -> bool:
            return len(await store.events()) == left

        await wait_until(pruned)
        prune.cancel()
        await store.close()

    asyncio.run(body())


def test_history_that_can_not_be_pruned_is_told() -> None:
    """The store may be closed, or its disk dead; the next hour may be better."""

    async def body() -> None:
        store = await store_with_history(count(1))
        await store.close()
        with capture_logs() as logs:
            prune = asyncio.create_task(prune_history(store, lambda: 60.0, (), SteadyClock()))

            async def told() -> bool:
                return bool(logs)

            await wait_until(told)
            prune.cancel()
        assert [line["event"] for line in logs] == ["history_not_pruned"]
        assert "it was closed" in logs[0]["reason"]

    asyncio.run(body())


def test_a_ledger_without_trouble_tries_nothing() -> None:
    """No needless write every few seconds."""

    async def body() -> None:
        store = await open_store("sqlite://")
        await store.close()  # a write would fail
        assert await Ledger(store, Board(), Instruments()).try_again()

    asyncio.run(body())
