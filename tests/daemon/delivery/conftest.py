"""Sinks that take, refuse or hang, and a stream of transitions to deliver to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from syseventd import delivery, lifecycle
from syseventd.board import Board
from syseventd.delivery import Delivery
from syseventd.instruments import Instruments
from syseventd.interface import Sink
from syseventd.model import Known, Observation, Snapshot, SourceId, Transition
from syseventd.store import Store, open_store

SOON = 10.0
"""Seconds within which all that these tests wait for must have happened."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 0.005)


class Receiver:
    """A sink that keeps what it is handed, and refuses it as often as it is told."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.tries: list[list[int]] = []
        self.times: list[float] = []
        self.received: list[int] = []
        self._called = asyncio.Event()

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        numbers = [transition.id for transition in transitions]
        self.tries.append(numbers)
        self.times.append(asyncio.get_running_loop().time())
        self._called.set()
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the pager is off")
        self.received += numbers

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON):
            while not condition():
                self._called.clear()
                await self._called.wait()


class Slow(Receiver):
    """A sink that answers only when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        await super().deliver(transitions)
        await self.may_answer.wait()


class House:
    """A store, a board, and a source whose events start as they are told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.board = Board()
        self.instruments = Instruments()
        self._known = Known(SourceId("crm", "imports"))
        self._names = iter(range(10**6))

    async def starts(self, events: int, heard: bool = True) -> None:
        """Some more events start: each is one transition. Unheard, nobody is told."""
        new = tuple(Observation(f"{next(self._names)}", "import", "") for _ in range(events))
        snapshot = Snapshot(new, complete=False)
        advance = lifecycle.advance(self._known, snapshot, 1000.0, self.store.ids)
        await self.store.commit(advance)
        self._known = advance.known
        if heard:
            self.board.wake()

    def receiver(self, refusals: int = 0) -> Receiver:
        return Receiver(refusals)

    def slow(self) -> Slow:
        return Slow()

    @asynccontextmanager
    async def delivering(self, sink: Sink, name: str = "pager") -> AsyncIterator[None]:
        """Deliver to `sink` while it lasts."""
        task = asyncio.create_task(self.delivery(sink, name).run())
        try:
            yield
            assert not task.done(), "delivery ended by itself"
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=SOON)
        assert task.cancelled()

    def delivery(self, sink: Sink, name: str) -> Delivery:
        return Delivery(name, sink, self.store, self.board, self.instruments)

    async def moved(self, position: int, name: str = "pager") -> None:
        """Wait until the sink's stored place is this."""
        async with asyncio.timeout(SOON):
            while await self.store.position(name) != position:  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    def deliveries(self, outcome: str) -> float | None:
        return self.instruments.registry.get_sample_value(
            "syseventd_sink_deliveries_total", {"sink": "pager", "outcome": outcome}
        )

    def backlog(self) -> float | None:
        return self.instruments.registry.get_sample_value(
            "syseventd_sink_backlog", {"sink": "pager"}
        )


@pytest.fixture
def in_a_house() -> Callable[..., None]:
    """Runs a test's body with a store, a board and a source, over a database in memory or `url`."""

    def enter(body: Callable[[House], Awaitable[None]], url: str = "sqlite://") -> None:
        async def run() -> None:
            store = await open_store(url)
            try:
                await body(House(store))
            finally:
                await store.close()

        asyncio.run(run())

    return enter
