"""APScheduler's question "when next?", answered from a source's pace."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from apscheduler.triggers.base import BaseTrigger

from syseventd.model import ProbeResult, SourceId, Timestamp
from syseventd.scheduling.pace import (
    NORMAL,
    Pace,
    PaceSettings,
    first_time,
    follow,
    next_time,
    phase_of,
)

TICK = 0.02
"""Runs start on multiples of this many seconds, so that one wake-up serves many sources."""

SHORTEST_TICK = 0.001
"""Below this, rounding could fall behind what datetimes tell apart."""


class PaceTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """The pace of one source, and the time that it is planned for.

    APScheduler asks twice for each run, before and after it starts it: the answer to the same
    question is kept, until a result or a pause changes it.
    """

    __slots__ = (
        "_answer",
        "_asked",
        "_phase",
        "_resume",
        "_settings",
        "_target_phase",
        "_tick",
        "pace",
        "planned",
    )

    def __init__(self, source: SourceId, settings: PaceSettings) -> None:
        self._settings = settings
        self._phase, self._target_phase = phase_of(*source), phase_of(source.target)
        self._tick = max(min(TICK, settings.interval / 20), SHORTEST_TICK)
        self._asked: datetime | None = None
        self._answer: datetime | None = None
        self._resume: Timestamp | None = None
        self.pace = NORMAL
        self.planned: Timestamp = math.nan

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        answer = self._answer
        if answer is not None and previous is self._asked and answer > now:
            return answer
        return self._plan(previous, now.timestamp())

    def _plan(self, previous: datetime | None, now: Timestamp) -> datetime:
        if self._resume is not None and self._resume > now:
            time = self._resume
        elif previous is None:
            time = self._first_time(now)
        else:
            ran = self.planned if previous is self._answer else previous.timestamp()
            time = next_time(self._settings, self._phase, self.pace, ran, now)
        # A tick further, where rounding up hits `now`: APScheduler goes on until it is later.
        tick = self._tick
        self.planned = max(math.ceil(time / tick), math.floor(now / tick) + 1) * tick
        self._asked, self._answer = previous, datetime.fromtimestamp(self.planned, UTC)
        return self._answer

    def _first_time(self, now: Timestamp) -> Timestamp:
        return first_time(self._settings, self._target_phase, self._phase, now)

    @property
    def wait(self) -> float:
        """Seconds from one run to the next, as the pace is now."""
        return self._settings.interval if self.pace.every is None else self.pace.every

    def spread_out(self, now: Timestamp) -> None:
        """Plans the next run after a pause, spread as first runs are."""
        self._resume = self._first_time(now)
        self._answer = None

    def follow(self, result: ProbeResult, due: Timestamp, now: Timestamp) -> datetime | None:
        """Lets a run's result change the pace. Returns the new planned time if that changes."""
        pace = follow(self._settings, self.pace, result, now)
        if pace == self.pace:
            return None
        self.pace = pace
        before = self.planned
        after = self._plan(datetime.fromtimestamp(due, UTC), now)
        return None if self.planned == before else after

    def shift(self, seconds: float, now: Timestamp) -> datetime:
        """Moves what is planned along with a clock that was set by `seconds`."""
        self.pace = Pace(self.pace.failures, self.pace.every, self.pace.not_before + seconds)
        self._resume = max(self.planned + seconds, now)
        return self._plan(None, now)
