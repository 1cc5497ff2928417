"""A reload connects anew where a login was refused: its connection may be sparing the account."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from syseventd.plugins import Catalogue
from syseventd.testing import RunningDaemon, running_daemon, wait_until


def test_refused_login_is_tried_by_a_new_connection(
    catalogue: Catalogue, tmp_path: Path, toy: Any
) -> None:
    """Whoever reloads has perhaps mended the account; what answers is left alone."""
    tables = {"targets": {name: {"type": "toy", "interval": "50ms"} for name in ("a", "b")}}
    toy.WORLD.unauthorized.add("a/jobs")

    async def live() -> None:
        async with running_daemon(tables, tmp_path, catalogue) as daemon:
            await _is(daemon, "failing")
            toy.WORLD.unauthorized.clear()
            with capture_logs() as logs:
                assert await daemon.reload(tables) is None
            assert [e["changed_targets"] for e in logs if e["event"] == "reloaded"] == [["a"]]
            await _is(daemon, "ok")

    asyncio.run(live())
    assert toy.WORLD.connected == {"a": 2, "b": 1}


async def _is(daemon: RunningDaemon, state: str) -> None:
    async def look() -> bool:
        sources = (await daemon.json("api/v1/targets/a"))["sources"]
        return bool(sources["jobs"]["state"] == state)

    await wait_until(look)
