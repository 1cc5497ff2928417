"""One target at work: its connection and its probers, made from its configuration and closed."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from syseventd.config import SourceConfig, TargetConfig
from syseventd.errors import ProbeFailed, kind_and_text_of
from syseventd.interface import Connection, Isolation, Source
from syseventd.model import Snapshot, SourceId
from syseventd.probing import History, Prober, prepare

log = structlog.get_logger("syseventd.watching")

PATIENCE = 2.0
"""Seconds that a connection may take to close."""


class _Broken:
    """Stands in for a source that its plugin could not make: each probe says why."""

    def __init__(self, where: str, reason: str) -> None:
        self._where = where
        self._reason = reason

    async def probe(self) -> Snapshot:
        raise ProbeFailed(self._where, self._reason)


class WatchedSource:
    """One source at work, with the results that are kept of it."""

    __slots__ = ("config", "history", "name", "prober")

    def __init__(self, name: SourceId, config: SourceConfig, prober: Prober) -> None:
        self.name = name
        self.config = config
        self.prober = prober
        self.history = History()


class WatchedTarget:
    """One target at work. Must be made on the event loop; making it never fails.

    What a plugin can't make is shown as a failing source, with the reason.
    """

    def __init__(self, config: TargetConfig) -> None:
        self.config = config
        self._connection: Connection | None = None
        trouble = self._connect()
        self.sources = {
            SourceId(config.target.name, source.type.name): self._watched(source, trouble)
            for source in config.sources
        }

    def _connect(self) -> str:
        """Connect the target, if its type does. Returns what went wrong, or nothing."""
        connect = self.config.type.connect
        if connect is None:
            return ""
        try:
            connection: Any = connect(self.config.target)
            if not isinstance(connection, Connection):
                raise TypeError(f"{connection!r} has no aclose()")
            self._connection = connection
        except BaseException as error:  # no code of ours runs in it
            log.exception("target_not_connected", target=self.config.target.name)
            return f"its plugin could not connect it: {kind_and_text_of(error)}"
        return ""

    def _watched(self, config: SourceConfig, trouble: str) -> WatchedSource:
        name = SourceId(self.config.target.name, config.type.name)
        if not trouble:
            try:
                prober = prepare(self._create(config), config.type.isolation, name)
                return WatchedSource(name, config, prober)
            except BaseException as error:  # no code of ours runs in it
                log.exception("source_not_made", target=name.target, source=name.source)
                trouble = f"its plugin could not make it: {kind_and_text_of(error)}"
        broken = _Broken(str(name), trouble)
        return WatchedSource(name, config, prepare(broken, Isolation.SHARED, name))

    def _create(self, config: SourceConfig) -> Source:
        source: Any = config.type.create(self.config.target, self._connection, config.settings)
        if not isinstance(source, Source):
            raise TypeError(f"{source!r} has no probe()")
        return source

    async def aclose(self) -> None:
        """Close its sources, then its connection, each within bounded time."""
        await asyncio.gather(*(source.prober.aclose() for source in self.sources.values()))
        if self._connection is not None:
            await _close(self._connection, self.config.target.name)


async def _close(connection: Connection, target: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await connection.aclose()
    except (Exception, SystemExit):
        log.exception("connection_not_closed", target=target)
