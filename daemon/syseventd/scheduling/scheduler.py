"""Runs each source when it is due: APScheduler keeps the times, this keeps the order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from syseventd.model import Outcome, ProbeResult, SourceId, Timestamp
from syseventd.scheduling.clock import ClockGuard
from syseventd.scheduling.executor import CallingExecutor
from syseventd.scheduling.line import Ticket
from syseventd.scheduling.pace import SPREAD, PaceSettings
from syseventd.scheduling.record import Record
from syseventd.scheduling.slots import Limits, Slots
from syseventd.scheduling.trigger import PaceTrigger

log = structlog.get_logger(__name__)

Run: TypeAlias = Callable[[SourceId, float], Coroutine[Any, Any, ProbeResult]]
"""Probes a source and does all that follows; is told how many seconds late it starts."""

LEAST_PAUSE = 0.5
"""Seconds of lateness below which nothing is taken for a pause, however short the interval."""

CANCEL_PATIENCE = 2.0
"""Seconds that a cancelled run may take to end before it is left behind."""


@dataclass(eq=False, slots=True)
class _Entry:
    """One scheduled source. `ticket` is there while it runs or waits for its turn."""

    source: SourceId
    trigger: PaceTrigger
    pause: float
    """Seconds of lateness that mean that the daemon stood still."""
    job: Any = None
    record: Record = field(default_factory=Record)
    ticket: Ticket | None = None
    task: asyncio.Task[ProbeResult] | None = None
    due: Timestamp = 0.0
    missed: int = 0
    raising: bool = False


class Scheduler:
    """Calls `run` for each source at its pace, at most once at a time, within `limits`.

    `on_missed` is told of runs that were due and did not happen: the source was still running,
    or the daemon stood still. `clock` gives Unix seconds. `run` should not raise; where it does,
    it counts as a failure of the source, and is logged when that begins.
    """

    def __init__(
        self,
        run: Run,
        *,
        limits: Limits,
        on_missed: Callable[[SourceId, int], None] = lambda source, count: None,
        clock: Callable[[], Timestamp] = time.time,
    ) -> None:
        self._run = run
        self._on_missed = on_missed
        self._clock = clock
        self._slots = Slots(limits)
        self._entries: dict[SourceId, _Entry] = {}
        self._stopping = False
        self._guard = ClockGuard(clock, self._clock_was_set_back)
        # A partial: of a method, each job would keep a copy, its name and its address.
        self._due = partial(self._is_due)
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every job
        self._timetable = AsyncIOScheduler(timezone=UTC)
        self._timetable.add_executor(CallingExecutor())

    def start(self) -> None:
        """Begins to run what was added, and what will be, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._timetable.start()
        self._guard.start()

    async def stop(self, grace: float) -> None:
        """Starts nothing more; waits `grace` seconds for what runs, then cancels it."""
        self._stopping = True
        self._guard.stop()
        if self._timetable.running:
            self._timetable.shutdown(wait=False)
            await asyncio.sleep(0)  # it shuts down in a callback of its own
        for entry in self._entries.values():
            _leave_line(entry, self._slots)
        await _end([e.task for e in self._entries.values() if e.task is not None], grace)

    def add(self, source: SourceId, settings: PaceSettings) -> None:
        """Schedules a source; its first run comes within its interval, or a minute.

        Raises ValueError where it is scheduled already.
        """
        if source in self._entries:
            raise ValueError(f"{source} is scheduled already")
        trigger = PaceTrigger(source, settings)
        pause = max(settings.spread, LEAST_PAUSE)
        entry = self._entries[source] = _Entry(source, trigger, pause)
        entry.job = self._timetable.add_job(
            self._due, trigger, (entry,), id=str(source), name="probe", misfire_grace_time=None
        )

    async def remove(self, source: SourceId, grace: float = 0.0) -> None:
        """Takes a source out, and waits until it no longer runs; cancels it after `grace`."""
        entry = self._entries.pop(source)
        if not self._stopping:  # stopping took out every job
            entry.job.remove()
        _leave_line(entry, self._slots)
        if entry.task is not None:
            await _end([entry.task], grace)

    def probe_now(self, source: SourceId) -> None:
        """Runs a source as soon as there is room, unless it runs or waits already.

        Raises KeyError where there is no such source.
        """
        entry = self._entries[source]
        if entry.ticket is None and not self._stopping:
            self._request(entry, self._clock(), 0.0)

    def next_run(self, source: SourceId) -> Timestamp | None:
        """When a source runs next, in Unix seconds; None before the start, or if unknown."""
        entry = self._entries.get(source)
        if entry is None or not self._timetable.running:
            return None
        return entry.trigger.planned

    @property
    def missed(self) -> Mapping[SourceId, int]:
        """How many runs each source missed since it was added."""
        return {source: entry.missed for source, entry in self._entries.items()}

    @property
    def running(self) -> tuple[SourceId, ...]:
        """The sources that run now."""
        return tuple(s for s, entry in self._entries.items() if entry.task is not None)

    # --- the way of one run, in the order of the calls ---------------------------------------

    def _is_due(self, entry: _Entry, *, due: Timestamp = 0.0) -> None:
        now = self._clock()
        late = now - due
        if late >= entry.trigger.wait:
            self._miss(entry, int(late // entry.trigger.wait))
        if late > entry.pause:
            entry.trigger.spread_out(now)
        elif entry.ticket is not None:
            self._miss(entry, 1)
        else:
            self._request(entry, due, min(entry.trigger.wait, SPREAD))

    def _request(self, entry: _Entry, due: Timestamp, within: float) -> None:
        entry.due = due
        ticket = entry.ticket = Ticket(
            entry.source.target, entry.record, within, partial(self._start, entry)
        )
        self._slots.request(ticket)

    def _start(self, entry: _Entry) -> None:
        if self._stopping:
            return
        late = max(0.0, self._clock() - entry.due)
        task = self._loop.create_task(self._run(entry.source, late), name=f"probe {entry.source}")
        entry.task = task
        # Not in the task itself: one cancelled before it began would never give back its slot.
        task.add_done_callback(partial(self._ended, entry))

    def _ended(self, entry: _Entry, task: asyncio.Task[ProbeResult]) -> None:
        ticket, entry.ticket, entry.task = entry.ticket, None, None
        result = None if task.cancelled() else self._result_of(entry, task)
        if ticket is not None:
            self._slots.release(ticket, None if result is None else result.outcome.failed)
        if result is not None and self._entries.get(entry.source) is entry and not self._stopping:
            planned = entry.trigger.follow(result, entry.due, self._clock())
            if planned is not None:
                entry.job.modify(next_run_time=planned)

    def _result_of(self, entry: _Entry, task: asyncio.Task[ProbeResult]) -> ProbeResult:
        error = task.exception()
        if error is None:
            entry.raising = False
            return task.result()
        if not entry.raising:
            entry.raising = True
            target, source = entry.source
            log.error("run_failed", target=target, source=source, exc_info=error)
        return ProbeResult(Outcome.ERROR, entry.due, 0.0, reason=str(error))

    def _miss(self, entry: _Entry, count: int) -> None:
        entry.missed += count
        self._on_missed(entry.source, count)

    # --- what else happens --------------------------------------------------------------------

    def _clock_was_set_back(self, step: float) -> None:
        log.warning("clock_set_back", seconds=round(-step, 3))
        now = self._clock()
        for entry in self._entries.values():
            planned: datetime = entry.trigger.shift(step, now)
            entry.job.modify(next_run_time=planned)


def _leave_line(entry: _Entry, slots: Slots) -> None:
    """Takes out of the line a source that waits for its turn."""
    if entry.ticket is not None and entry.task is None:
        slots.release(entry.ticket)
        entry.ticket = None


async def _end(tasks: Iterable[asyncio.Task[ProbeResult]], grace: float) -> None:
    """Waits `grace` seconds for tasks, cancels them, and leaves behind what does not end."""
    remaining = set(tasks)
    if remaining and grace > 0:
        _, remaining = await asyncio.wait(remaining, timeout=grace)
    for task in remaining:
        task.cancel()
    if remaining:
        _, remaining = await asyncio.wait(remaining, timeout=CANCEL_PATIENCE)
    for task in remaining:
        log.warning("run_left_behind", task=task.get_name())
