"""Files and folders: what is found, what is passed over, and what is a fault."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from syseventd.testing import wait_until
from syseventd_certificates import files
from syseventd_certificates.files import WatchedPath, show_path
from syseventd_certificates.opening import Opener
from syseventd_certificates.sighting import Sighting

MORE_THAN_A_POOL = 40
"""Python's pools have at most 32 threads."""

DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def look(path: Path | WatchedPath) -> Sighting:
    watched = path if isinstance(path, WatchedPath) else WatchedPath(str(path))
    with Opener(None) as opener:
        return asyncio.run(watched.look(opener))


def names(sighting: Sighting) -> set[str]:
    return {chain.name for chain in sighting.chains}


def faults(sighting: Sighting) -> dict[str, str]:
    return {fault.where: fault.reason for fault in sighting.faults}


def test_a_folder_is_searched_with_all_below_it(tmp_path: Path, mint: Any) -> None:
    """Every suffix in any case, at any depth."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    written = [tmp_path / "x.pem", tmp_path / "a" / "y.CRT", tmp_path / "a" / "b" / "z.cer"]
    for file in written:
        file.write_bytes(mint().pem)
    (tmp_path / "w.pfx").write_bytes(mint().pkcs12())
    seen = look(tmp_path)
    assert names(seen) == {str(file) for file in (*written, tmp_path / "w.pfx")}
    assert seen.faults == ()


def test_other_files_of_a_folder_are_passed_over(tmp_path: Path, mint: Any) -> None:
    """Hash links, keys, requests, FIFOs and folders with a certificate's suffix."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "5ad8a5d6.0").symlink_to("a.pem")
    (tmp_path / "notes.txt").write_bytes(mint().pem)
    (tmp_path / "key.pem").write_bytes(mint().key_pem)
    (tmp_path / "folder.pem").mkdir()
    os.mkfifo(tmp_path / "fifo.pem")
    assert look(tmp_path) == look(tmp_path / "a.pem")


def test_links_to_files_are_read_and_links_to_folders_are_not(tmp_path: Path, mint: Any) -> None:
    """So that no circle of links is ever walked."""
    (tmp_path / "watched").mkdir()
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "watched" / "link.pem").symlink_to(tmp_path / "a.pem")
    (tmp_path / "watched" / "up").symlink_to(tmp_path)
    seen = look(tmp_path / "watched")
    assert (names(seen), seen.faults) == ({str(tmp_path / "watched" / "link.pem")}, ())


def test_a_configured_link_to_a_folder_is_followed(tmp_path: Path, mint: Any) -> None:
    """On many systems /etc/ssl/certs is one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.pem").write_bytes(mint().pem)
    (tmp_path / "link").symlink_to("real")
    assert names(look(tmp_path / "link")) == {str(tmp_path / "link" / "a.pem")}


def test_links_that_lead_nowhere_are_faults(tmp_path: Path, mint: Any) -> None:
    """A certificate behind a broken link is not gone: it can't be looked at."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "dangling.pem").symlink_to("nothing")
    (tmp_path / "circle.pem").symlink_to("circle.pem")
    seen = look(tmp_path)
    assert names(seen) == {str(tmp_path / "a.pem")}
    assert faults(seen) == {
        str(tmp_path / "dangling.pem"): "is a link to what does not exist",
        str(tmp_path / "circle.pem"): "too many levels of symbolic links",
    }
    assert not seen.failed


