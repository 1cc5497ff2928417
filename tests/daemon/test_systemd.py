"""What systemd hears from the daemon, on a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from syseventd import systemd


@pytest.fixture(params=["path", "abstract"])
def heard(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """systemd's end of NOTIFY_SOCKET: a file, or a name that is in no file system."""
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    name = "notify" if request.param == "path" else f"@syseventd-{uuid.uuid4()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0"))
        listening.settimeout(5.0)
        yield listening


def test_ready_comes_with_what_the_daemon_does(heard: socket.socket) -> None:
    """In one message; `systemctl status` shows it."""
    assert systemd.ready("watching 3 sources of 2 targets")
    assert heard.recv(4096) == b"READY=1\nSTATUS=watching 3 sources of 2 targets"


def test_reloading_comes_with_the_clock(heard: socket.socket) -> None:
    """`Type=notify-reload` asks for the monotonic clock in microseconds."""
    before = time.monotonic_ns() // 1000
    assert systemd.reloading()
    first, second = heard.recv(4096).decode().split("\n")
    assert first == "RELOADING=1"
    name, microseconds = second.split("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(microseconds) <= time.monotonic_ns() // 1000


def test_stopping_is_told(heard: socket.socket) -> None:
    """Before the work is wound up."""
    assert systemd.stopping()
    assert heard.recv(4096) == b"STOPPING=1"


def test_a_status_may_be_in_any_language(heard: socket.socket) -> None:
    """As UTF-8."""
    assert systemd.ready("övervakar åtta källor")
    assert "övervakar åtta källor" in heard.recv(4096).decode()


@pytest.mark.parametrize("address", [None, ""])
def test_where_systemd_does_not_listen_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    """On a terminal, in a container: no failure."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not systemd.ready("fine")


@pytest.mark.parametrize("address", ["gone", "@syseventd-nobody-listens", "x" * 200])
def test_a_socket_that_can_not_be_reached_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Being heard is not what the daemon is for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not systemd.stopping()


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        ("30000000", None, 30.0),
        ("30000000", "", 30.0),
        ("30000000", "ours", 30.0),
        ("30000000", "1", None),
        ("500000", None, 0.5),
        ("0", None, None),
        ("", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_the_watchdog_is_fed_where_systemd_waits_for_us(
    monkeypatch: pytest.MonkeyPatch,
    microseconds: str | None,
    pid: str | None,
    seconds: float | None,
) -> None:
    """Not where it waits for another process, nor where it does not say how long."""
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == "ours" else value)
    assert systemd.watchdog_seconds() == seconds


def test_the_watchdog_is_fed_several_times_in_its_patience(heard: socket.socket) -> None:
    """At once, and then again and again, until it is cancelled."""
    heard.setblocking(False)

    async def listen() -> list[float]:
        loop = asyncio.get_running_loop()
        feeding = asyncio.create_task(systemd.feed_watchdog(0.06))
        times = []
        async with asyncio.timeout(5.0):
            for _ in range(4):
                assert await loop.sock_recv(heard, 4096) == b"WATCHDOG=1"
                times.append(loop.time())
        assert not feeding.done()
        feeding.cancel()
        await asyncio.wait({feeding})
        return times

    times = asyncio.run(listen())
    assert times[-1] - times[0] >= 0.9 * 3 * 0.06 / systemd.BEATS


def test_a_loop_that_hangs_feeds_nobody(heard: socket.socket) -> None:
    """So systemd restarts a daemon that does no more work."""
    heard.setblocking(False)

    async def hang() -> None:
        feeding = asyncio.create_task(systemd.feed_watchdog(0.003))
        await asyncio.sleep(0)
        assert heard.recv(4096) == b"WATCHDOG=1"
        time.sleep(0.05)  # noqa: ASYNC251
        with pytest.raises(BlockingIOError):
            heard.recv(4096)
        feeding.cancel()

    asyncio.run(hang())
