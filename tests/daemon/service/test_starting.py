"""How the daemon starts: what it says, where it keeps its state, and why it can't."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import stat
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd.errors import CannotListen, StoreUnusable
from syseventd.plugins import Catalogue
from syseventd.testing import running_daemon, wait_until

QUIET = '[daemon]\nlisten = "127.0.0.1:0"\n'
TOY = QUIET + '[targets.a]\ntype = "toy"\ninterval = "100ms"\njobs = ["one"]\n'

Series = Callable[[str, str], dict[str, float]]


def test_configuration_becomes_events_and_metrics(run: Any) -> None:
    """The log names the address with the port that was really taken; the rest is there."""
    daemon = run(TOY)
    assert daemon.logged("started")["targets"] == 1
    assert daemon.get("-/healthy")[0] == 200
    assert daemon.get("-/ready") == (200, '{"status": "ready"}')
    daemon.until(lambda: json.loads(daemon.get("api/v1/events")[1])["events"])
    assert 'syseventd_events{target="a"' in daemon.get("metrics")[1]
    assert daemon.stop() == 0


def test_store_is_in_the_state_directory_for_our_eyes_only(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    async def live() -> int:
        async with running_daemon({}, tmp_path, catalogue):
            return (tmp_path / "events.db").stat().st_mode

    assert stat.S_IMODE(asyncio.run(live())) == 0o600


def test_systemd_is_told_all_that_it_waits_for(run: Any, systemd: Any) -> None:
    """Ready once it serves; three signs of life in what it waits for one; and stopping."""
    daemon = run(TOY, NOTIFY_SOCKET=systemd.address, WATCHDOG_USEC="600000")
    ready = systemd.next()
    assert ready == {"READY": "1", "STATUS": "watching 2 sources of 1 targets"}
    assert daemon.get("-/ready")[0] == 200
    for _ in range(3):
        assert systemd.next() == {"WATCHDOG": "1"}
    assert daemon.stop() == 0
    assert systemd.next_of("STOPPING") == {"STOPPING": "1"}


def test_wrong_configuration_is_told_without_a_traceback(run: Any) -> None:
    daemon = run("[daemon]\nlisten = 9965\n[defaults]\ninterval = 5\n")
    assert daemon.ended() == 1
    assert [line.split(":")[0] for line in daemon.plain] == ["daemon.listen", "defaults.interval"]


def test_address_in_use_is_told_in_words(run: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        daemon = run(f'[daemon]\nlisten = "{address}"\n[targets.a]\ntype = "toy"\n')
        assert daemon.ended() == 1
    reason = "Address already in use; choose another in [daemon] listen"
    assert daemon.plain == [f"syseventd: can't listen on {address}: {reason}"]


def test_state_directory_that_is_not_there_is_told_in_words(run: Any, tmp_path: Path) -> None:
    daemon = run(QUIET, STATE_DIRECTORY=str(tmp_path / "gone"))
    assert daemon.ended() == 1
    assert daemon.plain == [
        f"syseventd: the store sqlite:///{tmp_path}/gone/events.db can't be used: "
        f"there is no {tmp_path}/gone/"
    ]


def test_nothing_is_touched_where_the_address_is_in_use(
    toy: Any, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Another daemon may be at work there: no target is connected, no store made."""

    async def start() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            tables = {"daemon": {"listen": listen}, "targets": {"a": {"type": "toy"}}}
            try:
                async with running_daemon(tables, tmp_path, catalogue):
                    raise AssertionError("it should not have started")
            except CannotListen:
                pass

    asyncio.run(start())
    assert toy.WORLD.connected == {}
    assert list(tmp_path.iterdir()) == []


