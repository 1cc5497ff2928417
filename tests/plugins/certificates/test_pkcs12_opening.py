"""PKCS#12 files are opened in a child process: what it costs, what it shows, and how it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import syseventd_certificates
from syseventd.testing import wait_until
from syseventd_certificates import source
from syseventd_certificates.child import Child
from syseventd_certificates.files import WatchedPath
from syseventd_certificates.opening import CannotOpen, Opener, Wait
from syseventd_certificates.sighting import Sighting

CANARY = "cänary-in-the-mine"
OUT_OF_TIME = "was not opened in the time that was left"
LONG = 300.0
"""Seconds that no test waits for."""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs /proc; mount it, or run under Linux"
)


def children(of: int) -> set[int]:
    """The child processes of `of`, zombies too."""
    every = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {process for process in every if (fields := facts(process)) and int(fields[1]) == of}


def facts(process: int) -> list[str]:
    """Its state, its parent, and further fields of proc_pid_stat(5); none if it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@pytest.fixture
def started() -> Callable[[], set[int]]:
    """Says which child processes there are that weren't before the test."""
    before = children(os.getpid())
    return lambda: children(os.getpid()) - before


def seconds_of_cpu(process: int) -> float:
    fields = facts(process)
    return float(fields[11]) / os.sysconf("SC_CLK_TCK") if fields else 0.0


async def gone(started: Callable[[], set[int]], within: float = 10.0) -> bool:
    async def nobody() -> bool:
        return not started()

    return await wait_until(nobody, within)


class CountingOpener(Opener):
    """Counts the files that it is handed."""

    count = 0

    def open(self, data: bytes, wait: Wait | None = None) -> bytes:
        self.count += 1
        return super().open(data, wait)


def look(watched: WatchedPath, opener: Opener) -> Sighting:
    with opener:
        return asyncio.run(watched.look(opener))


def names(sighting: Sighting) -> set[str]:
    return {Path(chain.name).name for chain in sighting.chains}


def reasons(sighting: Sighting) -> dict[str, str]:
    return {Path(fault.where).name: fault.reason for fault in sighting.faults}


# --- files that ask for too much ----------------------------------------------------------------


@pytest.mark.parametrize("where", ["mac", "pbes2"])
def test_a_file_that_never_opens_is_a_fault_while_the_rest_is_read(
    tmp_path: Path, mint: Any, watch: Any, started: Any, monkeypatch: Any, where: str
) -> None:
    """The probe ends in time, names file and reason, and leaves no process."""
    monkeypatch.setenv("P12_PASSWORD", "secret")
    monkeypatch.setattr(source, "MOST_SECONDS", 0.3)
    (tmp_path / "a.p12").write_bytes(mint().pkcs12(b"secret"))
    (tmp_path / "b.p12").write_bytes(mint().bomb(where))
    (tmp_path / "c.p12").write_bytes(mint().pkcs12(b"secret"))
    (tmp_path / "d.pem").write_bytes(mint().pem)
    probe = watch(timeout=100.0, paths=[tmp_path], password_env="P12_PASSWORD").probe

    async def scenario() -> Any:
        snapshot = await asyncio.wait_for(probe(), 30)
        assert await gone(started)
        return snapshot

    snapshot = asyncio.run(scenario())
    assert {Path(e.name).name for e in snapshot.expiries} == {"a.p12", "c.p12", "d.pem"}
    assert [str(problem) for problem in snapshot.problems] == [
        f"{tmp_path}/b.p12: asks for more key derivation than 300ms allow"
    ]


def test_a_probe_of_little_time_ends_within_it(tmp_path: Path, mint: Any, watch: Any) -> None:
    """The files that ask for too much get a part of it only, and the rest is read."""
    for name in ("b.p12", "c.p12"):
        (tmp_path / name).write_bytes(mint().bomb("mac"))
    (tmp_path / "d.pem").write_bytes(mint().pem)
    snapshot = asyncio.run(watch(timeout=3.0, paths=[tmp_path]).probe())
    assert [Path(expiry.name).name for expiry in snapshot.expiries] == ["d.pem"]
    assert [Path(problem.where).name for problem in snapshot.problems] == ["b.p12", "c.p12"]


