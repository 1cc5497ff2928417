"""Carries transitions from the store to one sink: in order, at least once, from a stored place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from syseventd.board import Board
from syseventd.config import SinkConfig
from syseventd.errors import ProbeFailed, StoreUnusable, kind_and_text_of, text_of
from syseventd.instruments import Instruments
from syseventd.interface import Sink
from syseventd.model import Transition
from syseventd.tasks import end

log = structlog.get_logger("syseventd.delivery")

AT_ONCE = 100
"""Transitions that a sink is handed at once, at the most."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds between tries while a sink fails: doubled each time, up to the longest."""
DEADLINE = 30.0
"""Seconds that a sink may take for one delivery."""
PATIENCE, LAST_PATIENCE = 1.0, 0.5
"""Seconds that a sink which was told to stop may take for that; less when the daemon ends."""
LOOK_EVERY = 60.0
"""Seconds after which the store is asked for what waits, also where nobody told of news."""


class Stream(Protocol):
    """The store, as far as delivery needs it."""

    async def transitions(self, after: int, limit: int) -> Sequence[Transition]: ...
    async def last_transition(self) -> int: ...
    async def position(self, sink: str) -> int | None: ...
    async def move(self, sink: str, position: int) -> None: ...


def made(config: SinkConfig) -> Sink:
    """The sink that is configured; where its plugin can't make it, one that says so each time."""
    try:
        sink = config.type.create(config.name, config.settings)
        if not callable(getattr(sink, "deliver", None)):
            raise TypeError(f"{sink!r} has no deliver()")
    except BaseException as error:  # a plugin that exits here would do so at each start
        log.exception("sink_not_made", sink=config.name)
        return _Broken(f"its plugin could not make it: {kind_and_text_of(error)}")
    return sink


class _Broken:
    """Stands in for a sink that its plugin could not make; what it should get waits for it."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        raise ProbeFailed("the sink", self._reason)


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
        self._task: asyncio.Task[str] | None = None
        self._delivered: int | None = None
        self._stored: int | None = None

    async def begin(self) -> None:
        """Take a new sink's place in the stream: what comes from now on is delivered to it."""
        try:
            await self._position()
        except StoreUnusable as error:
            self._tell_failure(str(error))

    async def run(self) -> None:
        """Deliver until cancelled; then what is under way ends with it, if need be by force."""
        try:
            await self._keep_delivering()
        finally:
            if self._task is not None:
                await end({self._task}, LAST_PATIENCE)

    async def _keep_delivering(self) -> None:
        """Deliver for ever; while the sink or the store fails, after growing pauses."""
        pause = FIRST_PAUSE
        while True:
            news = asyncio.ensure_future(self._board.news())
            try:
                anything = await self._hand_over()
                if anything is None:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                    continue
                pause = FIRST_PAUSE
                if not anything:
                    await asyncio.wait({news}, timeout=LOOK_EVERY)
            finally:
                news.cancel()

    async def _hand_over(self) -> bool | None:
        """Deliver the next few transitions. Whether there were any; None if that failed."""
        try:
            position = await self._position()
            waiting = tuple(await self._store.transitions(position, AT_ONCE))
            self._backlog.set(await self._store.last_transition() - position if waiting else 0)
            if waiting:
                last = waiting[-1].id  # as the store says, whatever the sink makes of it
                if not await self._deliver(waiting):
                    return None
                self._delivered = last
            await self._note_position()
        except StoreUnusable as error:
            self._tell_failure(str(error))
            return None
        if self._failing:
            log.info("sink_recovered", sink=self.name)
            self._failing = False
        return bool(waiting)

    async def _position(self) -> int:
        """How far the sink has come. A new one's place is the present, and is stored at once."""
        if self._delivered is None:
            self._stored = await self._store.position(self.name)
            self._delivered = self._stored
        if self._delivered is None:
            self._delivered = await self._store.last_transition()
        if self._stored is None:  # before it is handed anything: it may fail until a restart
            await self._note_position()
        return self._delivered

    async def _note_position(self) -> None:
        """Store how far the sink has come, unless that is known: the store may have failed."""
        if self._delivered is not None and self._stored != self._delivered:
            await self._store.move(self.name, self._delivered)
            self._stored = self._delivered

    async def _deliver(self, transitions: tuple[Transition, ...]) -> bool:
        """Whether the sink took them. In a task of its own: it can't hold us up or end us."""
        if self._task is None:
            self._task = asyncio.create_task(self._call(transitions), name=f"deliver {self.name}")
            reason = await self._outcome(self._task)
        else:
            reason = "it has not ended what it was told to stop"
        if self._task.done():
            self._task = None
        self._outcomes.labels(self.name, "failed" if reason else "delivered").inc()
        if reason:
            self._tell_failure(reason)
        return not reason

    async def _outcome(self, task: asyncio.Task[str]) -> str:
        """Why a delivery failed; empty where the sink took it."""
        try:
            done, _ = await asyncio.wait({task}, timeout=DEADLINE)
            if not done:
                task.cancel()
                await asyncio.wait({task}, timeout=PATIENCE)
                return f"it did not answer within {DEADLINE:g} s"
        finally:
            task.cancel()  # of no effect where it is done
        return (
            "its delivery was cancelled, not by the daemon" if task.cancelled() else task.result()
        )

    async def _call(self, transitions: tuple[Transition, ...]) -> str:
        """What `_outcome` says, of a sink that ends by itself."""
        try:
            await self._sink.deliver(transitions)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # SystemExit would stop the whole event loop
            return text_of(error) or type(error).__name__
        return ""

    def _tell_failure(self, reason: str) -> None:
        if not self._failing:
            log.warning("sink_failed", sink=self.name, reason=reason)
        self._failing = True
