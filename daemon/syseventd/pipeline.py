"""The way of an event, from a due source to what readers see: four pushes. Read this file first.

    a source is due
      1  prober.probe(timeout)                    → ProbeResult   the plugin, held at arm's length
      2  lifecycle.advance(known, snapshot, now)  → Advance       pure
      3  store.commit(advance)                                    durable
      4  board.publish(advance, snapshot)                         seen by metrics, pages and API

A probe without a snapshot stops after 1 and touches its source's health alone: nothing ends
because we could not look. A transition is published only once it is durable.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Coroutine, Iterator
from typing import Any, Protocol

import structlog

from syseventd import lifecycle
from syseventd.board import Board, SourceRecord
from syseventd.errors import StoreUnusable
from syseventd.instruments import Instruments
from syseventd.model import Advance, Outcome, ProbeResult, Problem, Snapshot, SourceId, Timestamp

log = structlog.get_logger("syseventd.pipeline")

TOLD_AT_ONCE = 10
"""How many problems of one snapshot a log line holds; the page has them all."""

_NUMBER = re.compile(r"\d+")


class Prober(Protocol):
    """One source, ready to be probed. Never raises what the plugin raises."""

    @property
    def name(self) -> SourceId: ...

    async def probe(self, deadline: float) -> ProbeResult: ...


class Truth(Protocol):
    """The store, as far as the pipeline needs it."""

    ids: Iterator[int]

    async def commit(self, advance: Advance) -> None: ...


class Pipeline:
    """Carries what probes see to the store and to the board."""

    def __init__(self, store: Truth, board: Board, instruments: Instruments) -> None:
        self._store = store
        self._board = board
        self._instruments = instruments

    async def run(self, prober: Prober, deadline: float, lateness: float) -> ProbeResult:
        """Probe one source once. `deadline` and `lateness` are seconds."""
        result = await prober.probe(deadline)
        self._measure(prober.name, result, lateness)
        now = time.time()
        if result.snapshot is None:
            self._tell(self._board.record_of(prober.name), result)
            self._board.record(prober.name, result, now)
        else:
            await self._take_in(prober.name, result, result.snapshot, now)
        return result

    async def unwatch(self, source: SourceId) -> None:
        """End all that is open of a source that is no longer watched, and show it no longer."""
        record = self._board.record_of(source)
        advance = lifecycle.unwatch(record.known, time.time(), self._store.ids)
        await _unbroken(self._store_and_unwatch(advance))

    async def _store_and_unwatch(self, advance: Advance) -> None:
        if await self._committed(advance):
            self._instruments.count_steps(advance.transitions)
        self._board.unwatch(advance.known.source)
        self._board.wake()

    async def _take_in(
        self, source: SourceId, result: ProbeResult, snapshot: Snapshot, now: Timestamp
    ) -> None:
        record = self._board.record_of(source)
        advance = lifecycle.advance(record.known, snapshot, now, self._store.ids)
        self._tell(record, result)
        if advance.transitions or advance.renewed:
            await _unbroken(self._store_and_publish(advance, snapshot, result, now))
        else:
            self._publish(advance, snapshot, result, now)

    async def _store_and_publish(
        self, advance: Advance, snapshot: Snapshot, result: ProbeResult, now: Timestamp
    ) -> None:
        if await self._committed(advance):
            self._instruments.count_steps(advance.transitions)
            self._publish(advance, snapshot, result, now)
        else:
            self._board.record(advance.known.source, result, now)

    def _publish(
        self, advance: Advance, snapshot: Snapshot, result: ProbeResult, now: Timestamp
    ) -> None:
        record = self._board.record_of(advance.known.source)
        problems = record.problems
        self._board.publish(advance, snapshot, result, now)
        _tell_problems(record.source, problems, record.problems)

    async def _committed(self, advance: Advance) -> bool:
        """Whether the advance is durable. What could not be stored is seen anew next time."""
        if not (advance.transitions or advance.renewed):
            return True  # nothing to write, so nothing that shows how the store fares
        try:
            await self._store.commit(advance)
        except StoreUnusable as error:
            self._instruments.store_failures.inc()
            if self._board.store_trouble is None:
                log.error("store_failed", reason=error.reason)
            self._board.store_trouble = error.reason
            return False
        if self._board.store_trouble is not None:
            log.info("store_recovered")
            self._board.store_trouble = None
        return True

    def _measure(self, source: SourceId, result: ProbeResult, lateness: float) -> None:
        self._instruments.probe_duration.labels(source.source).observe(result.duration)
        self._instruments.probe_lateness.labels(source.source).observe(lateness)

    def _tell(self, record: SourceRecord, result: ProbeResult) -> None:
        """Log a failure when it starts, changes and ends, and not every time."""
        before, after = record.outcome, result.outcome
        if after is before and (not after.failed or _shape(result.reason) == _shape(record.reason)):
            return
        facts = {
            "target": record.source.target,
            "source": record.source.source,
            "outcome": str(after),
            "duration": round(result.duration, 3),
        }
        if after.failed:
            log.warning("probe_failed", **facts, reason=result.reason)
        elif after is not Outcome.OK:
            log.info("probe_" + str(after), **facts, reason=result.reason)
        elif before is not None:
            log.info("probe_recovered", **facts, was=str(before))


async def _unbroken(work: Coroutine[Any, Any, None]) -> None:
    """Do what must not stop half-way: one that is cancelled meanwhile is so when it is done.

    Else what is durable would not be published, and the board would lag behind the store.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _shape(reason: str) -> str:
    """A reason without its numbers: a counter or a time in it is no new reason."""
    return _NUMBER.sub("#", reason)


def _tell_problems(
    source: SourceId, before: tuple[Problem, ...], after: tuple[Problem, ...]
) -> None:
    """Log what could not be read in a snapshot when it begins, changes and ends."""
    if before == after:
        return
    facts = {"target": source.target, "source": source.source}
    known = {_shape(str(problem)) for problem in before}
    new = [str(problem) for problem in after if _shape(str(problem)) not in known]
    if new:
        log.warning("snapshot_problems", **facts, count=len(after), new=new[:TOLD_AT_ONCE])
    elif not after:
        log.info("snapshot_whole_again", **facts)
