"""What the overview says of reloads that were refused, by a whole daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from syseventd.errors import SyseventdError
from syseventd.plugins import Catalogue
from syseventd.testing import running_daemon

GOOD = {"targets": {"a": {"type": "toy", "jobs": ["one"]}}}
BAD = {"targets": {"a": {"type": "toi"}, "b": {"jobs": 5}}}


def test_a_refused_reload_is_on_the_page_until_one_is_valid(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Its faults are named; a valid configuration takes the notice away."""

    async def live() -> list[str]:
        async with running_daemon(GOOD, tmp_path, catalogue) as daemon:
            pages = [await daemon.text("")]
            for tables in (BAD, GOOD):
                await daemon.reload(tables)
                pages.append(await daemon.text(""))
            return pages

    before, refused, after = asyncio.run(live())
    assert "The configuration was refused" not in before + after
    assert "(2 faults); what was valid before still runs:" in refused
    assert "&#34;toi&#34; is no target type" in refused


def test_a_reload_that_broke_is_on_the_page(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: Any
) -> None:
    """Whatever kept the configuration from coming into force is told."""

    def breaks(*args: Any) -> None:
        raise SyseventdError

    async def live() -> str:
        async with running_daemon(GOOD, tmp_path, catalogue) as daemon:
            monkeypatch.setattr("syseventd.service._tell_idle", breaks)
            await daemon.reload(GOOD)
            return await daemon.text("")

    assert "the daemon could not reload: " in asyncio.run(live())