def test_a_damaged_file_is_named_while_the_rest_goes_on(tmp_path: Path, mint: Any) -> None:
    """The fault names the file and the reason."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "b.pem").write_bytes(DAMAGED)
    (tmp_path / "c.p12").write_bytes(b"garbage")
    seen = look(tmp_path)
    assert names(seen) == {str(tmp_path / "a.pem")}
    assert faults(seen).keys() == {str(tmp_path / "b.pem"), str(tmp_path / "c.p12")}
    assert not seen.failed


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file or directory"),
        (b"", "is empty"),
        (b"-----BEGIN PRIVATE KEY-----\n", "holds no certificate"),
        (DAMAGED, "1 of 1 certificates damaged"),
    ],
)
def test_a_named_file_without_a_certificate_is_a_failure(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """Who named it expects one in it."""
    if content is not None:
        (tmp_path / "a.pem").write_bytes(content)
    seen = look(tmp_path / "a.pem")
    assert seen.failed
    assert faults(seen)[str(tmp_path / "a.pem")].startswith(reason)


def test_a_named_file_may_have_any_suffix(tmp_path: Path, mint: Any) -> None:
    """Suffixes matter in folders only."""
    (tmp_path / "server.key").write_bytes(mint().key_pem + mint().pem)
    seen = look(tmp_path / "server.key")
    assert (names(seen), seen.faults) == ({str(tmp_path / "server.key")}, ())


def test_a_named_file_that_is_damaged_in_part_is_a_fault(tmp_path: Path, mint: Any) -> None:
    """What can be read of it is shown all the same."""
    (tmp_path / "a.pem").write_bytes(mint("a").pem + DAMAGED)
    seen = look(tmp_path / "a.pem")
    assert [chain.title for chain in seen.chains] == ["a"]
    assert faults(seen).keys() == {str(tmp_path / "a.pem")}
    assert not seen.failed


def test_a_named_fifo_is_a_failure(tmp_path: Path) -> None:
    """It is never opened: that would wait for its writer."""
    os.mkfifo(tmp_path / "fifo.pem")
    assert faults(look(tmp_path / "fifo.pem")) == {
        str(tmp_path / "fifo.pem"): "is neither a file nor a folder"
    }


def test_a_folder_without_any_certificate_is_a_failure(tmp_path: Path) -> None:
    """Most likely it is a mount point, and nothing is mounted."""
    assert look(tmp_path).failed
    assert faults(look(tmp_path)) == {str(tmp_path): "holds no certificate"}


def test_a_huge_file_is_a_fault(tmp_path: Path, mint: Any) -> None:
    """No more than the limit is read of any file."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    with (tmp_path / "huge.pem").open("wb") as file:
        file.truncate(files.MOST_BYTES + 1)
    assert faults(look(tmp_path)) == {str(tmp_path / "huge.pem"): "is larger than 10 MiB"}


