"""A store whose files are moved, deleted or replaced while it is open fails, and makes none."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from syseventd.errors import StoreUnusable
from syseventd.store import Store, engines, open_store
from syseventd.store.writer import Writer

SOON = 20.0
FILES = ("events.db", "events.db-wal", "events.db.lock")


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("backup"))
    path.with_name("backup").rename(path)


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


async def refusal(work: Any) -> str:
    with pytest.raises(StoreUnusable) as caught:
        await work
    return caught.value.reason


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (os.unlink, "its file {} was moved or deleted; restart the daemon"),
        (move, "its file {} was moved or deleted; restart the daemon"),
        (replace, "its file {} was replaced; restart the daemon (a backup "),
        (loop, "{} can't be looked at: Too many levels of symbolic links"),
    ],
    ids=["deleted", "moved", "replaced", "unreadable"],
)
def test_everything_fails_and_says_which_file_is_gone(
    url: str, tmp_path: Path, life: Any, harm: Callable[[Path], None], words: str, name: str
) -> None:
    """Whoever writes, reads or merely asks; however many connections are open already."""

    async def body() -> set[str]:
        store = await open_store(url)
        await store.commit(life.sees("a"))
        await store.events()
        harm(tmp_path / name)
        works = [store.commit(life.sees("a", "b")), store.try_writing(), store.check()]
        works += [store.move("pager", 1), store.prune(0.0)]
        works += [store.events() for _ in range(2 * engines.READERS)]
        told = {await refusal(work) for work in works}
        await store.close()
        return told

    (told,) = asyncio.run(body())
    assert told.startswith(words.format(tmp_path / name))


def test_a_store_whose_directory_is_renamed_is_gone(tmp_path: Path) -> None:
    """Its files are not where the next start looks for them."""
    (tmp_path / "here").mkdir()

    async def body() -> None:
        store = await open_store(f"sqlite:///{tmp_path}/here/events.db")
        (tmp_path / "here").rename(tmp_path / "there")
        assert "was moved or deleted" in await refusal(store.try_writing())
        (tmp_path / "here").touch()  # no directory any more
        assert "was moved or deleted" in await refusal(store.try_writing())
        await store.close()

    asyncio.run(body())


def test_nobody_makes_a_file_where_the_store_was(url: str, tmp_path: Path) -> None:
    """An empty one would look like a store in which nothing ever happened."""

    async def body() -> None:
        store = await open_store(url)
        empty(tmp_path)
        for ask in (store.events, store.try_writing, store.last_transition):
            await refusal(ask())
        await store.close()

    asyncio.run(body())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [engines.reader, engines.writer])
def test_no_connection_makes_a_file(url: str, tmp_path: Path, make: Any) -> None:
    """Also one that is opened late, when nobody has looked just before."""
    engine = make(make_url(url))
    with pytest.raises(OperationalError, match="unable to open"), engine.begin():
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_was_put_back_works_on(url: str, tmp_path: Path, life: Any) -> None:
    """With all that was in it."""

    async def body() -> list[str]:
        store = await open_store(url)
        await store.commit(life.sees("a"))
        for name in FILES:
            (tmp_path / name).rename(tmp_path / "elsewhere")
            await refusal(store.try_writing())
            (tmp_path / "elsewhere").rename(tmp_path / name)
        await store.check()
        await store.commit(life.sees("a", "b"))
        keys = [event.observation.key for event in await store.events()]
        await store.close()
        return keys

    assert asyncio.run(body()) == ["b", "a"]


def test_a_commit_is_not_acknowledged_if_the_store_went_meanwhile(url: str, tmp_path: Path) -> None:
    """What is durable in a file without a name is nowhere."""

    async def body() -> None:
        store = await open_store(url)
        gone = store._writer.run(lambda _: (tmp_path / "events.db").unlink())
        assert "was moved or deleted" in await refusal(asyncio.wrap_future(gone))
        await store.close()

    asyncio.run(body())


def test_a_group_without_a_store_is_written_once_and_fails_together(
    url: str, tmp_path: Path, lives: Any
) -> None:
    """No advance is at fault: none is tried alone, or called unfit to be stored."""

    async def body() -> tuple[int, list[BaseException | None]]:
        store = await open_store(url)
        checked = 0

        def check() -> None:
            nonlocal checked
            checked += 1
            if checked > 2:
                raise StoreUnusable(url, "its files are gone")

        writer = Writer(store._engines[0], url, check)
        holding = writer.run(lambda _: [writer.commit(life.sees("a")) for life in lives(5)])
        waiting = await asyncio.wrap_future(holding)
        failures = [future.exception(SOON) for future in waiting]
        writer.close()
        await store.close()
        return checked, failures

    checked, failures = asyncio.run(body())
    assert checked == 3
    assert [str(failure) for failure in failures] == [
        str(StoreUnusable(url, "its files are gone"))
    ] * 5


def test_a_new_connection_of_the_writer_has_a_new_log(url: str, tmp_path: Path, life: Any) -> None:
    """SQLite deletes its log with the last connection, and makes another."""

    async def body() -> None:
        store = await open_store(url)
        await store.commit(life.sees("a"))
        (writing, _) = store._engines
        writing.dispose()
        assert not (tmp_path / "events.db-wal").exists()
        (tmp_path / "old").touch()  # takes the number of the old log's inode
        await store.commit(life.sees("a", "b"))
        await store.check()
        await store.close()

    asyncio.run(body())


def test_a_store_in_memory_has_no_files() -> None:
    """It can't lose any."""

    async def body(store: Store) -> None:
        await store.check()
        await store.close()
        assert await refusal(store.check()) == "it was closed"

    asyncio.run(_with(body))


async def _with(body: Any) -> None:
    await body(await open_store("sqlite://"))