def test_each_file_is_opened_once_while_it_is_unchanged(tmp_path: Path, mint: Any) -> None:
    """Also if it could not be opened: the second look starts no process."""
    (tmp_path / "a.p12").write_bytes(mint("a").pkcs12(b"secret"))
    (tmp_path / "b.p12").write_bytes(mint().bomb("mac"))
    (tmp_path / "c.p12").write_bytes(mint().pkcs12(b"other"))
    watched, first, second = (
        WatchedPath(str(tmp_path)),
        CountingOpener(b"secret", 1.0),
        CountingOpener(b"secret", 1.0),
    )
    assert look(watched, first) == look(watched, second)
    assert (first.count, second.count) == (3, 0)
    (tmp_path / "c.p12").write_bytes(mint("c").pkcs12(b"secret"))
    third = CountingOpener(b"secret", 1.0)
    assert names(look(watched, third)) == {"a.p12", "c.p12"}
    assert third.count == 1


def test_another_password_is_tried(
    tmp_path: Path, mint: Any, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that a reload made anew remembers no failure of its predecessor."""
    (tmp_path / "a.p12").write_bytes(mint().pkcs12(b"secret"))
    (tmp_path / "b.pem").write_bytes(mint().pem)

    def problems(password: str) -> int:
        monkeypatch.setenv("P12_PASSWORD", password)
        probe = watch(paths=[tmp_path], password_env="P12_PASSWORD").probe
        return len(asyncio.run(probe()).problems)

    assert (problems("other"), problems("secret")) == (1, 0)


def test_files_that_the_time_did_not_suffice_for_are_opened_next_time(
    tmp_path: Path, mint: Any
) -> None:
    """Many that ask for too much keep the others waiting, but for no more than the budget."""
    (tmp_path / "a.p12").write_bytes(mint("a").pkcs12())
    (tmp_path / "b.pem").write_bytes(mint("b").pem)
    watched = WatchedPath(str(tmp_path))
    seen = look(watched, Opener(None, budget=0.0))
    assert names(seen) == {"b.pem"}
    assert reasons(seen) == {"a.p12": OUT_OF_TIME}
    assert names(look(watched, Opener(None))) == {"a.p12", "b.pem"}


def test_one_file_is_opened_at_a_time(mint: Any, started: Any) -> None:
    """However many paths are looked at; nobody waits for longer than the budget."""
    most = 0
    with Opener(b"secret", limit=LONG, budget=2.0) as opener:
        threads = [
            threading.Thread(target=fails, args=(opener, mint().bomb("mac"))) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            most = max(most, len(started()))
    assert most == 1
    asyncio.run(gone(started))


def fails(opener: Opener, data: bytes, wait: Wait | None = None) -> CannotOpen:
    with pytest.raises(CannotOpen) as caught:
        opener.open(data, wait)
    return caught.value


# --- how the child ends -------------------------------------------------------------------------


def test_a_cancelled_probe_kills_what_it_waits_for(
    tmp_path: Path, mint: Any, watch: Any, started: Any
) -> None:
    """At once, and not when the file's time is up."""
    (tmp_path / "b.p12").write_bytes(mint().bomb("mac"))
    watched = watch(timeout=LONG, paths=[tmp_path])

    async def scenario() -> None:
        async def busy() -> bool:
            return any(seconds_of_cpu(child) >= 1 for child in started())

        probe = asyncio.create_task(watched.probe())
        await wait_until(busy)
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        await gone(started, within=3.0)

    asyncio.run(scenario())


def test_a_child_whose_parent_is_killed_ends_with_its_seconds(tmp_path: Path, mint: Any) -> None:
    """Nobody is left to kill it, and the file would keep it busy for an hour."""
    (tmp_path / "b.p12").write_bytes(mint().bomb("mac"))
    program = (
        "import pathlib, sys; from syseventd_certificates.opening import Opener; "
        "Opener(None, limit=2.0).open(pathlib.Path(sys.argv[1]).read_bytes())"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "b.p12")])

    async def busy() -> set[int]:
        return {child for child in children(parent.pid) if seconds_of_cpu(child) >= 0.5}

    async def over() -> bool:
        return not facts(child) or facts(child)[0] == "Z"  # its new parent may take its time

    try:
        (child,) = asyncio.run(wait_until(busy))
    finally:
        parent.kill()
        parent.wait()
    assert asyncio.run(wait_until(over)), "it works on"


class SlowOpener(Opener):
    """Its child starts when the test says so."""

    def __init__(self) -> None:
        super().__init__(None)
        self.asked, self.released = threading.Event(), threading.Event()

    def _start(self) -> Child:
        self.asked.set()
        self.released.wait(10)
        return super()._start()


def test_a_child_that_starts_as_the_probe_ends_is_killed(mint: Any, started: Any) -> None:
    """By the thread that started it: nobody else knew of it."""
    opener = SlowOpener()
    thread = threading.Thread(target=fails, args=(opener, mint().pkcs12()))
    with opener:
        thread.start()
        opener.asked.wait(10)
    opener.released.set()
    thread.join()
    asyncio.run(gone(started))
    assert started() == set()


