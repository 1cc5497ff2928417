"""What is done beside the probes: old history goes, and what a failed store left undone is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

import structlog

from syseventd.errors import SyseventdError
from syseventd.ledger import Ledger
from syseventd.model import Timestamp
from syseventd.store import Store
from syseventd.watchlist import Watchlist

log = structlog.get_logger("syseventd.upkeep")

PRUNE_EVERY = 3600.0
PRUNE_AFTER = 300.0
"""Seconds from the start to the first pruning: a clock that is wrong then may be set by now."""

CATCH_UP_EVERY = 10.0
A_DAY = 86400.0


class SteadyClock:
    """Unix time that believes a leap of a day or more only once it has held for a day.

    A clock that is years ahead for an hour must not cost the history of years. `wall` tells Unix
    seconds, `steady` seconds that run on while the machine sleeps, and never leap.
    """

    def __init__(
        self,
        wall: Callable[[], Timestamp] = time.time,
        steady: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()
        self._leapt: float | None = None

    def begin_at(self, seen: Timestamp | None) -> None:
        """Doubt a clock that is a day or more beyond `seen`, the last time known to be past.

        Nobody knows then whether the clock leapt, or nothing happened for so long.
        """
        steady = self._steady()
        if seen is not None and self._wall() - seen >= A_DAY:
            self._ahead = seen - steady
            self._leapt = steady

    def now(self) -> Timestamp:
        """Unix seconds; behind the clock for a day after it leapt ahead."""
        wall, steady = self._wall(), self._steady()
        if wall - steady - self._ahead < A_DAY:
            self._leapt = None
            self._ahead = wall - steady
            return wall
        if self._leapt is None:
            log.warning("clock_leapt", seconds=round(wall - steady - self._ahead))
            self._leapt = steady
        elif steady - self._leapt >= A_DAY:
            self._leapt = None
            self._ahead = wall - steady
            return wall
        return steady + self._ahead


async def prune_history(
    store: Store, history: Callable[[], float], sinks: Collection[str], clock: SteadyClock
) -> None:
    """Delete what is older than `history()` seconds and delivered to all sinks, for ever.

    The clock begins at the newest time in the store: one that is years ahead already when the
    daemon starts is doubted too.
    """
    clock.begin_at(store.newest_time)
    await asyncio.sleep(PRUNE_AFTER)
    while True:
        try:
            positions = [await store.position(name) for name in sinks]
            delivered = min((p for p in positions if p is not None), default=None)
            gone = await store.prune(clock.now() - history(), delivered=delivered)
        except SyseventdError as error:
            log.warning("history_not_pruned", reason=str(error))
        else:
            if any(gone):
                log.info("history_pruned", events=gone.events, transitions=gone.transitions)
        await asyncio.sleep(PRUNE_EVERY)


async def catch_up(ledger: Ledger, watchlist: Watchlist, settled: asyncio.Lock) -> None:
    """Try a store that failed or whose files are gone, and do what was left undone, for ever.

    `settled` is held while the watchlist is changed.
    """
    while True:
        await asyncio.sleep(CATCH_UP_EVERY)
        await ledger.check()
        if await ledger.try_again():
            async with settled:
                watchlist.probe_soon(ledger.owed)
                await watchlist.end_unwatched()
