"""Keeps a database of SQLite beside the simulated installation: both ways in tell the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from syseventd_superoffice.simulator.database import fill
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.world import State

EVERY = 1.0
"""Seconds after which the database is told anew what the story tells."""


@asynccontextmanager
async def keeping(installation: Installation, file: Path) -> AsyncIterator[str]:
    """Has `file` hold what the story tells while the context lasts; yields its address.

    Whatever tables of an installation the file held are emptied. Raises what SQLAlchemy raises
    where it can't be written: at first at once, and later when the context ends.
    """
    url = URL.create("sqlite", database=str(file))
    # Without a pool no connection outlives its use.
    engine = create_engine(url, poolclass=NullPool)
    loop, told = asyncio.get_running_loop(), installation.state()
    # A thread and no task: whoever ends all tasks of a loop would end it amid its writing.
    with ThreadPoolExecutor(1, "simulated-database") as thread:
        await loop.run_in_executor(thread, fill, engine, installation)
        stop = Event()
        keeper = loop.run_in_executor(thread, _keep, engine, installation, told, stop)
        try:
            yield str(url)
        finally:
            stop.set()
            await keeper


def _keep(engine: Engine, installation: Installation, told: State, stop: Event) -> None:
    """Tells the database what the story tells, whenever that is no longer `told`."""
    while not stop.wait(EVERY):
        now = installation.state()
        if now is not told:
            fill(engine, installation)
            told = now
