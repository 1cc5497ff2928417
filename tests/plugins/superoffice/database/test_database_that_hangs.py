"""A driver that hangs: it holds up neither the event loop nor other targets, and ends one day."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event

from syseventd_superoffice.database.engine import MOST_CONNECTIONS, open_engine
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.reading import Reader

WITHIN = 30.0


class Hanging:
    """A way in whose every statement waits until it is let go."""

    def __init__(self, settings: Any) -> None:
        self.let_go = threading.Event()
        self.hanging = 0
        self._begun: asyncio.Queue[None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        engine = open_engine(settings)
        event.listen(engine, "before_cursor_execute", self._wait)
        self.database = Database(Reader(settings, engine, self._zone))

    async def _zone(self) -> Any:
        raise AssertionError("no question here needs it")

    def _wait(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._begun.put_nowait, None)
        self.let_go.wait(WITHIN)

    async def until_hanging(self, number: int) -> None:
        """Returns once so many statements wait."""
        async with asyncio.timeout(WITHIN):
            while self.hanging < number:
                await self._begun.get()
                self.hanging += 1


def threads() -> int:
    """How many threads wait for a database."""
    return sum(thread.name == "database" for thread in threading.enumerate())


@asynccontextmanager
async def hanging(database: Any) -> AsyncIterator[Hanging]:
    """One that hangs, and is let go at the end."""
    hung = Hanging(database.settings)
    try:
        yield hung
    finally:
        hung.let_go.set()
        await hung.database.aclose()


def test_event_loop_goes_on(database: Any) -> None:
    """The statement waits in a thread; `until_hanging` would else never return."""

    async def ask() -> None:
        async with hanging(database) as hung:
            task = asyncio.create_task(hung.database.system_messages())
            await hung.until_hanging(1)
            assert not task.done()
            hung.let_go.set()
            assert (await task).value

    asyncio.run(ask())


def test_two_threads_hang_at_the_most(database: Any) -> None:
    """Whoever asks next waits for his turn, and ends by his own deadline."""

    async def ask() -> None:
        async with hanging(database) as hung:
            tasks = [asyncio.create_task(hung.database.system_messages()) for _ in range(5)]
            await hung.until_hanging(MOST_CONNECTIONS)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await hung.database.server_processes()
            assert threads() == MOST_CONNECTIONS
            hung.let_go.set()
            await asyncio.gather(*tasks)

    asyncio.run(ask())


def test_who_gives_up_leaves_the_place_to_the_thread(database: Any) -> None:
    """A cancelled question still hangs in its thread: its place is not free before that ends."""

    async def ask() -> None:
        async with hanging(database) as hung:
            tasks = [
                asyncio.create_task(hung.database.system_messages())
                for _ in range(MOST_CONNECTIONS)
            ]
            await hung.until_hanging(MOST_CONNECTIONS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            later = asyncio.create_task(hung.database.server_processes())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(later), 0.05)
            assert threads() == MOST_CONNECTIONS
            hung.let_go.set()
            assert (await later).rows

    asyncio.run(ask())


def test_error_that_comes_too_late_is_nobodys(database: Any) -> None:
    """It is not told as a fault of the event loop's."""
    told: list[Any] = []

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        database.run("DROP TABLE message")
        async with hanging(database) as hung:
            task = asyncio.create_task(hung.database.system_messages())
            await hung.until_hanging(1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(ask())
    assert told == []


def test_hanging_thread_does_not_hold_up_the_end(database: Any) -> None:
    """A daemon that is told to stop need not wait for a driver."""

    async def ask() -> bool:
        hung = Hanging(database.settings)
        task = asyncio.create_task(hung.database.system_messages())
        await hung.until_hanging(1)
        threads = [t for t in threading.enumerate() if t.name == "database"]
        task.cancel()
        hung.let_go.set()
        await asyncio.gather(task, return_exceptions=True)
        return bool(threads) and all(thread.daemon for thread in threads)

    assert asyncio.run(ask())
