"""What is done beside the probes: pruning by a clock that does not leap, and catching up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from syseventd import upkeep
from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.lifecycle import advance
from syseventd.model import Known, Observation, Snapshot, SourceId
from syseventd.store import Pruned, Store, open_store
from syseventd.testing import catalogue_of, running_daemon, wait_until
from syseventd.upkeep import A_DAY, SteadyClock, prune_history

YEAR = 365 * A_DAY
SOON = 20.0


@pytest.fixture(autouse=True)
def prunes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PRUNE_AFTER", 0.0)


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


def test_a_machine_that_slept_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one of the clocks that never leap runs on while it sleeps."""
    clocks = Clocks()
    running = {time.CLOCK_BOOTTIME: 5000.0}
    monkeypatch.setattr(time, "clock_gettime", lambda which: running.get(which, 5000.0))
    clock = SteadyClock(lambda: clocks.wall)
    clocks.wall += 3 * A_DAY
    running[time.CLOCK_BOOTTIME] += 3 * A_DAY
    assert clock.now() == clocks.wall


@pytest.mark.parametrize("idle", [-YEAR, 0.0, A_DAY - 1])
def test_a_start_soon_after_the_newest_time_believes_the_clock(idle: float) -> None:
    """Also one before it, and one in a store that has no times."""
    clocks = Clocks()
    for seen in (clocks.wall - idle, None):
        clocks.clock.begin_at(seen)
        assert clocks.clock.now() == clocks.wall


def test_a_start_long_after_the_newest_time_is_doubted_for_a_day() -> None:
    """Silently: a store in which nothing happened for long is no fault. Time goes on meanwhile."""
    clocks = Clocks()
    seen = clocks.wall - 10 * YEAR
    with capture_logs() as logs:
        clocks.clock.begin_at(seen)
        assert clocks.clock.now() == seen
        clocks.pass_by(A_DAY - 1)
        assert clocks.clock.now() == seen + A_DAY - 1
        clocks.pass_by(1)
        assert clocks.clock.now() == clocks.wall
    assert logs == []


def test_a_clock_that_is_set_right_after_the_start_is_believed_at_once() -> None:
    """The network tells the time some minutes after the daemon has started."""
    clocks = Clocks()
    right = clocks.wall
    clocks.wall += 10 * YEAR
    clocks.clock.begin_at(right - 3600.0)
    clocks.pass_by(300.0)
    clocks.wall -= 10 * YEAR
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


async def store_with_history(ids: Iterator[int], url: str = "sqlite://") -> Store:
    """Two events that ended at 1001 (transition 3) and 1002 (transition 4)."""
    store = await open_store(url)
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
def test_history_goes_once_it_is_delivered(
    position: int | None, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slowest sink decides; one that has no place yet waits for nothing old."""

    async def body() -> None:
        store = await store_with_history(count(1))
        if position is not None:
            await store.move("slow", position)
            await store.move("fast", 4)
        sinks, real, done = ("slow", "fast", "new"), store.prune, asyncio.Event()

        async def prune(*given: Any, **more: Any) -> Pruned:
            gone = await real(*given, **more)
            done.set()
            return gone

        monkeypatch.setattr(store, "prune", prune)
        pruning = asyncio.create_task(prune_history(store, lambda: 60.0, sinks, SteadyClock()))
        await asyncio.wait_for(done.wait(), 10.0)
        assert len(await store.events()) == left
        pruning.cancel()
        await store.close()

    asyncio.run(body())


def test_history_outlives_a_start_while_the_clock_is_ahead(tmp_path: Path) -> None:
    """By years: what ended a moment ago, by the store's own times, is not old."""

    async def body() -> int:
        url = f"sqlite:///{tmp_path}/events.db"
        await (await store_with_history(count(1), url)).close()
        store = await open_store(url)
        passes: asyncio.Queue[object] = asyncio.Queue()
        real = store.prune

        async def counted(*args: Any, **more: Any) -> Pruned:
            gone = await real(*args, **more)
            passes.put_nowait(gone)
            return gone

        store.prune = counted  # type: ignore[method-assign]
        prune = asyncio.create_task(prune_history(store, lambda: 60.0, (), SteadyClock()))
        await asyncio.wait_for(passes.get(), SOON)
        left = len(await store.events())
        prune.cancel()
        await store.close()
        return left

    assert asyncio.run(body()) == 2


def test_nothing_is_pruned_right_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has just booted may not know the time yet."""
    monkeypatch.setattr(upkeep, "PRUNE_AFTER", SOON)

    async def body() -> int:
        store = await store_with_history(count(1))
        prune = asyncio.create_task(prune_history(store, lambda: 60.0, (), SteadyClock()))
        for _ in range(20):  # each is a turn of the store's writer
            await store.try_writing()
        left = len(await store.events())
        prune.cancel()
        await store.close()
        return left

    assert asyncio.run(body()) == 2


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


def test_a_ledger_whose_store_is_closed_says_so() -> None:
    """Asked for its files; a store that has them is no trouble."""

    async def body() -> list[str | None]:
        store, board = await open_store("sqlite://"), Board()
        ledger, told = Ledger(store, board, Instruments()), []
        for _ in range(2):
            await ledger.check()
            told.append(board.store_trouble)
            await store.close()
        return told

    assert asyncio.run(body()) == [None, "it was closed"]


def test_a_daemon_whose_store_is_deleted_is_not_ready_although_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so with its next look; and is ready again once the file is back."""
    monkeypatch.setattr(upkeep, "CATCH_UP_EVERY", 0.05)

    async def body() -> list[str]:
        told = []
        async with running_daemon({}, tmp_path, catalogue_of()) as daemon:

            async def answer() -> tuple[int, str]:
                async with daemon.session.get(daemon.url + "-/ready") as reply:
                    return reply.status, await reply.text()

            for status, origin, aim in ((503, "events.db", "away"), (200, "away", "events.db")):
                (tmp_path / origin).rename(tmp_path / aim)

                async def looked(status: int = status) -> str | None:
                    now, text = await answer()
                    return text if now == status else None

                told.append(await wait_until(looked))
        return told

    unready, ready = asyncio.run(body())
    assert f"its file {tmp_path / 'events.db'} was moved or deleted" in unready
    assert "ready" in ready
