"""A store that fails for a while: what was left undone is done as soon as it works again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import upkeep, watchlist
from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.plugins import Catalogue
from syseventd.store import Store, open_store
from syseventd.testing import RunningDaemon, running_daemon, wait_until


def _toy(*jobs: str, **more: Any) -> dict[str, Any]:
    return {"type": "toy", "interval": "50ms", "jobs": list(jobs), **more}


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syseventd.upkeep.CATCH_UP_EVERY", 0.05)
    monkeypatch.setattr("syseventd.upkeep.PRUNE_EVERY", 0.05)
    monkeypatch.setattr("syseventd.upkeep.PRUNE_AFTER", 0.05)


@contextmanager
def _broken(folder: Path) -> Iterator[None]:
    """While it lasts the store has lost a table."""
    with closing(sqlite3.connect(folder / "events.db", isolation_level=None)) as database:
        database.execute("PRAGMA legacy_alter_table = ON")
        database.execute("ALTER TABLE transition RENAME TO hidden")
        yield
        database.execute("ALTER TABLE hidden RENAME TO transition")


async def _status(daemon: RunningDaemon) -> int:
    async with daemon.session.get(daemon.url + "-/ready") as reply:
        return reply.status


async def _ready(daemon: RunningDaemon, *, is_so: bool) -> None:
    async def look() -> bool:
        return (await _status(daemon) == 200) is is_so

    await wait_until(look)


async def _events(daemon: RunningDaemon, state: str, number: int) -> list[tuple[str, str]]:
    """Target and name of the events in a state, once there are so many."""

    async def look() -> list[tuple[str, str]] | None:
        found = (await daemon.json(f"api/v1/events?state={state}"))["events"]
        return [(e["target"], e["name"]) for e in found] if len(found) == number else None

    return await wait_until(look)


def test_daemon_is_ready_again_without_anything_new(catalogue: Catalogue, tmp_path: Path) -> None:
    """What could not be stored came and went meanwhile."""

    async def live() -> list[str]:
        with capture_logs() as logs:
            async with running_daemon({"targets": {"a": _toy()}}, tmp_path, catalogue) as daemon:
                with _broken(tmp_path):
                    await daemon.reload({"targets": {"a": _toy("one")}})
                    await _ready(daemon, is_so=False)
                    assert "\nsyseventd_ready 0.0\n" in await daemon.text("metrics")
                    await daemon.reload({"targets": {"a": _toy()}})
                await _ready(daemon, is_so=True)
                assert "\nsyseventd_ready 1.0\n" in await daemon.text("metrics")
        return [e["event"] for e in logs if e["event"].startswith("store_")]

    assert asyncio.run(live()) == ["store_failed", "store_recovered"]


def test_what_is_asked_seldom_is_stored_as_soon_as_that_can_be(
    catalogue: Catalogue, tmp_path: Path, toy: Any, quick_name: str
) -> None:
    """Not at its next turn, which is an hour away."""
    name = quick_name
    target = _toy("one", interval="1h", sources={"more": {"enabled": False}})

    async def live() -> list[tuple[str, str]]:
        async with running_daemon({}, tmp_path, catalogue) as daemon:
            with _broken(tmp_path):
                await daemon.reload({"targets": {name: target}})
                await _ready(daemon, is_so=False)
            await _ready(daemon, is_so=True)
            return await _events(daemon, "active", 1)

    assert asyncio.run(live()) == [(name, "one")]
    assert toy.WORLD.probes[f"{name}/jobs"] >= 2


def test_target_that_is_taken_out_meanwhile_ends_as_soon_as_that_can_be_stored(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Until then its events are shown, for they are open; then they are ended once."""
    tables = {"targets": {"a": _toy("one"), "b": _toy("two")}}

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await _events(daemon, "active", 4)
            with _broken(tmp_path):
                assert await daemon.reload({"targets": {"b": _toy("two")}}) is None
                page = await daemon.text("metrics")
                assert 'syseventd_events{target="a"' in page
                assert await _status(daemon) == 503
            await _events(daemon, "active", 2)
            ended = await _events(daemon, "ended", 2)
            assert {target for target, _ in ended} == {"a"}
            assert 'target="a"' not in await daemon.text("metrics")
            await _ready(daemon, is_so=True)

    asyncio.run(live())


