"""A reload asks what fails at once, but for those who asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syseventd.plugins import Catalogue
from syseventd.testing import RunningDaemon, running_daemon, wait_until


def test_what_fails_is_asked_at_once(
    catalogue: Catalogue, tmp_path: Path, toy: Any, quick_name: str
) -> None:
    """Whoever reloads has perhaps repaired something, and need not wait for the backoff's end."""
    source = f"{quick_name}/jobs"
    tables = {"targets": {quick_name: {"type": "toy", "interval": "1h"}}}
    toy.WORLD.unreachable.add(source)

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await _is_failing(daemon, quick_name)
            assert toy.WORLD.probes[source] == 1
            toy.WORLD.unreachable.clear()
            assert await daemon.reload(tables) is None
            await wait_until(lambda: _is(lambda: toy.WORLD.probes[source] == 2))

    asyncio.run(live())


async def _is_failing(daemon: RunningDaemon, target: str) -> None:
    async def look() -> bool:
        sources = (await daemon.json(f"api/v1/targets/{target}"))["sources"]
        return bool(sources["jobs"]["state"] == "failing")

    await wait_until(look)


def test_who_asked_to_be_left_alone_is_not_asked_at_once(
    catalogue: Catalogue, tmp_path: Path, toy: Any, quick_names: list[str]
) -> None:
    """A target that throttles is left its time; another one, which fails, is asked."""
    shy, broken = quick_names[:2]
    tables = {"targets": {name: {"type": "toy", "interval": "1h"} for name in (shy, broken)}}
    toy.WORLD.throttled.add(f"{shy}/jobs")
    toy.WORLD.unreachable.add(f"{broken}/jobs")

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await _is_failing(daemon, shy)
            await _is_failing(daemon, broken)
            assert await daemon.reload(tables) is None
            await wait_until(lambda: _is(lambda: toy.WORLD.probes[f"{broken}/jobs"] == 2))
            assert toy.WORLD.probes[f"{shy}/jobs"] == 1

    asyncio.run(live())


async def _is(truth: Callable[[], bool]) -> bool:
    return truth()
