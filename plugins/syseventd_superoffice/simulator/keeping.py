"""Keeps a database of SQLite beside the simulated installation: both ways in tell the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

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
    # Without a pool no connection outlives its use, nor the thread that it was made in.
    engine = create_engine(url, poolclass=NullPool)
    told = installation.state()
    await asyncio.to_thread(fill, engine, installation)
    stop = asyncio.Event()
    keeper = asyncio.create_task(_keep(engine, installation, told, stop), name="simulated database")
    try:
        yield str(url)
    finally:
        # Not cancelled: a thread would go on writing to a file that may be gone.
        stop.set()
        await keeper


async def _keep(
    engine: Engine, installation: Installation, told: State, stop: asyncio.Event
) -> None:
    """Tells the database what the story tells, whenever that is no longer `told`."""
    stopped = asyncio.create_task(stop.wait())
    while not (await asyncio.wait([stopped], timeout=EVERY))[0]:
        now = installation.state()
        if now is not told:
            await asyncio.to_thread(fill, engine, installation)
            told = now
