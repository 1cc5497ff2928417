"""A database file beside the simulated installation, which follows its story."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from syseventd.testing import wait_until
from syseventd_superoffice.simulator import keeping as module
from syseventd_superoffice.simulator.database import fill
from syseventd_superoffice.simulator.keeping import keeping

KEYS = "SELECT eventkey FROM systemevent ORDER BY systemevent_id"


def keys(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [key for (key,) in connection.execute(KEYS)]


def delete(file: Path) -> None:
    file.unlink()


def spoil(file: Path) -> None:
    """Puts a folder in its place."""
    file.unlink()
    file.mkdir()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "EVERY", 0.01)
    return tmp_path / "crm.sqlite"


def test_it_holds_what_the_story_tells(crm: Any, file: Path) -> None:
    """At once, and at the address that it yields."""

    async def look() -> str:
        async with keeping(crm.installation, file) as url:
            assert keys(file) == ["SimulatedImport", "SimulatedMessageOfTheDay"]
            return url

    assert asyncio.run(look()) == f"sqlite:///{file}"


def test_it_follows_the_story(crm: Any, file: Path) -> None:
    """When the story goes on, so does the database; both ways in tell the same."""

    async def look() -> None:
        async with keeping(crm.installation, file):
            crm.clock.move(140)

            async def is_told() -> bool:
                return len(keys(file)) == 5

            await wait_until(is_told)

    asyncio.run(look())
    assert keys(file) == [row["eventkey"] for row in crm.rows()]


def test_nothing_is_written_afterwards(crm: Any, file: Path) -> None:
    """Whoever deletes the file when the context has ended finds it gone for good."""

    async def look() -> None:
        async with keeping(crm.installation, file):
            crm.clock.move(300)
        delete(file)
        await asyncio.sleep(0.05)

    asyncio.run(look())
    assert not file.exists()


def test_a_file_that_can_not_be_written_is_told_at_once(crm: Any, tmp_path: Path) -> None:
    """A folder that isn't there."""

    async def look() -> None:
        async with keeping(crm.installation, tmp_path / "nowhere" / "crm.sqlite"):
            pytest.fail("began")

    with pytest.raises(OperationalError):
        asyncio.run(look())


def test_one_that_can_no_longer_be_written_is_told_at_the_end(
    crm: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever used it meanwhile learns that it stood still."""
    failed = threading.Event()

    def fill_and_tell(*what: Any) -> None:
        try:
            fill(*what)
        except OperationalError:
            failed.set()
            raise

    async def look() -> None:
        async with keeping(crm.installation, file):
            spoil(file)
            crm.clock.move(60)
            assert await asyncio.to_thread(failed.wait, 10)

    monkeypatch.setattr(module, "fill", fill_and_tell)
    with pytest.raises(OperationalError):
        asyncio.run(look())


def test_it_goes_on_when_all_tasks_are_ended(crm: Any, file: Path) -> None:
    """As a daemon ends those that are left, before what it watched ends."""

    async def look() -> None:
        async with keeping(crm.installation, file):
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            crm.clock.move(140)

            async def is_told() -> bool:
                return len(keys(file)) == 5

            await wait_until(is_told)

    asyncio.run(look())
    assert keys(file) == [row["eventkey"] for row in crm.rows()]
