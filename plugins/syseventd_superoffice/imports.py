"""The source `imports`: the batch tasks of users and of the system, imports among them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from syseventd import (
    Ending,
    EndReason,
    Measurement,
    Observation,
    Snapshot,
    Target,
    Timestamp,
)
from syseventd.interface import EventKind, Gauge
from syseventd.settings import Duration, SourceSettings
from syseventd_superoffice.access import Listing
from syseventd_superoffice.batch_tasks import Task, Tasks, read_tasks
from syseventd_superoffice.claims import CLAIMS, ONE_AT_A_TIME
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.kinds import BATCH_TASKS, KindPattern
from syseventd_superoffice.remembered import time_in
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.task_endings import MEMORY, recalled, remember
from syseventd_superoffice.task_events import (
    WAITING,
    endings,
    held_back,
    measured,
    observed,
    oldest_waiting,
    registered,
    waiting_event,
)
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.unreadable import counts_as_complete

NAME = "imports"

WHILE_RUNNING = 15.0
"""Seconds until we ask again while any task runs."""

WAITING_SINCE = "waiting since"
"""The name under which the memory holds since when, in Unix seconds."""

KINDS = (
    EventKind(
        WAITING,
        "Batch tasks wait too long",
        "Imports, reports, mailings and rebuilds that were ordered do not begin.",
    ),
)
LAST_FAILED = "batch_tasks_last_failed_timestamp_seconds"
"""The name of a gauge, and under which the memory holds its value."""

GAUGES = (
    Gauge("batch_tasks", "Batch tasks in each state, as the last probe found them."),
    Gauge(
        "batch_tasks_oldest_waiting_timestamp_seconds",
        "When the batch task was ordered that has waited longest; absent while none waits.",
    ),
    Gauge(
        LAST_FAILED,
        "When a batch task was last seen to have failed; absent where none was.",
    ),
)


class ImportsSettings(SourceSettings):
    """What the source `imports` can be told."""

    kinds: tuple[KindPattern, ...] = Field(
        (),
        description="which tasks are of which kind, before what is built in: patterns over the "
        "name and description of a task's definition, and its own description",
    )
    waiting_limit: Duration = Field(
        600.0, description="how long a task may wait to be taken before that is an event"
    )
    heartbeat_limit: Duration = Field(
        300.0, description="how long a running task may give no sign of life before it is stalled"
    )


class Imports:
    """Reads the list of batch tasks, and remembers which had not ended."""

    def __init__(
        self,
        connection: Connection,
        settings: ImportsSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or ImportsSettings()
        self._while_running = sooner(WHILE_RUNNING, self._settings)
        self._signs = BATCH_TASKS.extended(self._settings.kinds)
        self._access = connection.access
        self._witnesses = connection.witnesses
        self._clock = clock
        self._memory: Mapping[str, str] = {}
        self._read: tuple[Listing, Tasks] | None = None
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """What was stored with the last snapshot."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        listing, tasks = await self._witnesses.look(NAME, self._look())
        before, now = recalled(self._memory), self._clock()
        complete, memory = counts_as_complete(listing.complete, tasks.complete, self._memory, now)
        tasks = replace(tasks, complete=complete)
        fresh = before.ended_since(tasks.ended) if before else ()
        held = self._held(fresh, tasks, now)
        seen = self._seen(tasks, held, now)
        share = self._witnesses.report(NAME, seen, tasks.unseen, tasks.complete)
        waits, since = self._waiting(tasks, now)
        memory[MEMORY] = remember(before, tasks, held).written()
        if since is not None:
            memory[WAITING_SINCE] = repr(since)
        ended = tuple(endings(fresh, held, tasks.ended if before is None else ()))
        failed_at = self._failed_at(ended, now)
        if failed_at is not None:
            memory[LAST_FAILED] = repr(failed_at)
        all_seen = Snapshot(
            measurements=(*measured(tasks), *_last_failed(failed_at)),
            facts=listing.facts,
            problems=tasks.problems,
            endings=ended,
            memory=memory if memory != dict(self._memory) else None,
            complete=tasks.complete,
            unseen=tasks.unseen,
            ask_again=self._while_running if _is_busy(seen) else None,
        )
        told = share.instead_of(all_seen, *waits)
        self._told = as_before(told, self._told)
        return self._told

    async def _look(self) -> tuple[Listing, Tasks]:
        listing = await self._access.batch_tasks()
        if self._read is None or self._read[0] is not listing:
            self._read = (listing, await read_tasks(listing, self._signs))
        return self._read

    def _seen(self, tasks: Tasks, held: Iterable[Task], now: Timestamp) -> tuple[Observation, ...]:
        """All tasks that are events, whoever reports them."""
        limit = self._settings.heartbeat_limit
        running = (observed(task, now, limit) for task in tasks.active)
        return (*running, *map(held_back, held))

    def _held(self, fresh: Sequence[Task], tasks: Tasks, now: Timestamp) -> tuple[Task, ...]:
        """Tasks that ended, whose work others may still show: their event goes on.

        Else it would end here, and begin anew where it is still shown.
        """
        shared = [task for task in fresh if task.kind in CLAIMS]
        if not shared:
            return ()
        seen = self._seen(tasks, shared, now)
        self._witnesses.report(NAME, seen, tasks.unseen, tasks.complete)
        running = {task.kind for task in tasks.active if task.kind in ONE_AT_A_TIME}
        return tuple(
            task
            for task in shared
            if task.kind in running or self._witnesses.others_may_see(NAME, task.mark)
        )

    def _failed_at(self, ended: Iterable[Ending], now: Timestamp) -> Timestamp | None:
        """When a task was last seen to have failed, restarts included."""
        if any(ending.fresh and ending.reason is EndReason.FAILED for ending in ended):
            return now
        return time_in(self._memory, LAST_FAILED)

    def _waiting(
        self, tasks: Tasks, now: Timestamp
    ) -> tuple[tuple[Observation, ...], Timestamp | None]:
        """The event that tasks wait too long, if they do, and since when it has been so.

        Its start stays while the task that has waited longest changes.
        """
        oldest = oldest_waiting(tasks)
        known = time_in(self._memory, WAITING_SINCE)
        if oldest is None or now - registered(oldest) <= self._settings.waiting_limit:
            # Of a list that is not complete nothing ends, and so its start stays known.
            return (), None if tasks.complete else known
        since = registered(oldest) if known is None else known
        return (waiting_event(oldest, tasks, since),), since


def _last_failed(at: Timestamp | None) -> tuple[Measurement, ...]:
    return () if at is None else (Measurement(LAST_FAILED, at),)


def _is_busy(seen: Iterable[Observation]) -> bool:
    """Whether anything may change at any moment: what stands still may for years."""
    return any(not observation.stalled for observation in seen)


def create(target: Target, connection: Connection, settings: ImportsSettings) -> Imports:
    """The source for one installation."""
    connection.witnesses.switch_on(NAME, settings.interval)
    return Imports(connection, settings)
