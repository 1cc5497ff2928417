"""The way of an event, from a due source to what readers see: four pushes. Read this file first.

    a source is due
      1  prober.probe(timeout, memory)              → ProbeResult   the plugin, at arm's length
      2  lifecycle.advance(known, snapshot, now, …) → Advance       pure
      3  ledger.commit(advance)                                     durable
      4  board.publish(advance, snapshot)                           seen by metrics, pages, API

A probe without a snapshot stops after 1 and touches its source's health alone: nothing ends
because we could not look. A transition is published only once it is durable.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, Protocol, TypeVar

import structlog

from syseventd import lifecycle
from syseventd.board import Board, SourceRecord
from syseventd.errors import NotStorable
from syseventd.instruments import Instruments
from syseventd.ledger import Ledger
from syseventd.model import (
    Advance,
    Known,
    Outcome,
    ProbeResult,
    Problem,
    Snapshot,
    SourceId,
    Timestamp,
)
from syseventd.threads import in_thread

log = structlog.get_logger("syseventd.pipeline")

T = TypeVar("T")

TOLD_AT_ONCE = 10
"""How many problems of one snapshot a log line holds; the page has them all."""

PATIENCE = 2.0
"""Seconds that ending a source waits for the store; the rest is done when it comes back."""

LARGE = 2000
"""Events above which a snapshot is compared in a thread: it would hold up the whole daemon."""

_NUMBER = re.compile(r"\d+")


class Prober(Protocol):
    """One source, ready to be probed. Never raises what the plugin raises."""

    @property
    def name(self) -> SourceId: ...

    async def probe(self, deadline: float, memory: Mapping[str, str]) -> ProbeResult: ...


class Pipeline:
    """Carries what probes see to the store and to the board."""

    def __init__(self, ledger: Ledger, board: Board, instruments: Instruments) -> None:
        self._ledger = ledger
        self._board = board
        self._instruments = instruments
        self._in_order = asyncio.Lock()
        self._under_way: dict[SourceId, asyncio.Task[Any]] = {}
        self._not_ended: set[SourceId] = set()

    async def run(self, prober: Prober, deadline: float, lateness: float) -> ProbeResult:
        """Probe one source once. `deadline` and `lateness` are seconds."""
        memory = self._board.record_of(prober.name).known.memory
        result = await prober.probe(deadline, memory)
        self._measure(prober.name, result, lateness)
        now = time.time()
        if result.snapshot is None:
            self._ledger.forget(prober.name)
            self._take_note(prober.name, result, now)
            return result
        try:
            await self._take_in(prober.name, result, result.snapshot, now)
        except NotStorable as error:
            result = replace(result, outcome=Outcome.ERROR, snapshot=None, reason=str(error))
            self._take_note(prober.name, result, now)
        return result

    async def unwatch(self, source: SourceId) -> bool:
        """End all that is open of a source that is no longer watched, and show it no longer.

        Where that could not be stored, or not yet, it is shown as it was, for it is still true:
        False then, and it is to be tried again.
        """
        record = self._board.record_of(source)
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self._settle([source])
                    if not self._board.shows(record):
                        return True  # an earlier try has come to its end
                    if not await self._ledger.agree(source):
                        return False
                    async with self._in_order:
                        if not self._is_moving([source]):
                            break
        except TimeoutError:
            return False
        # Nothing waited since the lock was let go, so it is still our turn.
        advance = lifecycle.unwatch(record.known, time.time(), self._ledger.ids)
        work = self._begin([source], self._store_and_unwatch(record, advance))
        await asyncio.wait({work}, timeout=PATIENCE)
        return work.done() and work.result()

    async def _store_and_unwatch(self, record: SourceRecord, advance: Advance) -> bool:
        source = record.source
        try:
            stored = await self._ledger.commit(advance)
        except NotStorable as error:
            if source not in self._not_ended:
                log.error("source_not_ended", source=str(source), reason=error.reason)
                self._not_ended.add(source)
            stored = False
        self._ledger.forget(source)
        if not stored:
            return False
        self._not_ended.discard(source)
        self._instruments.count_steps(advance.transitions)
        if self._board.shows(record):
            self._board.unwatch(source)
        else:
            self._ledger.doubt(source)  # it is watched again meanwhile, with what was open then
        if source.target not in self._board.targets:
            self._instruments.forget_target(source.target)
        self._board.wake()
        return True

    async def _take_in(
        self, source: SourceId, result: ProbeResult, snapshot: Snapshot, now: Timestamp
    ) -> None:
        siblings = self._siblings(source, snapshot)
        involved = [source, *(record.source for record in siblings)]
        while True:
            await self._settle(involved)
            if not all([await self._ledger.agree(one) for one in involved]):
                self._take_note(source, result, now)
                return
            record = self._board.record_of(source)
            known = record.known
            advance = await _nothing_new(record, snapshot, now, siblings)
            if advance is not None and record.known is known:
                break
            # Numbers are drawn and handed to the store in one order: who follows misses none.
            async with self._in_order:
                if self._is_moving(involved):
                    continue  # something of a sibling went into the store meanwhile
                others = [sibling.known for sibling in siblings]
                advance = await _advanced(record.known, snapshot, now, self._ledger.ids, others)
                if advance.to_store:
                    work = self._store_and_publish(advance, snapshot, result, now)
                    storing = self._begin(advance.sources, work)
            break
        if advance.to_store:
            await _unbroken(storing)
        else:
            self._ledger.forget(source)
            self._publish(advance, snapshot, result, now)

    def _siblings(self, source: SourceId, snapshot: Snapshot) -> list[SourceRecord]:
        """The other sources of its target, where this one may take over an event of theirs."""
        joint = any(o.marks for o in snapshot.observations) or any(
            ending.observation.marks for ending in snapshot.endings
        )
        if not joint:
            return []
        return [r for r in self._board.records(source.target) if r.source != source]

    def _is_moving(self, sources: Iterable[SourceId]) -> bool:
        """Whether anything of these is on its way into the store, or uncertain to be there."""
        return any(s in self._under_way or not self._ledger.agrees(s) for s in sources)

    def _begin(self, sources: Iterable[SourceId], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start what stores something of some sources."""
        task = asyncio.ensure_future(work)
        for source in sources:
            self._under_way[source] = task
            task.add_done_callback(partial(self._ended, source))
        return task

    def _ended(self, source: SourceId, task: asyncio.Future[Any]) -> None:
        if self._under_way.get(source) is task:
            del self._under_way[source]

    async def _settle(self, sources: Iterable[SourceId]) -> None:
        """Wait for what is being stored of these: a reload may have left a run behind."""
        for source in sources:
            while (earlier := self._under_way.get(source)) is not None:
                await asyncio.wait({earlier})

    async def _store_and_publish(
        self, advance: Advance, snapshot: Snapshot, result: ProbeResult, now: Timestamp
    ) -> None:
        if await self._ledger.commit(advance):
            self._instruments.count_steps(advance.transitions)
            self._publish(advance, snapshot, result, now)
        else:
            self._take_note(advance.known.source, result, now)

    def _publish(
        self, advance: Advance, snapshot: Snapshot, result: ProbeResult, now: Timestamp
    ) -> None:
        record = self._board.record_of(advance.known.source)
        problems = record.problems
        self._tell(record, result)
        self._board.publish(advance, snapshot, result, now)
        _tell_problems(record.source, problems, record.problems)

    def _take_note(self, source: SourceId, result: ProbeResult, now: Timestamp) -> None:
        """Keep and tell how a probe ended of which nothing is taken in."""
        self._tell(self._board.record_of(source), result)
        self._board.record(source, result, now)

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