def test_a_child_that_does_not_answer_is_killed_by_the_clock(mint: Any, started: Any) -> None:
    """It uses no CPU that could run out: the machine is blamed, not the file."""
    with Opener(None, budget=20.0) as opener:
        opener.open(mint().pkcs12())
        (child,) = started()
        os.kill(child, signal.SIGSTOP)
        rescue = threading.Timer(30, os.kill, (child, signal.SIGKILL))
        rescue.start()
        error = fails(opener, mint().pkcs12(), wait := Wait())
        rescue.cancel()
        assert (str(error), error.passing) == (OUT_OF_TIME, True)
        assert (wait.tries, wait.used) == (1, 0.0)
        assert started() == set()
        assert opener.open(mint().pkcs12()).startswith(b"-----BEGIN CERTIFICATE-----")
    asyncio.run(gone(started))


def test_a_child_that_is_killed_by_others_is_replaced(mint: Any, started: Any) -> None:
    """By the kernel, which had no memory left, for instance. It is not the file's fault."""
    with Opener(None) as opener:
        opener.open(mint().pkcs12())
        (child,) = started()
        os.kill(child, signal.SIGKILL)
        error = fails(opener, mint().pkcs12())
        assert (str(error), error.passing) == (
            "can't be opened now: its process ended with status -9",
            True,
        )
        opener.open(mint().pkcs12())
    asyncio.run(gone(started))


def test_a_child_that_can_not_be_started_is_not_the_files_fault(
    mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own words are the reason."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Opener(None) as opener:
        error = fails(opener, mint().pkcs12())
    assert error.passing
    assert str(error) == "can't be opened now: no process starts: No such file or directory"


def test_a_closed_opener_starts_nothing(mint: Any, started: Any) -> None:
    """A thread that a hung file system held up until after its probe finds it closed."""
    with Opener(None) as opener:
        pass
    assert fails(opener, mint().pkcs12()).passing
    assert started() == set()


# --- what the child is told, and what it may ----------------------------------------------------


def test_the_password_is_seen_nowhere(
    mint: Any, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments and environment of a process can be read by others; what it prints is logged."""
    monkeypatch.setenv("P12_PASSWORD", CANARY)
    with Opener(CANARY.encode()) as opener:
        opener.open(mint().pkcs12(CANARY.encode()))
        (child,) = started()
        seen = [Path(f"/proc/{child}/{name}").read_bytes() for name in ("cmdline", "environ")]
        refused = str(fails(opener, mint().pkcs12(b"other")))
    assert b"syseventd_certificates.pkcs12" in seen[0]
    assert not any(CANARY.encode() in text for text in (*seen, refused.encode()))


def test_the_child_is_held_by_a_limit_of_memory(mint: Any, started: Any) -> None:
    """The daemon's cgroup has to suffice for both."""
    with Opener(None) as opener:
        opener.open(mint().pkcs12())
        (child,) = started()
        limits = Path(f"/proc/{child}/limits").read_text().splitlines()
    (memory,) = (line.split()[3:5] for line in limits if line.startswith("Max address space"))
    assert memory == [str(512 * 1024**2)] * 2


def test_the_child_finds_its_program_in_a_zipped_package(
    tmp_path: Path, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks where the daemon looks, and nowhere else."""
    package = Path(syseventd_certificates.__file__).parent
    archive = tmp_path / "plugins.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for module in package.glob("*.py"):
            file.write(module, f"{package.name}/{module.name}")
    elsewhere = [path for path in sys.path if not Path(path, package.name).exists()]
    with Opener(None) as opener:
        monkeypatch.setattr(sys, "path", elsewhere)
        assert "status 1" in str(fails(opener, mint().pkcs12()))
        monkeypatch.setattr(sys, "path", [*elsewhere, str(archive)])
        assert opener.open(mint().pkcs12()).startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl; install openssl")
def test_a_file_with_a_key_of_an_unknown_kind_is_a_fault(tmp_path: Path) -> None:
    """No password would help; what is not supported is named."""
    for command in (
        "ecparam -name brainpoolP160r1 -genkey -noout -out key",
        "req -x509 -new -key key -subj /CN=a -out certificate",
        "pkcs12 -export -in certificate -inkey key -passout pass:secret -out file",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    with Opener(b"secret") as opener:
        error = fails(opener, (tmp_path / "file").read_bytes())
    assert not error.passing
    assert str(error).startswith("can't be opened: Curve ")
    assert str(error).endswith(" is not supported")
