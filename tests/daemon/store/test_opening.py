"""Opening a store: what is made, how it is set up, and why it can't be used."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url

from syseventd.errors import StoreUnusable
from syseventd.store import engines, open_store


async def open_and_close(url: str, **how: Any) -> None:
    await (await open_store(url, **how)).close()


def refusal(url: str, **how: Any) -> str:
    with pytest.raises(StoreUnusable) as caught:
        asyncio.run(open_and_close(url, **how))
    return caught.value.reason


def test_the_file_is_for_our_eyes_only(url: str, tmp_path: Path) -> None:
    """A store is made with mode 0600."""
    asyncio.run(open_and_close(url))
    assert stat.S_IMODE((tmp_path / "events.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_the_writer_is_durable(empty_url: str, pragma: str, value: Any) -> None:
    """A commit waits for the disk (FULL is 2), and readers don't wait for the writer."""
    engine = engines.writer(make_url(empty_url))
    with engine.begin() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


def test_the_writer_holds_the_lock_from_the_start_of_its_transaction(empty_url: str) -> None:
    """Nobody can write between what it reads and what it writes."""
    engine = engines.writer(make_url(empty_url))
    with (
        engine.begin(),
        closing(sqlite3.connect(make_url(empty_url).database or "", timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    engine.dispose()


def test_readers_can_not_write(url: str) -> None:
    """A mistake in a query can't change the truth."""
    asyncio.run(open_and_close(url))
    engine = engines.reader(make_url(url))
    with engine.begin() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM event")
    engine.dispose()


def test_a_reader_sees_one_state_throughout_its_transaction(url: str, life: Any) -> None:
    """What is committed while it reads does not mix with what it has read."""

    async def body() -> None:
        store = await open_store(url)
        engine = engines.reader(make_url(url))
        with engine.begin() as connection:
            before = connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
            await store.commit(life.sees("a"))
            assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == before == 0
        engine.dispose()
        await store.close()

    asyncio.run(body())


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """We make files, not directories: a mistyped path must not look like an empty store."""
    assert refusal(f"sqlite:///{tmp_path}/no/events.db") == f"there is no {tmp_path}/no/"


def test_a_path_below_a_file_is_no_directory(tmp_path: Path) -> None:
    """The directory that is missing is named."""
    (tmp_path / "file").touch()
    assert "there is no" in refusal(f"sqlite:///{tmp_path}/file/events.db")


def test_a_directory_where_nothing_can_be_made_is_refused() -> None:
    """The operating system's reason is given."""
    assert refusal("sqlite:////proc/events.db") == (
        "/proc/events.db.lock can't be made: No such file or directory"
    )


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    """The operating system's reason is given, and nothing is left beside it."""
    (tmp_path / "folder").mkdir()
    assert refusal(f"sqlite:///{tmp_path}/folder") == "Is a directory"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    """The operating system's reason is given."""
    (tmp_path / "events.db").symlink_to(tmp_path / "events.db")
    assert refusal(f"sqlite:///{tmp_path}/events.db") == "Too many levels of symbolic links"


def test_a_path_may_have_any_letters(tmp_path: Path, life: Any) -> None:
    """Also those that mean something in SQLite's addresses; writers and readers find it."""
    (tmp_path / "a#b %41&c").mkdir()

    async def body() -> None:
        path = tmp_path / "a#b %41&c" / "events.db"
        store = await open_store(str(URL.create("sqlite", database=str(path))))
        await store.commit(life.sees("a"))
        assert len(await store.events()) == 1
        await store.close()

    asyncio.run(body())
    assert (tmp_path / "a#b %41&c" / "events.db").stat().st_size > 0


def test_a_file_that_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    """It is refused, and not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("Something that somebody wrote\n" * 100)
    before = file.read_bytes()
    assert "no SQLite database" in refusal(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_another_programs_database_stays_as_it_is(tmp_path: Path) -> None:
    """Its tables are not mixed with ours."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE customers (id)")
    assert refusal(f"sqlite:///{tmp_path}/other.db") == (
        "it is another program's database (it has customers)"
    )


def test_a_newer_schema_is_refused(url: str) -> None:
    """An older program does not touch what a newer one made."""
    asyncio.run(open_and_close(url))
    with closing(sqlite3.connect(make_url(url).database or "")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    assert refusal(url).startswith("a newer syseventd made it: its schema is 9999")
    assert "its schema is 9999" in refusal(url, read_only=True)


def test_a_locked_store_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the other process's lock."""
    monkeypatch.setattr(engines, "_EVERYONE", ("busy_timeout = 1",))
    asyncio.run(open_and_close(url))
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(url) == "another process holds it locked (SQLITE_BUSY)"


def test_a_full_disk_is_named(url: str, life: Any) -> None:
    """A commit that finds no room fails with that reason, and readers go on."""

    async def body() -> None:
        store = await open_store(url)
        await store.commit(life.sees("a"))
        limit = "PRAGMA max_page_count = 1"  # SQLite's own way to be out of room
        await asyncio.wrap_future(store._writer.run(lambda db: db.exec_driver_sql(limit).close()))
        with pytest.raises(StoreUnusable, match="the disk is full"):
            await store.commit(life.sees("a", message="x" * 100_000))
        assert len(await store.events()) == 1
        await store.close()

    asyncio.run(body())


@pytest.mark.parametrize("url", ["events.db", "postgresql://me:secret@db/x", "sqlite+foo:///x"])
def test_an_address_that_can_not_be_used_is_refused(url: str) -> None:
    """The message shows how to write it, and no password."""
    with pytest.raises(StoreUnusable) as caught:
        asyncio.run(open_and_close(url))
    assert "write sqlite:////" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_read_only_makes_no_file(url: str, tmp_path: Path) -> None:
    """Whoever looks at a store that is not there does not make one."""
    assert refusal(url, read_only=True) == "No such file or directory"
    assert not (tmp_path / "events.db").exists()


def test_read_only_brings_no_schema(url: str, tmp_path: Path) -> None:
    """An empty file stays empty."""
    (tmp_path / "events.db").touch()
    assert "start the daemon once" in refusal(url, read_only=True)


def test_read_only_reads_and_can_not_write(url: str, life: Any) -> None:
    """Beside a daemon that writes, what it wrote can be read."""

    async def body() -> None:
        daemon = await open_store(url)
        await daemon.commit(life.sees("a"))
        reader = await open_store(url, read_only=True)
        assert len(await reader.events()) == 1
        with pytest.raises(StoreUnusable, match="can't be written to"):
            await reader.commit(life.sees("a", "b"))
        await reader.close()
        await daemon.close()

    asyncio.run(body())


def test_a_read_that_the_database_fails_says_why(url: str, life: Any) -> None:
    """Readers get StoreUnusable, not the driver's error."""

    async def body() -> None:
        store = await open_store(url)
        with closing(sqlite3.connect(make_url(url).database or "")) as db:
            db.execute("DROP TABLE sink")
        with pytest.raises(StoreUnusable, match="no such table"):
            await store.position("pager")
        await store.close()

    asyncio.run(body())