async def _nothing_new(
    record: SourceRecord, snapshot: Snapshot, now: Timestamp, siblings: Iterable[SourceRecord]
) -> Advance | None:
    """The advance of a snapshot that changes nothing, where that is told at once, or takes long.

    Large ones are compared before it is their turn: others need not wait for that.
    """
    if snapshot is record.snapshot and record.known is record.taken_in:
        return Advance(record.known, problems=record.problems[len(snapshot.problems) :])
    if not _is_large(record.known, snapshot):
        return None
    others = [sibling.known for sibling in siblings]
    advance = await _advanced(record.known, snapshot, now, count(), others)  # numbers nobody sees
    return None if advance.to_store else advance


async def _advanced(
    known: Known, snapshot: Snapshot, now: Timestamp, ids: Iterator[int], others: Sequence[Known]
) -> Advance:
    if _is_large(known, snapshot):
        return await in_thread("advance", lifecycle.advance, known, snapshot, now, ids, others)
    return lifecycle.advance(known, snapshot, now, ids, others)


def _is_large(known: Known, snapshot: Snapshot) -> bool:
    return len(snapshot.observations) + len(known.events) > LARGE


async def _unbroken(work: asyncio.Future[T]) -> T:
    """What must not stop half-way: one who is cancelled meanwhile is so when it is done.

    Else what is durable would not be published, and the board would lag behind the store.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        work.exception()  # nobody else fetches it
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
