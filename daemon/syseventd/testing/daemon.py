"""A whole daemon in a test: its store, its scheduler and its pages, on a free port of loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp

from syseventd import config
from syseventd.plugins import Catalogue, load_plugins
from syseventd.service import Service, offered_by


class _Point(EntryPoint):
    """An entry point to a module that is there already."""

    def load(self) -> Any:
        return _MODULES[self.value]


_MODULES: dict[str, ModuleType] = {}


def catalogue_of(*modules: ModuleType) -> Catalogue:
    """What these modules offer as plugins, loaded as if each were installed alone."""
    points = []
    for module in modules:
        _MODULES[module.__name__] = module
        points.append(_Point(module.__name__.rpartition(".")[2], module.__name__, "syseventd"))
    return load_plugins(points)


class _Configured:
    """The configuration as its file would hold it now."""

    def __init__(self, tables: dict[str, Any], folder: Path, catalogue: Catalogue) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.tables = tables
        self._always = {"listen": "127.0.0.1:0", "state_directory": str(folder)}
        self._offered = offered_by(catalogue)

    def read(self) -> config.Config:
        daemon = {**self._always, **self.tables.get("daemon", {})}
        return config.understand({**self.tables, "daemon": daemon}, self._offered)


@dataclass(frozen=True, slots=True)
class RunningDaemon:
    """A daemon that runs. `url` ends in a slash; `session` speaks HTTP with it."""

    service: Service
    url: str
    session: aiohttp.ClientSession
    _configured: _Configured

    async def text(self, path: str) -> str:
        """What `GET path` answers. Raises aiohttp.ClientResponseError unless it is 2xx."""
        async with self.session.get(self.url + path.lstrip("/")) as reply:
            reply.raise_for_status()
            return await reply.text()

    async def json(self, path: str) -> Any:
        """What `GET path` answers, decoded."""
        async with self.session.get(self.url + path.lstrip("/")) as reply:
            reply.raise_for_status()
            return await reply.json()

    async def reload(self, tables: dict[str, Any]) -> str | None:
        """Reload with another configuration. Returns why it was refused, or None."""
        self.write(tables)
        return await self.service.reload()

    def write(self, tables: dict[str, Any]) -> None:
        """Change the configuration as its file holds it; a reload brings it into force."""
        self._configured.tables = tables


@asynccontextmanager
async def running_daemon(
    tables: dict[str, Any], folder: Path, catalogue: Catalogue | None = None
) -> AsyncIterator[RunningDaemon]:
    """A daemon with this configuration, as TOML would give it, and its store in `folder`.

    First runs are spread over their intervals: set short ones. `folder` is made where it is
    missing. Raises ConfigInvalid, and what the daemon itself ends with.
    """
    catalogue = catalogue or load_plugins()
    configured = _Configured(tables, folder, catalogue)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    service = Service(configured.read(), catalogue, configured.read, address.set_result)
    life = asyncio.create_task(service.run(), name="daemon")
    both: set[asyncio.Future[Any]] = {life, address}
    await asyncio.wait(both, return_when="FIRST_COMPLETED")
    if not address.done():
        await life
    try:
        async with aiohttp.ClientSession() as session:
            yield RunningDaemon(service, address.result(), session, configured)
    finally:
        service.stop()
        await life
