"""How the daemon ends: in time whatever hangs, and not in silence when a part of it dies."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from syseventd.errors import TaskDied
from syseventd.plugins import Catalogue
from syseventd.testing import running_daemon, wait_until

QUIET = '[daemon]\nlisten = "127.0.0.1:0"\n'
PROMISED = 10.0
"""Seconds within which the daemon is gone after SIGTERM."""


def _hanging(folder: Path, *targets: tuple[str, str]) -> tuple[str, list[Path]]:
    """A configuration with targets of these types that do this, and the marks of their probes."""
    text, marks = QUIET, []
    for number, (kind, does) in enumerate(targets):
        mark = folder / f"mark-{number}"
        marks.append(mark)
        text += (
            f'[targets.t{number}]\ntype = "{kind}"\ndoes = "{does}"\nmark = "{mark}"\n'
            'interval = "100ms"\ntimeout = "1h"\n'
        )
    return text, marks


def test_interrupt_ends_it_with_success(run: Any) -> None:
    """Ctrl-C is as good as SIGTERM."""
    daemon = run(QUIET + '[targets.a]\ntype = "toy"\n')
    daemon.logged("started")
    daemon.send(signal.SIGINT)
    assert daemon.ended() == 0
    assert [line["event"] for line in daemon.log] == ["started", "stopping", "stopped"]


def test_hung_sources_do_not_hold_it_up(run: Any, tmp_path: Path) -> None:
    """One that awaits for ever, that swallows its cancellation, in a thread, in a process.

    And one that has left such a task behind.
    """
    text, marks = _hanging(
        tmp_path,
        ("toy", "hang"),
        ("toy", "swallow"),
        ("toy", "begin another"),
        ("toy-thread", "hang"),
        ("toy-process", "hang"),
        ("toy-process", "spin"),
    )
    daemon = run(text)
    daemon.until(lambda: all(mark.exists() for mark in marks))
    daemon.send(signal.SIGTERM)
    told = time.monotonic()
    assert daemon.until(lambda: daemon.get("-/ready")[0] == 503)
    assert "stopping" in daemon.get("-/ready")[1]
    assert daemon.ended() == 0
    assert time.monotonic() - told < PROMISED


def test_hung_lookups_hold_up_neither_metrics_nor_reload_nor_the_end(
    run: Any, tmp_path: Path
) -> None:
    """More than Python's own pool has threads for, which has 32 at most."""
    text, marks = _hanging(tmp_path, *[("toy", "look-up")] * 40)
    daemon = run(text.replace("[daemon]", "[daemon]\nmax_probes = 512"))
    daemon.until(lambda: all(mark.exists() for mark in marks))
    assert daemon.get("metrics")[0] == 200
    daemon.send(signal.SIGHUP)
    daemon.logged("reloaded")
    daemon.send(signal.SIGTERM)
    told = time.monotonic()
    assert daemon.ended() == 0
    assert time.monotonic() - told < PROMISED


def test_blocked_event_loop_does_not_hold_it_up(run: Any, tmp_path: Path) -> None:
    """It can't end well, so it ends by force, and says so."""
    text, (mark,) = _hanging(tmp_path, ("toy", "block"))
    daemon = run(text)
    daemon.until(mark.exists)
    daemon.send(signal.SIGTERM)
    told = time.monotonic()
    assert daemon.ended() == 70
    assert time.monotonic() - told < PROMISED
    assert daemon.log[-1]["event"] == "ended_by_force"


def test_second_signal_changes_nothing(run: Any, tmp_path: Path) -> None:
    """Nor does SIGHUP on the way out."""
    text, (mark,) = _hanging(tmp_path, ("toy", "hang"))
    daemon = run(text)
    daemon.until(mark.exists)
    daemon.send(signal.SIGTERM)
    daemon.logged("stopping")
    daemon.send(signal.SIGTERM)
    daemon.send(signal.SIGHUP)
    assert daemon.ended() == 0
    assert daemon.log[-1]["event"] == "stopped"


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (None, "it ended"),
        (asyncio.CancelledError(), "it was cancelled"),
        (OSError(5), "OSError(5)"),
    ],
)
def test_background_task_that_dies_stops_the_daemon(
    catalogue: Catalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: BaseException | None,
    told: str,
) -> None:
    """systemd starts it again; until then nobody believes that all is well."""

    async def die(*_: object) -> None:
        if end is not None:
            raise end

    monkeypatch.setattr("syseventd.service.prune_history", die)

    async def live() -> None:
        async with running_daemon({}, tmp_path, catalogue) as daemon:

            async def is_gone() -> bool:
                try:
                    await daemon.json("-/healthy")
                except aiohttp.ClientConnectionError:
                    return True
                return False

            await wait_until(is_gone)

    with capture_logs() as logs, pytest.raises(TaskDied) as raised:
        asyncio.run(live())
    assert str(raised.value) == f"the prune task died: {told}"
    assert [e["task"] for e in logs if e["event"] == "task_died"] == ["prune"]


def test_sink_that_swallows_its_cancellation_does_not_hold_it_up(run: Any, series: Any) -> None:
    """It is ended by force, and the daemon ends well, not by force itself."""
    sink = '[sinks.pager]\ntype = "toy"\nbreaks = "swallow"\n'
    daemon = run(QUIET + sink + '[targets.a]\ntype = "toy"\ninterval = "100ms"\njobs = ["one"]\n')

    def delivering() -> bool:
        return any(series(daemon.get("metrics")[1], "syseventd_sink_backlog").values())

    daemon.until(delivering)
    daemon.send(signal.SIGTERM)
    told = time.monotonic()
    assert daemon.ended() == 0
    assert time.monotonic() - told < PROMISED
    tail = [line["event"] for line in daemon.log][-3:]
    assert tail == ["stopping", "task_ended_by_force", "stopped"]


@pytest.mark.parametrize("breaks", ["cancel", "exit", "making"])
def test_sink_that_would_end_its_task_stops_nothing(run: Any, breaks: str) -> None:
    """It fails, and is told to fail; the daemon lives on and ends well."""
    sink = f'[sinks.pager]\ntype = "toy"\nbreaks = "{breaks}"\n'
    daemon = run(QUIET + sink + '[targets.a]\ntype = "toy"\ninterval = "100ms"\njobs = ["one"]\n')
    assert daemon.logged("sink_failed")["sink"] == "pager"
    assert daemon.get("-/ready")[0] == 200
    assert daemon.stop() == 0


def test_reload_under_way_is_finished_first(toy: Any, catalogue: Catalogue, tmp_path: Path) -> None:
    """What it began to watch is closed with the rest."""

    async def live() -> set[str]:
        with capture_logs() as logs:
            async with running_daemon({}, tmp_path, catalogue) as daemon:
                daemon.write({"targets": {"a": {"type": "toy"}}})
                daemon.service.reload_soon()
                await asyncio.sleep(0)  # it begins
                daemon.service.stop()
        assert logs[-1]["event"] == "stopped"
        return {entry["event"] for entry in logs}

    assert asyncio.run(live()) == {"started", "stopping", "reloaded", "stopped"}
    assert toy.WORLD.connected == toy.WORLD.closed == {"a": 1}
