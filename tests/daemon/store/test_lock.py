"""One writer to a store: a second one is refused by the holder's name; no lock outlives it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syseventd.errors import StoreUnusable
from syseventd.store import open_store

HOLD = """
import asyncio, sys
from syseventd.store import open_store

async def hold():
    await open_store(sys.argv[1])
    print("held", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


@contextmanager
def held_elsewhere(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process has the store open; in the end it is killed."""
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.send_signal(signal.SIGKILL)


def database_locks(folder: Path) -> list[str]:
    """The locks on the database's file, as the kernel lists them, without their numbers."""
    inode = f":{(folder / 'events.db').stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    return sorted(line.split(": ", 1)[1] for line in lines if inode in line)


def refusal(url: str) -> str:
    async def body() -> None:
        await (await open_store(url)).close()

    with pytest.raises(StoreUnusable) as caught:
        asyncio.run(body())
    return caught.value.reason


def test_a_second_writer_is_told_who_holds_the_store(url: str) -> None:
    """A second daemon would give numbers twice."""

    async def body() -> str:
        store = await open_store(url)
        try:
            with pytest.raises(StoreUnusable) as caught:
                await open_store(url)
        finally:
            await store.close()
        return caught.value.reason

    assert asyncio.run(body()) == (
        f"process {os.getpid()} writes to it already; stop that one, or name another "
        "state_directory"
    )


def test_another_name_of_the_store_is_the_same_store(url: str, tmp_path: Path) -> None:
    """A link to it doesn't get round the lock."""
    (tmp_path / "link.db").symlink_to(tmp_path / "events.db")

    async def body() -> None:
        store = await open_store(url)
        with pytest.raises(StoreUnusable, match=f"process {os.getpid()} writes to it already"):
            await open_store(f"sqlite:///{tmp_path / 'link.db'}")
        await store.close()

    asyncio.run(body())


def test_a_store_that_was_closed_or_refused_holds_no_lock(url: str, tmp_path: Path) -> None:
    """Whoever comes next may write."""

    async def body() -> None:
        for _ in range(2):
            await (await open_store(url)).close()

    asyncio.run(body())
    (tmp_path / "events.db").write_bytes(b"no database at all, whatever its name says" * 100)
    assert "writes to it already" not in refusal(url)
    (tmp_path / "events.db").unlink()
    asyncio.run(body())


def test_readers_need_no_lock(url: str) -> None:
    """`syseventd events` reads beside the daemon."""

    async def body() -> int:
        store = await open_store(url)
        reader = await open_store(url, read_only=True)
        number = await reader.last_transition()
        await reader.close()
        await store.close()
        return number

    assert asyncio.run(body()) == 0


def test_a_lock_dies_with_its_holder(url: str) -> None:
    """SIGKILL leaves nothing that somebody would have to clear away."""
    with held_elsewhere(url) as holder:
        assert f"process {holder.pid} writes to it already" in refusal(url)

    async def body() -> None:
        await (await open_store(url)).close()

    asyncio.run(body())


def test_a_hard_link_to_the_store_is_the_same_store(url: str, tmp_path: Path) -> None:
    """It has a lock of its own beside it; the database's own lock tells."""
    with held_elsewhere(url):
        (tmp_path / "other").mkdir()
        link = tmp_path / "other" / "link.db"
        link.hardlink_to(tmp_path / "events.db")
        told = refusal(f"sqlite:///{link}")
    assert told.startswith("another process writes to it already, by another name of the file")
    assert told.endswith(f"(see `fuser {link}`)")


def test_a_lock_whose_file_was_deleted_holds(url: str, tmp_path: Path) -> None:
    """Whoever tidies the directory up lets no second daemon in."""
    with held_elsewhere(url):
        (tmp_path / "events.db.lock").unlink()
        assert "or since its lock was deleted" in refusal(url)


def test_a_planted_link_is_not_followed(url: str, tmp_path: Path) -> None:
    """What it leads to is not emptied, and nothing is made there."""
    (tmp_path / "victim").write_text("precious")
    for victim in ("victim", "new"):
        (tmp_path / "events.db.lock").symlink_to(tmp_path / victim)
        assert refusal(url) == (
            f"{tmp_path / 'events.db.lock'} can't be made: Too many levels of symbolic links"
        )
        (tmp_path / "events.db.lock").unlink()
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "new").exists()


def test_who_is_refused_takes_nothing_from_the_holder(url: str, tmp_path: Path) -> None:
    """Closing a descriptor of the database would: SQLite's locks belong to the whole process."""

    async def body() -> None:
        store = await open_store(url)
        before = database_locks(tmp_path)
        with pytest.raises(StoreUnusable, match="writes to it already"):
            await open_store(url)
        assert database_locks(tmp_path) == before != []
        await store.close()
        assert database_locks(tmp_path) == []

    asyncio.run(body())


def test_a_lock_that_can_not_be_made_is_said(url: str, tmp_path: Path) -> None:
    """With its path."""
    (tmp_path / "events.db.lock").mkdir()
    assert refusal(url) == f"{tmp_path / 'events.db.lock'} can't be made: Is a directory"


def test_a_holder_who_left_no_name_is_another_process(url: str, tmp_path: Path) -> None:
    """It may be in the act of writing it."""

    async def body() -> None:
        store = await open_store(url)
        (tmp_path / "events.db.lock").write_text("")
        with pytest.raises(StoreUnusable, match="another process writes to it already"):
            await open_store(url)
        await store.close()

    asyncio.run(body())


def test_a_full_disk_is_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that something can't be locked."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert refusal(url) == "the disk is full"
