"""Serves an installation on this machine alone, for as long as somebody wants it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from syseventd_superoffice.simulator.app import create_app
from syseventd_superoffice.simulator.faults import Faults
from syseventd_superoffice.simulator.installation import Installation

HOST = "127.0.0.1"


@asynccontextmanager
async def serving(
    installation: Installation, port: int = 0, faults: Faults | None = None
) -> AsyncIterator[str]:
    """Answers as `installation` while the context lasts, and yields its address.

    Port 0 takes a free one; `faults` says what is wrong. Raises OSError where the port can't be
    had.
    """
    app = create_app(installation, faults)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