def test_target_that_is_taken_out_and_put_back_meanwhile_goes_on(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Its events have never ended, and do not start anew."""
    tables = {"targets": {"a": _toy("one")}}

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await _events(daemon, "active", 2)
            with _broken(tmp_path):
                assert await daemon.reload({}) is None
                assert await daemon.reload(tables) is None
            await _ready(daemon, is_so=True)
            await _events(daemon, "active", 2)
            await _events(daemon, "all", 2)

    asyncio.run(live())


def test_history_that_a_running_sink_waits_for_stays(
    catalogue: Catalogue, tmp_path: Path, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once the configuration names it no more: until a restart it is still at work."""
    passes = 0
    prune = Store.prune

    async def counted(store: Store, *args: Any, **more: Any) -> Any:
        nonlocal passes
        gone = await prune(store, *args, **more)
        passes += 1
        return gone

    monkeypatch.setattr(Store, "prune", counted)
    tables = {
        "targets": {"a": _toy("one")},
        "sinks": {"one": {"type": "toy"}},
        "defaults": {"history": "1ms"},
    }

    async def live() -> list[tuple[str, str]]:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            toy.WORLD.refusing = True
            await _events(daemon, "active", 2)
            assert await daemon.reload({"defaults": {"history": "1ms"}}) is None
            await _events(daemon, "ended", 2)
            seen = passes

            async def pruned_twice() -> bool:
                return passes > seen + 1

            await wait_until(pruned_twice)
            return await _events(daemon, "ended", 2)

    assert {target for target, _ in asyncio.run(live())} == {"a"}


def test_reload_that_breaks_off_changes_nothing(
    catalogue: Catalogue, tmp_path: Path, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One target was gone already when another could not be made: both are as they were."""
    tables = {"targets": {"a": _toy("one"), "b": _toy("two")}}
    real = watchlist.WatchedTarget

    def fail(config: Any) -> Any:
        if config.target.settings.jobs == ("new",):
            raise MemoryError
        return real(config)

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            before = await _events(daemon, "active", 4)
            monkeypatch.setattr(watchlist, "WatchedTarget", fail)
            refused = await daemon.reload({"targets": {"b": _toy("new")}})
            assert refused == "the daemon could not reload: MemoryError()"
            seen = dict(toy.WORLD.probes)

            async def all_go_on() -> bool:
                return all(toy.WORLD.probes[name] > seen[name] + 5 for name in seen)

            await wait_until(all_go_on)  # what catches up has had its turns too
            assert await _events(daemon, "all", 4) == before

    asyncio.run(live())


def test_history_follows_the_configuration(catalogue: Catalogue, tmp_path: Path) -> None:
    """A reload that shortens it has the old events go, without a restart."""

    async def live() -> None:
        async with running_daemon({"targets": {"a": _toy("one")}}, tmp_path, catalogue) as daemon:
            await _events(daemon, "active", 2)
            assert await daemon.reload({}) is None
            await _events(daemon, "ended", 2)
            assert await daemon.reload({"defaults": {"history": "1ms"}}) is None

            async def is_empty() -> bool:
                return (await daemon.json("api/v1/events?state=all"))["events"] == []

            await wait_until(is_empty)

    asyncio.run(live())


def test_catching_up_and_reloading_take_turns(tmp_path: Path) -> None:
    """Both change what is watched."""

    async def live() -> list[bool]:
        settled, held, again = asyncio.Lock(), list[bool](), asyncio.Event()

        class Watching:
            def probe_soon(self, sources: object) -> None:
                held.append(settled.locked())

            async def end_unwatched(self) -> None:
                held.append(settled.locked())
                again.set()

        store = await open_store("sqlite://")
        ledger = Ledger(store, Board(), Instruments())
        watching: Any = Watching()
        catching = asyncio.create_task(upkeep.catch_up(ledger, watching, settled))
        await asyncio.wait_for(again.wait(), 10.0)
        catching.cancel()
        await store.close()
        return held

    assert asyncio.run(live()) == [True, True]