def test_targets_are_closed_where_the_start_breaks_off(
    toy: Any, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was connected by then does not stay open."""

    def fail(context: object) -> None:
        raise MemoryError

    async def start() -> None:
        monkeypatch.setattr("syseventd.service.make_app", fail)
        with pytest.raises(MemoryError):
            async with running_daemon({"targets": {"a": {"type": "toy"}}}, tmp_path, catalogue):
                raise AssertionError("it should not have started")

    asyncio.run(start())
    assert toy.WORLD.connected == toy.WORLD.closed == {"a": 1}


def test_before_the_store_is_open_the_daemon_lives_and_is_not_ready(
    run: Any, tmp_path: Path
) -> None:
    """The port answers from the start: 503 with the reason to all but `/-/healthy`."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"

    def ask(path: str) -> tuple[int, str] | None:
        try:
            with urllib.request.urlopen(url + path, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return None

    with closing(sqlite3.connect(tmp_path / "events.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        daemon = run(f'[daemon]\nlisten = "127.0.0.1:{port}"\n')
        assert daemon.until(lambda: ask("-/healthy")) == (200, '{"status": "healthy"}')
        for path in ("-/ready", "metrics", "api/v1/events", ""):
            status, text = ask(path) or pytest.fail("no answer")
            assert status == 503
            assert "starting: the store is being opened" in text
        other.execute("ROLLBACK")
    assert daemon.address == url
    assert ask("-/ready") == (200, '{"status": "ready"}')


def test_stop_while_the_store_is_locked_is_a_good_end(run: Any, tmp_path: Path) -> None:
    """Whoever stops it need not wait for the lock, and is told of no failure."""
    with closing(sqlite3.connect(tmp_path / "events.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        daemon = run(f'[daemon]\nlisten = "127.0.0.1:{port}"\n')

        def listens() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                return False
            return True

        daemon.until(listens)
        assert daemon.stop() == 0
    assert [line["event"] for line in daemon.log] == ["stopped"]
    assert daemon.plain == []


def test_store_of_a_newer_version_is_not_touched(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "events.db").write_text("this is no database, and was once something dear")

    async def start() -> None:
        try:
            async with running_daemon({}, tmp_path, catalogue):
                raise AssertionError("it should not have started")
        except StoreUnusable:
            pass

    asyncio.run(start())
    assert "something dear" in (tmp_path / "events.db").read_text()


def test_ipv6_address_is_written_in_brackets(catalogue: Catalogue, tmp_path: Path) -> None:
    async def look() -> str:
        tables = {"daemon": {"listen": "[::1]:0"}}
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await daemon.json("-/ready")
            return daemon.url

    assert asyncio.run(look()).startswith("http://[::1]:")


def test_transitions_reach_a_sink(toy: Any, catalogue: Catalogue, tmp_path: Path) -> None:
    """A sink that is new begins at the present: with the first event after its start."""

    async def look() -> None:
        target = {"type": "toy", "interval": "100ms", "sources": {"more": {"enabled": False}}}
        tables = {"targets": {"a": target}, "sinks": {"one": {"type": "toy"}}}
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await wait_until(lambda: _is(toy.WORLD.probes["a/jobs"] > 0))
            await daemon.reload({**tables, "targets": {"a": {**target, "jobs": ["one"]}}})
            await wait_until(lambda: _is(bool(toy.WORLD.delivered)))

    asyncio.run(look())
    assert toy.WORLD.delivered == [1]


async def _is(truth: bool) -> bool:
    return truth


def test_history_is_pruned(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ended longer ago than `history` is gone with the next look, and the log says so."""
    monkeypatch.setattr("syseventd.upkeep.PRUNE_AFTER", 0.05)

    async def live(**defaults: str) -> list[Any]:
        target = {"type": "toy", "interval": "50ms", "jobs": ["one"]}
        tables = {"targets": {"a": target}}  # this daemon must not prune them itself

        async def active() -> bool:
            return len((await daemon.json("api/v1/events?state=active"))["events"]) == 2

        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await wait_until(active)
            await daemon.reload({})
        with capture_logs() as logs:
            async with running_daemon({"defaults": defaults}, tmp_path, catalogue) as daemon:
                await wait_until(lambda: _is(any(e["event"] == "history_pruned" for e in logs)))
                assert (await daemon.json("api/v1/events?state=all"))["events"] == []
        return [entry["events"] for entry in logs if entry["event"] == "history_pruned"]

    assert asyncio.run(live(history="1ms")) == [2]


def test_store_that_can_not_be_written_is_no_ready_daemon(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Probes go on, and what they see is stored once that can be done."""

    async def live() -> tuple[int, str]:
        target = {"type": "toy", "interval": "50ms", "jobs": ["one"]}
        async with running_daemon({}, tmp_path, catalogue) as daemon:
            with closing(sqlite3.connect(tmp_path / "events.db")) as database:
                database.execute("DROP TABLE transition")
            await daemon.reload({"targets": {"a": target}})

            async def unready() -> tuple[int, str] | None:
                async with daemon.session.get(daemon.url + "-/ready") as reply:
                    return (503, await reply.text()) if reply.status == 503 else None

            return await wait_until(unready)

    status, text = asyncio.run(live())
    assert status == 503
    assert "the store can't be written: " in text
