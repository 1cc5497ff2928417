"""The present, in memory and derived: each source's open events, newest snapshot and health."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter

from syseventd.instruments import OTHER
from syseventd.interface import TargetView
from syseventd.model import (
    Advance,
    Event,
    Expiry,
    Known,
    Outcome,
    ProbeResult,
    Problem,
    Snapshot,
    SourceId,
    Step,
    Target,
    Timestamp,
)

STALE_WAITS = 3
"""How many of the waits that a source asked for a measurement outlives, at least."""


class SourceState(StrEnum):
    """Whether a source can be asked. `NEW` until its first probe has ended."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    PAUSED = "paused"
    UNAVAILABLE = "unavailable"

    @classmethod
    def after(cls, outcome: Outcome) -> SourceState:
        return _STATES.get(outcome, cls.FAILING)


_STATES = {
    Outcome.OK: SourceState.OK,
    Outcome.NOT_AVAILABLE: SourceState.UNAVAILABLE,
    Outcome.PAUSED: SourceState.PAUSED,
}


@dataclass(slots=True, eq=False)
class SourceRecord:
    """All that is present of one source.

    `since` is when `state` began to hold and `last_success` when it last answered, in Unix
    seconds. `stale_after` is how many seconds a measurement outlives that. `failures` counts by
    outcome, `steps` by kind of event and step. `taken_in` is what was known once `snapshot` had
    been. `version` grows with each probe.
    """

    source: SourceId
    stale_after: float
    known: Known
    snapshot: Snapshot | None = None
    taken_in: Known | None = None
    problems: tuple[Problem, ...] = ()
    state: SourceState = SourceState.NEW
    since: Timestamp = 0.0
    outcome: Outcome | None = None
    reason: str = ""
    last_success: Timestamp | None = None
    probes: int = 0
    failures: dict[Outcome, int] = field(default_factory=dict)
    steps: dict[tuple[str, Step], int] = field(default_factory=dict)
    version: int = 0

    def fresh(self, now: Timestamp) -> bool:
        """Whether what was measured last may still be shown as the present."""
        if self.last_success is None or self.snapshot is None:
            return False
        # A source that asked to be left alone for long is not stale because it was.
        wait = STALE_WAITS * (self.snapshot.ask_again or 0.0)
        return now - self.last_success <= max(self.stale_after, wait)


class Board:
    """What metrics, pages and API read. Only the pipeline publishes here.

    `kinds` are those of events that are counted by name; without it, all are.
    """

    def __init__(self, kinds: Collection[str] | None = None) -> None:
        self._kinds = kinds
        self._records: dict[SourceId, SourceRecord] = {}
        self._by_target: dict[str, list[SourceRecord]] = {}
        self._targets: dict[str, Target] = {}
        self._news = asyncio.Event()
        self.store_trouble: str | None = None
        """Why the store can't be written at present, or None."""

    # --- written by the watchlist, the pipeline and its ledger ---

    def watch(
        self, target: Target, source: str, stale_after: float, known: Known | None = None
    ) -> SourceRecord:
        """Begin to show a source, with what the store knows of it."""
        name = SourceId(target.name, source)
        self._targets[target.name] = target
        record = SourceRecord(name, stale_after, known or Known(name))
        self._records[name] = record
        self._by_target.setdefault(target.name, []).append(record)
        return record

    def unwatch(self, source: SourceId) -> None:
        """Show a source no longer."""
        siblings = self._by_target[source.target]
        siblings.remove(self._records.pop(source))
        if not siblings:
            del self._by_target[source.target], self._targets[source.target]

    def publish(
        self, advance: Advance, snapshot: Snapshot, result: ProbeResult, now: Timestamp
    ) -> None:
        """Swap in what a successful probe saw. The transitions are durable already."""
        record = self._records[advance.known.source]
        record.known = record.taken_in = advance.known
        for giver in advance.givers:
            self._records[giver.source].known = giver
            self._records[giver.source].version += 1
        record.snapshot = snapshot
        record.problems = snapshot.problems + advance.problems
        record.last_success = now
        self.record(record.source, result, now)
        for transition in advance.transitions:
            kind = transition.event.observation.kind
            if self._kinds is not None and kind not in self._kinds:
                kind = OTHER  # else a plugin's texts would be counted without end
            record.steps[kind, transition.step] = record.steps.get((kind, transition.step), 0) + 1
        if advance.transitions:
            self.wake()

    def record(self, source: SourceId, result: ProbeResult, now: Timestamp) -> None:
        """Keep how a probe ended. A failed one touches its source's health alone."""
        record = self._records[source]
        record.probes += 1
        record.version += 1
        record.outcome = result.outcome
        record.reason = result.reason
        if result.outcome.failed:
            record.failures[result.outcome] = record.failures.get(result.outcome, 0) + 1
        state = SourceState.after(result.outcome)
        if state is not record.state:
            record.state = state
            record.since = now

    def correct(self, known: Known) -> None:
        """Show what the store holds of a source, where a failed commit left that open."""
        record = self._records[known.source]
        record.known = known
        record.version += 1
        self.wake()  # sinks may have yet to receive what became durable

    def wake(self) -> None:
        """Tell those who wait for news that there is some."""
        self._news.set()
        self._news = asyncio.Event()

    # --- read by everyone ---

    async def news(self) -> None:
        """Wait until the next transitions are published."""
        await self._news.wait()

    def record_of(self, source: SourceId) -> SourceRecord:
        """Raises KeyError for a source that is not watched."""
        return self._records[source]

    def shows(self, record: SourceRecord) -> bool:
        """Whether this is the record of its source still, and of the source as watched now."""
        return self._records.get(record.source) is record

    def records(self, target: str | None = None) -> list[SourceRecord]:
        """Every source's record, or one target's, in the order in which they are watched."""
        if target is None:
            return list(self._records.values())
        return list(self._by_target.get(target, ()))

    @property
    def targets(self) -> Mapping[str, Target]:
        return self._targets

    def events(self, target: str | None = None) -> Iterator[Event]:
        """The open events, oldest first within a source."""
        for record in self.records(target):
            yield from record.known.events.values()

    def newest_events(self, target: str, most: int) -> list[Event]:
        """One target's open events that were seen last, newest first; at most so many."""
        newest: list[Event] = []
        for record in self.records(target):
            newest += deque(record.known.events.values(), most)  # of each source its last ones
        newest.sort(key=attrgetter("id"), reverse=True)
        return newest[:most]

    def expiries(self, target: str | None = None) -> Iterator[tuple[SourceId, Expiry]]:
        """The dates that hold, each with the source that told it."""
        for record in self.records(target):
            for expiry in record.known.expiries:
                yield record.source, expiry

    def view(self, target: str) -> TargetView:
        """One target's present, as tabs are drawn from it. Raises KeyError for an unknown one."""
        records = self.records(target)
        return TargetView(
            self._targets[target],
            tuple(e for r in records for e in r.known.events.values()),
            {r.source.source: r.snapshot for r in records if r.snapshot is not None},
        )


def unseen_summary(records: Iterable[SourceRecord]) -> tuple[int, Timestamp | None, Counter[str]]:
    """How many targets have a source that can't be asked, since when, and why (by outcome)."""
    failing = [r for r in records if r.state is SourceState.FAILING]
    first: dict[str, SourceRecord] = {}
    for record in failing:
        first.setdefault(record.source.target, record)
    reasons = Counter(str(record.outcome) for record in first.values())
    since = min((r.since for r in failing), default=None)
    return sum(reasons.values()), since, reasons
