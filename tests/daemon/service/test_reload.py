"""A reload changes what it must, leaves alone the rest, and changes nothing where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import hookimpl
from syseventd.plugins import Catalogue
from syseventd.testing import RunningDaemon, catalogue_of, running_daemon, wait_until

Series = Callable[[str, str], dict[str, float]]
Visit = Callable[[RunningDaemon], Awaitable[Any]]

DATE = 4102444800.0


def _toy(*jobs: str, **more: Any) -> dict[str, Any]:
    return {"type": "toy", "interval": "50ms", "jobs": list(jobs), "date": DATE, **more}


BOTH = {"targets": {"a": _toy("one"), "b": _toy("two")}}


@pytest.fixture
def visit(catalogue: Catalogue, tmp_path: Path) -> Callable[..., Any]:
    """Runs a daemon with two targets, waits until all is seen, and lets a test look."""

    def visit(look: Visit, tables: dict[str, Any] = BOTH) -> Any:
        async def live() -> Any:
            async with running_daemon(tables, tmp_path, catalogue) as daemon:
                count = 2 * len(tables["targets"])
                await wait_until(lambda: _events(daemon, at_least=count))
                return await look(daemon)

        return asyncio.run(live())

    return visit


TIME = "syseventd_config_last_reload_success_timestamp_seconds"


async def _events(daemon: RunningDaemon, state: str = "active", at_least: int = 0) -> Any:
    events = (await daemon.json(f"api/v1/events?state={state}"))["events"]
    return events if len(events) >= at_least else None


async def _is(truth: Callable[[], bool]) -> bool:
    return truth()


def test_wrong_configuration_changes_nothing_and_says_why(
    visit: Any, toy: Any, series: Series
) -> None:
    async def look(daemon: RunningDaemon) -> tuple[str | None, Any, str]:
        with capture_logs() as logs:
            reason = await daemon.reload({"targets": {"a": {"type": "toi"}, "b": {"jobs": 5}}})
        return reason, logs, await daemon.text("metrics")

    reason, logs, page = visit(look)
    faults = [
        'targets.a.type: "toi" is no target type; the nearest is "toy"',
        "targets.b.type: is missing: the kind of system; "
        'write type = "toy", "toy-process" or "toy-thread"',
    ]
    assert reason == "\n".join(faults)
    assert [entry["faults"] for entry in logs if entry["event"] == "reload_refused"] == [faults]
    assert series(page, "syseventd_config_last_reload_successful") == {"": 0.0}
    assert toy.WORLD.connected == {"a": 1, "b": 1}
    assert len(series(page, "syseventd_expiry_timestamp_seconds")) == 2


def test_right_one_after_a_wrong_one_is_successful_again(visit: Any, series: Series) -> None:
    async def look(daemon: RunningDaemon) -> tuple[float, float, float]:
        began = series(await daemon.text("metrics"), TIME)[""]
        await daemon.reload({"web": 5})
        meanwhile = series(await daemon.text("metrics"), TIME)[""]
        assert await daemon.reload(BOTH) is None
        page = await daemon.text("metrics")
        assert series(page, "syseventd_config_last_reload_successful") == {"": 1.0}
        return began, meanwhile, series(page, TIME)[""]

    began, meanwhile, ended = visit(look)
    assert began == meanwhile < ended


def test_untouched_target_runs_on(visit: Any, toy: Any, series: Series) -> None:
    """Its connection, its count of probes and its next run are what they were."""

    async def look(daemon: RunningDaemon) -> tuple[float, float]:
        key = '{target="b",source="jobs"}'
        before = series(await daemon.text("metrics"), "syseventd_probes_total")[key]
        with capture_logs() as logs:
            assert await daemon.reload({"targets": {"a": _toy("new"), "b": _toy("two")}}) is None
        assert [e["changed_targets"] for e in logs if e["event"] == "reloaded"] == [["a"]]
        after = series(await daemon.text("metrics"), "syseventd_probes_total")[key]
        seen = toy.WORLD.probes["b/jobs"]
        await wait_until(lambda: _is(lambda: toy.WORLD.probes["b/jobs"] > seen))
        return before, after

    before, after = visit(look)
    assert 0 < before <= after
    assert toy.WORLD.connected == {"a": 2, "b": 1}


def test_removed_target_ends_as_unwatched(visit: Any, toy: Any, series: Series) -> None:
    """Its events end, its dates and its page go, and its connection is closed."""

    async def look(daemon: RunningDaemon) -> tuple[Any, str, Any]:
        assert await daemon.reload({"targets": {"b": _toy("two")}}) is None
        targets = (await daemon.json("api/v1/targets"))["targets"]
        return await _events(daemon, "ended"), await daemon.text("metrics"), targets

    ended, page, targets = visit(look)
    assert {(e["target"], e["end_reason"]) for e in ended} == {("a", "unwatched")}
    assert all('target="b"' in k for k in series(page, "syseventd_expiry_timestamp_seconds"))
    assert 'target="a"' not in page
    assert [target["name"] for target in targets] == ["b"]
    assert toy.WORLD.closed["a"] == 1


def test_added_target_is_watched(visit: Any, toy: Any) -> None:
    async def look(daemon: RunningDaemon) -> Any:
        assert await daemon.reload({"targets": {**BOTH["targets"], "c": _toy("three")}}) is None
        return await wait_until(lambda: _events(daemon, at_least=6))

    assert {event["target"] for event in visit(look)} == {"a", "b", "c"}
    assert toy.WORLD.connected == {"a": 1, "b": 1, "c": 1}


def test_changed_target_keeps_what_is_known(visit: Any, toy: Any) -> None:
    """The event is the same one, and what it lacks now ends as gone, after a look."""

    async def look(daemon: RunningDaemon) -> tuple[Any, Any, Any]:
        before = await _events(daemon)
        changed = {"targets": {"a": _toy("one", address="elsewhere"), "b": _toy("two")}}
        assert await daemon.reload(changed) is None
        at_once = await _events(daemon)
        probes = toy.WORLD.probes["a/jobs"]
        await wait_until(lambda: _is(lambda: toy.WORLD.probes["a/jobs"] > probes + 1))
        assert (toy.WORLD.connected["a"], toy.WORLD.closed["a"]) == (2, 1)
        return before, at_once, await _events(daemon)

    before, at_once, after = visit(look)
    assert _ids(before) == _ids(at_once) == _ids(after)


def test_source_that_is_switched_off_ends_alone(visit: Any) -> None:
    async def look(daemon: RunningDaemon) -> Any:
        target = _toy("one", sources={"more": {"enabled": False}})
        assert await daemon.reload({"targets": {"a": target, "b": _toy("two")}}) is None
        return await _events(daemon, "ended"), await _events(daemon)

    ended, active = visit(look)
    assert {(e["target"], e["source"]) for e in ended} == {("a", "more")}
    assert len(active) == 3


def test_longest_backoff_concerns_every_target(visit: Any, toy: Any) -> None:
    async def look(daemon: RunningDaemon) -> None:
        assert await daemon.reload({**BOTH, "defaults": {"max_backoff": "5m"}}) is None

    visit(look)
    assert toy.WORLD.connected == {"a": 2, "b": 2}


def test_no_scrape_misses_a_target_that_changes(visit: Any, toy: Any, series: Series) -> None:
    """Its dates stay in the metrics while an old probe takes its time to end."""

    async def look(daemon: RunningDaemon) -> set[int]:
        hanging = {"targets": {"a": _toy("one", does="swallow"), "b": _toy("two")}}
        assert await daemon.reload(hanging) is None
        probes = toy.WORLD.probes["a/jobs"]
        await wait_until(lambda: _is(lambda: toy.WORLD.probes["a/jobs"] > probes))
        reload = asyncio.create_task(daemon.reload(BOTH))
        counts = set()
        while not reload.done():
            page = await daemon.text("metrics")
            counts.add(len(series(page, "syseventd_expiry_timestamp_seconds")))
        assert await reload is None
        return counts

    assert visit(look) == {2}


def test_what_needs_a_restart_is_named(visit: Any) -> None:
    """And is not half done."""

    async def look(daemon: RunningDaemon) -> Any:
        with capture_logs() as logs:
            changes = {"daemon": {"language": "sv"}, "defaults": {"max_series_per_target": 100}}
            assert await daemon.reload({**BOTH, **changes}) is None
        return [entry["settings"] for entry in logs if entry["event"] == "restart_needed"]

    assert visit(look) == [["daemon.language", "defaults.max_series_per_target"]]


def test_one_reload_is_enough_for_all_who_asked_before_it(visit: Any) -> None:
    """A storm of signals costs one under way and one more, not a thousand."""

    async def look(daemon: RunningDaemon) -> list[str]:
        with capture_logs() as logs:
            for _ in range(1000):
                daemon.service.reload_soon()
            await asyncio.sleep(0)  # the first begins
            for _ in range(1000):
                daemon.service.reload_soon()
            assert await daemon.service.reload() is None
        return [entry["event"] for entry in logs if entry["event"] == "reloaded"]

    assert len(visit(look)) == 2


def test_restart_is_needed_as_long_as_what_runs_differs(visit: Any) -> None:
    """Not from the configuration before: one that goes back needs none, one that stays does."""
    changed = {**BOTH, "defaults": {"max_series_per_target": 700}}

    async def look(daemon: RunningDaemon) -> list[list[str]]:
        needs = []
        for tables in (changed, changed, BOTH, changed):
            with capture_logs() as logs:
                await daemon.reload(tables)
            needs.append([n for e in logs if e["event"] == "restart_needed" for n in e["settings"]])
        return needs

    one = ["defaults.max_series_per_target"]
    assert visit(look) == [one, one, [], one]


def test_connections_are_closed_at_once(visit: Any, toy: Any) -> None:
    """One that takes its time delays no other: here each waits until both are closing."""

    async def look(daemon: RunningDaemon) -> list[str]:
        toy.WORLD.closing = asyncio.Barrier(2)
        with capture_logs() as logs:
            assert await daemon.reload({}) is None
        toy.WORLD.closing = None
        return [entry["event"] for entry in logs]

    assert "connection_not_closed" not in visit(look)
    assert toy.WORLD.closed == {"a": 1, "b": 1}


def test_reloads_wait_for_each_other(visit: Any, toy: Any) -> None:
    """The last one asked for holds."""

    async def look(daemon: RunningDaemon) -> Any:
        daemon.write({"targets": {"a": _toy("one")}})
        first = asyncio.create_task(daemon.service.reload())
        daemon.service.reload_soon()
        assert await first is None
        assert await daemon.reload({"targets": {"b": _toy("two")}}) is None
        return (await daemon.json("api/v1/targets"))["targets"]

    assert [target["name"] for target in visit(look)] == ["b"]
    assert toy.WORLD.connected["b"] == toy.WORLD.closed["b"] == 2


def test_fault_of_ours_is_no_silent_one(visit: Any, series: Series) -> None:
    """What nobody foresaw is logged, and told to whom asked."""

    async def look(daemon: RunningDaemon) -> tuple[str | None, Any, str]:
        with capture_logs() as logs:
            reason = await daemon.reload(None)  # type: ignore[arg-type]
        return reason, [entry["event"] for entry in logs], await daemon.text("metrics")

    reason, events, page = visit(look)
    assert reason is not None
    assert reason.startswith("the daemon could not reload: AttributeError(")
    assert "reload_failed" in events
    assert series(page, "syseventd_config_last_reload_successful") == {"": 0.0}


def test_daemon_that_stops_does_not_reload(visit: Any) -> None:
    async def look(daemon: RunningDaemon) -> Any:
        daemon.service.stop()
        return await daemon.reload({})

    assert visit(look) == "the daemon is stopping"


def test_post_reloads_where_it_is_enabled(visit: Any) -> None:
    tables = {**BOTH, "web": {"reload_enabled": True}}

    async def look(daemon: RunningDaemon) -> list[tuple[int, Any]]:
        replies = []
        for written in ({**tables, "targets": {"b": _toy("two")}}, {"web": 5}):
            daemon.write(written)
            async with daemon.session.post(daemon.url + "-/reload") as reply:
                replies.append((reply.status, await reply.json()))
        targets = (await daemon.json("api/v1/targets"))["targets"]
        assert [target["name"] for target in targets] == ["b"]
        return replies

    assert visit(look, tables) == [
        (200, {"status": "reloaded"}),
        (500, {"error": "web: is not a table; write it as [web]"}),
    ]


def test_post_reloads_nothing_where_it_is_not(visit: Any) -> None:
    async def look(daemon: RunningDaemon) -> tuple[int, str]:
        daemon.write({})
        async with daemon.session.post(daemon.url + "-/reload") as reply:
            assert len(await _events(daemon)) == 4
            return reply.status, (await reply.json())["error"]

    status, reason = visit(look)
    assert status == 404
    assert "reload_enabled = true" in reason


@hookimpl
def tabs() -> None:
    raise LookupError("this plugin is broken")


def test_target_that_only_a_refused_plugin_can_watch_stays_until_it_is_taken_out(
    toy: ModuleType, tmp_path: Path, series: Series
) -> None:
    """A reload that gives a target such a type ends nothing of it; one that drops it does."""
    broken = ModuleType("broken_toy")
    broken.tabs = tabs  # type: ignore[attr-defined]
    strange = {"targets": {"a": {"type": "strange"}, "b": _toy("two")}}

    async def live() -> tuple[Any, str, Any]:
        async with running_daemon(BOTH, tmp_path, catalogue_of(toy, broken)) as daemon:
            before = await wait_until(lambda: _events(daemon, at_least=4))
            with capture_logs() as logs:
                assert await daemon.reload(strange) is None
            assert [e["place"] for e in logs if e["event"] == "without_plugin"] == [
                "targets.a.type"
            ]
            assert _ids(await _events(daemon)) == _ids(before)
            page = await daemon.text("metrics")
            assert await daemon.reload({"targets": {"b": _toy("two")}}) is None
            return await _events(daemon, "ended"), page, await daemon.text("metrics")

    ended, page, after = asyncio.run(live())
    assert {event["target"] for event in ended} == {"a"}
    assert len(series(page, "syseventd_expiry_timestamp_seconds")) == 2
    assert len(series(after, "syseventd_expiry_timestamp_seconds")) == 1


def test_change_that_broke_off_is_mended_by_the_next(
    visit: Any, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wanted is compared with what is watched, not with what was wanted before."""

    async def look(daemon: RunningDaemon) -> list[str]:
        def fail(target: object) -> None:
            raise MemoryError

        wanted = {"targets": {"a": _toy("one"), "b": _toy("two"), "c": _toy("three")}}
        with monkeypatch.context() as patched:
            patched.setattr("syseventd.watchlist.WatchedTarget", fail)
            assert await daemon.reload(wanted) == "the daemon could not reload: MemoryError()"
        assert await daemon.reload(wanted) is None
        return [t["name"] for t in (await daemon.json("api/v1/targets"))["targets"]]

    assert sorted(visit(look)) == ["a", "b", "c"]
    assert toy.WORLD.connected == {"a": 1, "b": 1, "c": 1}


def test_target_that_was_taken_out_is_no_longer_known(visit: Any) -> None:
    async def look(daemon: RunningDaemon) -> int:
        await daemon.reload({"targets": {"b": _toy("two")}})
        async with daemon.session.get(daemon.url + "api/v1/targets/a") as reply:
            return reply.status

    assert visit(look) == 404


def _ids(events: Any) -> set[int]:
    return {event["id"] for event in events}