def test_a_file_that_may_not_be_read_is_a_fault(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own words are the reason. It refuses by order: root may read everything."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(mint().pem)
    opening = os.open

    def refusing(path: str, *args: Any) -> int:
        if path == str(tmp_path / "b.pem"):
            raise PermissionError(13, "Permission denied", path)
        return opening(path, *args)

    monkeypatch.setattr(os, "open", refusing)
    seen = look(tmp_path)
    assert names(seen) == {str(tmp_path / "a.pem")}
    assert faults(seen) == {str(tmp_path / "b.pem"): "permission denied"}


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the system refuse to list one folder, as it does for all but root."""
    scandir = os.scandir

    def make(folder: Path, error: type[OSError] = PermissionError) -> None:
        def refusing(path: str) -> Any:
            if Path(path) == folder:
                raise error(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refusing)

    return make


def test_a_folder_below_that_can_not_be_listed_is_a_fault(
    tmp_path: Path, mint: Any, refuse: Any
) -> None:
    """/etc/ssl/private is one, for everybody but root."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "private").mkdir()
    refuse(tmp_path / "private")
    seen = look(tmp_path)
    assert (names(seen), seen.failed) == ({str(tmp_path / "a.pem")}, False)
    assert faults(seen) == {str(tmp_path / "private"): "permission denied"}


def test_a_configured_folder_that_can_not_be_listed_is_a_failure(
    tmp_path: Path, refuse: Any
) -> None:
    """Nothing was seen there at all."""
    refuse(tmp_path)
    assert look(tmp_path).failed


def test_what_is_removed_while_we_look_is_gone(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing a folder and reading its files others may tidy up: no fault."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    listing = files._list

    def listing_more(parent: str) -> tuple[list[str], list[str]]:
        folders, found = listing(parent)
        if Path(parent) == tmp_path:
            folders.append(f"{parent}/removed")
        return folders, [*found, f"{parent}/removed.pem", f"{parent}/a.pem/removed.pem"]

    monkeypatch.setattr(files, "_list", listing_more)
    assert faults(look(tmp_path)) == {}


def test_a_name_with_odd_bytes_is_shown_as_text(tmp_path: Path, mint: Any) -> None:
    """Names that are no UTF-8, or that hold line breaks, stay apart and harm no reader."""
    for name in (b"\xff.pem", b"\xfe.pem", b"a\nb.pem"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(mint().pem)
    assert {name.removeprefix(f"{tmp_path}/") for name in names(look(tmp_path))} == {
        r"\xff.pem",
        r"\xfe.pem",
        r"a\nb.pem",
    }
    assert show_path("/ü.pem") == "/ü.pem"


def test_an_unchanged_file_is_read_once(tmp_path: Path, mint: Any) -> None:
    """The second look hands out the very same objects."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    for path in (tmp_path, tmp_path / "a.pem"):
        watched = WatchedPath(str(path))
        first, second = look(watched), look(watched)
        assert first.chains[0] is second.chains[0]


def test_a_changed_file_is_read_again(tmp_path: Path, mint: Any) -> None:
    """Also if its size and its modification time were kept."""
    file, other = tmp_path / "a.pem", tmp_path / "other"
    file.write_bytes(mint("a").pem)
    os.utime(file, (1, 1))
    watched = WatchedPath(str(tmp_path))
    look(watched)
    other.write_bytes(mint("b").pem)
    os.utime(other, (1, 1))
    other.replace(file)
    assert [chain.title for chain in look(watched).chains] == ["b"]


def test_a_removed_file_is_forgotten(tmp_path: Path, mint: Any) -> None:
    """What is remembered does not grow with files that come and go."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(mint().pem)
    watched = WatchedPath(str(tmp_path))
    look(watched)
    (tmp_path / "a.pem").unlink()
    assert names(look(watched)) == {str(tmp_path / "b.pem")}


class HungFolder:
    """A file system that does not answer until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.released, self.calls = threading.Event(), threading.Event(), 0
        self._scandir = os.scandir
        monkeypatch.setattr(os, "scandir", self.scandir)

    def scandir(self, path: str) -> Any:
        self.calls += 1
        self.asked.set()
        self.released.wait(10)
        return self._scandir(path)


def test_a_file_system_that_hangs_is_asked_once(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further looks fail at once while it hangs, and work again once it answers."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    watched, hung = WatchedPath(str(tmp_path)), HungFolder(monkeypatch)

    async def scenario() -> None:
        first = asyncio.create_task(watched.look(Opener(None)))
        await asyncio.to_thread(hung.asked.wait)
        assert "has not answered since" in (await watched.look(Opener(None))).faults[0].reason
        hung.released.set()
        assert names(await first) == {str(tmp_path / "a.pem")}

    asyncio.run(scenario())
    assert hung.calls == 1
    assert names(look(watched)) == {str(tmp_path / "a.pem")}


def test_a_cancelled_look_stops_its_thread_and_keeps_what_it_read(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder too large for one probe is read by several."""
    for name in ("a.pem", "b.pem", "c.pem"):
        (tmp_path / name).write_bytes(mint().pem)
    asked, released, read = threading.Event(), threading.Event(), []
    read_bytes = files._read_bytes

    def slow(path: str) -> Any:
        read.append(Path(path).name)
        asked.set()
        released.wait(10)
        return read_bytes(path)

    monkeypatch.setattr(files, "_read_bytes", slow)
    watched = WatchedPath(str(tmp_path))

    async def scenario() -> None:
        look = asyncio.create_task(watched.look(Opener(None)))
        await asyncio.to_thread(asked.wait)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        released.set()
        await wait_until(over)

    async def over() -> bool:
        return not watched._reading.locked()

    asyncio.run(scenario())
    assert read == ["a.pem"]
    assert len(names(look(watched))) == 3
    assert read == ["a.pem", "b.pem", "c.pem"]


def test_folders_that_hang_hold_up_neither_other_looks_nor_the_end(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many hang: each costs a thread of its own."""
    healthy = tmp_path / "a.pem"
    healthy.write_bytes(mint().pem)
    hung = HungFolder(monkeypatch)

    async def scenario() -> Sighting:
        looks = [
            asyncio.create_task(WatchedPath(str(tmp_path)).look(Opener(None)))
            for _ in range(MORE_THAN_A_POOL)
        ]
        await wait_until(all_hang)
        seen = await WatchedPath(str(healthy)).look(Opener(None))
        assert not any(look.done() for look in looks)
        return seen

    async def all_hang() -> bool:
        return hung.calls == MORE_THAN_A_POOL

    try:
        assert names(asyncio.run(scenario())) == {str(healthy)}
        assert not hung.released.is_set()
    finally:
        hung.released.set()
