"""Carries transitions from the store to one sink: in order, at least once, from a stored place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from syseventd.board import Board
from syseventd.instruments import Instruments
from syseventd.interface import Sink
from syseventd.model import Transition

log = structlog.get_logger("syseventd.delivery")

AT_ONCE = 100
"""Transitions that a sink is handed at once, at the most."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries while a sink fails: doubled each time, up to the longest."""
DEADLINE = 30.0
"""Seconds that a sink may take for one delivery."""


class Stream(Protocol):
    """The store, as far as delivery needs it."""

    async def transitions(self, after: int, limit: int) -> Sequence[Transition]: ...
    async def last_transition(self) -> int: ...
    async def position(self, sink: str) -> int | None: ...
    async def move(self, sink: str, position: int) -> None: ...


class Delivery:
    """One sink's place in the stream of transitions. A new sink starts at the present."""

    def __init__(
        self, name: str, sink: Sink, store: Stream, board: Board, instruments: Instruments
    ) -> None:
        self.name = name
        self._sink = sink
        self._store = store
        self._board = board
        self._outcomes = instruments.sink_deliveries
        self._backlog = instruments.sink_backlog.labels(name)
        self._failing = False

    async def run(self) -> None:
        """Deliver for ever."""
        position = await self._store.position(self.name)
        if position is None:
            position = await self._store.last_transition()
            await self._store.move(self.name, position)
        pause = FIRST_PAUSE
        while True:
            news = asyncio.ensure_future(self._board.news())
            try:
                waiting = await self._store.transitions(position, AT_ONCE)
                self._backlog.set(await self._store.last_transition() - position if waiting else 0)
                if not waiting:
                    await news
                elif await self._deliver(waiting):
                    position = waiting[-1].id
                    await self._store.move(self.name, position)
                    pause = FIRST_PAUSE
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
            finally:
                news.cancel()

    async def _deliver(self, transitions: Sequence[Transition]) -> bool:
        try:
            async with asyncio.timeout(DEADLINE):
                await self._sink.deliver(transitions)
        except Exception as error:
            reason = str(error) or type(error).__name__
            if not self._failing:
                log.warning("sink_failed", sink=self.name, reason=reason)
            self._failing = True
            self._outcomes.labels(self.name, "failed").inc()
            return False
        if self._failing:
            log.info("sink_recovered", sink=self.name)
            self._failing = False
        self._outcomes.labels(self.name, "delivered").inc()
        return True
