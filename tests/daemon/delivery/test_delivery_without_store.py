"""Delivery outlives a store that fails for a while."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from syseventd.errors import StoreUnusable
from syseventd.store import Store


@contextmanager
def without(file: Path, table: str) -> Iterator[None]:
    """While it lasts the database lacks `table`."""
    database = sqlite3.connect(file)
    database.execute(f'ALTER TABLE "{table}" RENAME TO elsewhere')
    try:
        yield
    finally:
        database.execute(f'ALTER TABLE elsewhere RENAME TO "{table}"')
        database.close()


async def logged(logs: list[dict[str, object]], event: str) -> None:
    """Wait until this is logged."""
    async with asyncio.timeout(10.0):
        while event not in [line["event"] for line in logs]:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def test_delivery_outlives_a_store_that_can_not_be_read(in_a_house: Any, tmp_path: Path) -> None:
    """It is said once, and all is delivered when the store works again."""
    file = tmp_path / "events.db"

    async def body(house: Any) -> None:
        await house.starts(1)
        await house.store.move("pager", 0)
        sink = house.receiver()
        with capture_logs() as logs:
            with without(file, "sink"):
                task = asyncio.create_task(house.delivery(sink, "pager").run())
                await logged(logs, "sink_failed")
                assert not task.done()
            # Its place can be read before delivery itself hears that it is stored.
            await logged(logs, "sink_recovered")
            task.cancel()
            await asyncio.wait({task})
        assert sink.received == [1]
        assert await house.store.position("pager") == 1
        assert [line["event"] for line in logs] == ["sink_failed", "sink_recovered"]
        assert "no such table" in logs[0]["reason"]

    in_a_house(body, f"sqlite:///{file}")


def test_what_was_delivered_does_not_come_again_because_its_place_was_not_stored(
    in_a_house: Any, tmp_path: Path
) -> None:
    """The place is stored once the store works again."""
    file = tmp_path / "events.db"

    async def body(house: Any) -> None:
        sink = house.receiver()
        async with house.delivering(sink):
            await house.moved(0)
            with capture_logs() as logs, without(file, "sink"):
                await house.starts(2)
                await logged(logs, "sink_failed")
            await house.moved(2)
        assert sink.tries == [[1, 2]]
        assert house.deliveries("failed") is None

    in_a_house(body, f"sqlite:///{file}")


class Full:
    """A store on a full disk: it can be read, but no place is stored in it while that lasts."""

    def __init__(self, store: Store) -> None:
        self.full = True
        self._store = store

    async def move(self, sink: str, position: int) -> None:
        if self.full:
            raise StoreUnusable("events.db", "the disk is full")
        await self._store.move(sink, position)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_new_sinks_place_is_stored_as_soon_as_it_can_be(in_a_house: Any) -> None:
    """Where it began, though it has not taken anything since: else a restart would drop that."""

    async def body(house: Any) -> None:
        house.store = Full(house.store)
        begun = house.delivery(house.receiver(refusals=10**6), "pager")
        with capture_logs() as logs:
            await begun.begin()
            await house.starts(1)
            house.store.full = False
            running = asyncio.create_task(begun.run())
            await house.moved(0)
            running.cancel()
            await asyncio.wait({running})
        assert "the disk is full" in logs[0]["reason"]

    in_a_house(body)
