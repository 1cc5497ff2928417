"""Folders that are made to do harm, or that change while we look."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syseventd_certificates import files
from syseventd_certificates.files import WatchedPath
from syseventd_certificates.opening import Opener
from syseventd_certificates.sighting import Sighting


def look(path: Path) -> Sighting:
    with Opener(None) as opener:
        return asyncio.run(WatchedPath(str(path)).look(opener))


def names(sighting: Sighting) -> set[str]:
    return {chain.name for chain in sighting.chains}


def faults(sighting: Sighting) -> dict[str, str]:
    return {fault.where: fault.reason for fault in sighting.faults}


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Callable[[str, int], list[Path]]]:
    """Makes a folder in a folder in a folder, by their name, and tells the path of each."""
    here = Path.cwd()

    def make(name: str, depth: int) -> list[Path]:
        os.chdir(tmp_path)  # a path to the last of them may be longer than the system takes
        for _ in range(depth):
            Path(name).mkdir()
            os.chdir(name)
        os.chdir(here)
        return list(itertools.accumulate([tmp_path, *[name] * depth], Path))

    yield make
    os.chdir(here)
    subprocess.run(["rm", "-rf", "--", str(tmp_path)], check=True)  # Python's would not get there


def test_a_folder_may_be_deeper_than_python_calls(deep: Any, mint: Any) -> None:
    """As deep as a path may be."""
    first, *_, last = deep("d", sys.getrecursionlimit() + 100)
    (last / "a.pem").write_bytes(mint().pem)
    assert names(look(first)) == {f"{last}/a.pem"}


def test_a_path_that_is_too_long_is_a_fault(deep: Any, tmp_path: Path, mint: Any) -> None:
    """What nobody can open is not gone."""
    folders = deep("d" * 250, 20)
    (tmp_path / "a.pem").write_bytes(mint().pem)
    seen = look(tmp_path)
    assert names(seen) == {str(tmp_path / "a.pem")}
    too_long = next(folder for folder in folders if len(str(folder)) > 4095)
    assert faults(seen) == {str(too_long): "file name too long"}


def test_a_folder_that_may_be_listed_but_not_entered_hides_its_files(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mode is r--: each file is a fault, though it seems not to exist. Root may do all."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "b.pem").write_bytes(mint().pem)
    stat, lstat = os.stat, os.lstat

    def refuse(call: Any, path: Any, *args: Any, **options: Any) -> Any:
        if str(path).startswith(f"{tmp_path}/closed/"):
            raise PermissionError(13, "Permission denied", path)
        return call(path, *args, **options)

    monkeypatch.setattr(os, "stat", functools.partial(refuse, stat))
    monkeypatch.setattr(os, "lstat", functools.partial(refuse, lstat))
    assert faults(look(tmp_path)) == {f"{tmp_path}/closed/b.pem": "permission denied"}


def after_reading(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], object]) -> None:
    """Does `change` to each file's path once it has been read."""
    read_bytes = files._read_bytes

    def read(path: str) -> Any:
        found = read_bytes(path)
        change(path)
        return found

    monkeypatch.setattr(files, "_read_bytes", read)


def test_a_folder_that_vanishes_while_we_look_is_a_failure(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not found any more was not removed from it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.pem", "b.pem"):
        (folder / name).write_bytes(mint().pem)
    after_reading(monkeypatch, lambda _: folder.rename(tmp_path / "elsewhere"))
    seen = look(folder)
    assert faults(seen) == {str(folder): "no such file or directory"}


def test_a_folder_that_is_unmounted_while_we_look_is_a_fault(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the mount point lies another folder, in which nothing is."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(mint().pem)
    stat = os.stat

    def other(path: Any) -> os.stat_result:
        return stat("/proc" if path == str(tmp_path) else path)

    def unmount(path: str) -> None:
        (tmp_path / "b.pem").unlink()
        monkeypatch.setattr(os, "stat", other)

    after_reading(monkeypatch, unmount)
    seen = look(tmp_path)
    assert names(seen) == {str(tmp_path / "a.pem")}
    assert faults(seen) == {str(tmp_path): "was mounted or unmounted while it was read"}


def test_a_file_that_becomes_a_fifo_is_passed_over(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between asking what it is and opening it; one that somebody has open for writing, too."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(mint().pem)
    opening, writers = os.open, []

    def swap(path: str, flags: int, *args: Any) -> int:
        if path == str(tmp_path / "b.pem"):
            os.unlink(path)
            os.mkfifo(path)
            writers.append(opening(path, os.O_RDWR))
        return opening(path, flags, *args)

    monkeypatch.setattr(os, "open", swap)
    seen = look(tmp_path)
    monkeypatch.undo()
    os.close(*writers)
    assert (names(seen), seen.faults) == ({str(tmp_path / "a.pem")}, ())


def test_a_look_without_a_thread_to_spare_is_a_failure(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is this place that fails, and not the probe."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    (tmp_path / "a.pem").write_bytes(mint().pem)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert faults(look(tmp_path)) == {str(tmp_path): "can't start new thread"}
