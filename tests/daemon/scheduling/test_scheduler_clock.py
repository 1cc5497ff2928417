"""The scheduler beside a clock that is set, that stands still, or that drifts a little."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from apscheduler.schedulers import base

from syseventd import SourceId
from syseventd.scheduling import Limits, PaceSettings, Scheduler
from syseventd.scheduling.clock import ClockGuard

A = SourceId("crm", "imports")
HOURLY = PaceSettings(3600.0)


def scheduler_of(run, **options):
    return Scheduler(run, limits=options.pop("limits", Limits()), **options)


class SteppedClock:
    """The wall clock, and how far somebody has set it."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead

    def patch(self, monkeypatch):
        """Sets APScheduler's clock along with ours."""
        clock = self

        class Stepped(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + timedelta(seconds=clock.ahead)

        monkeypatch.setattr(base, "datetime", Stepped)


def test_a_clock_set_back_stops_nothing(recorder, eventually, monkeypatch):
    """Set back by an hour, the sources go on within their interval, not in an hour."""
    clock = SteppedClock()
    clock.patch(monkeypatch)

    async def main():
        scheduler = scheduler_of(recorder, clock=clock)
        scheduler._guard._every = 0.05
        scheduler.add(A, PaceSettings(0.1))
        scheduler.start()
        await eventually(lambda: len(recorder.starts) >= 3)
        clock.ahead = -3600
        ran = len(recorder.starts)
        await eventually(lambda: len(recorder.starts) >= ran + 5)
        assert scheduler.next_run(A) <= clock() + 1
        await scheduler.stop(1)

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    assert [entry["event"] for entry in logs] == ["clock_set_back"]
    assert logs[0]["seconds"] == pytest.approx(3600, abs=1)


def test_a_pause_counts_what_was_missed_and_spreads_what_is_due(recorder, eventually, monkeypatch):
    """After ten minutes away, sources of a minute each missed about ten runs, and don't rush."""
    clock = SteppedClock()
    clock.patch(monkeypatch)

    async def main():
        scheduler = scheduler_of(recorder, clock=clock)
        sources = [SourceId(f"crm{n}", "imports") for n in range(100)]
        for source in sources:
            scheduler.add(source, PaceSettings(60.0))
        scheduler.start()
        clock.ahead = 600
        scheduler._timetable.wakeup()  # in life its timer does
        await eventually(lambda: min(scheduler.missed.values()) > 0)
        assert len(recorder.starts) < 20
        for source in sources:
            assert 9 <= scheduler.missed[source] <= 10
        planned = [scheduler.next_run(source) - clock() for source in sources]
        assert max(planned) <= 60.1
        assert max(Counter(int(p // 6) for p in planned).values()) < 25
        await scheduler.stop(1)

    asyncio.run(main())


def test_a_short_pause_misses_nothing_but_is_spread(recorder, eventually, monkeypatch):
    """Ten minutes away from hourly sources: those that are due come within a minute."""
    clock = SteppedClock()
    clock.patch(monkeypatch)

    async def main():
        scheduler = scheduler_of(recorder, clock=clock)
        scheduler.add(A, HOURLY)
        scheduler.start()
        first = scheduler.next_run(A)
        clock.ahead = 600
        scheduler._timetable.wakeup()
        await eventually(lambda: scheduler.next_run(A) != first)
        assert scheduler.missed[A] == 0
        assert scheduler.next_run(A) - clock() <= 60.1
        assert recorder.starts == []
        await scheduler.stop(1)

    asyncio.run(main())


def test_small_steps_of_the_clock_are_nobody_s_business():
    """Time servers move a clock by fractions of a second."""
    steps = []

    async def main():
        clock = SteppedClock()
        guard = ClockGuard(clock, steps.append, every=0.01)
        guard.start()
        checked = asyncio.Event()
        clock.ahead = -0.5
        asyncio.get_running_loop().call_later(0.1, checked.set)
        await checked.wait()
        assert steps == []
        clock.ahead = -100
        checked.clear()
        asyncio.get_running_loop().call_later(0.1, checked.set)
        await checked.wait()
        guard.stop()

    asyncio.run(main())
    assert steps == [pytest.approx(-99.5, abs=0.1)]


def test_times_are_in_utc(recorder, eventually):
    """The machine's time zone, and its summer time, change nothing."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, HOURLY)
        scheduler.start()
        assert scheduler._timetable.timezone is UTC
        assert 0 <= scheduler.next_run(A) - time.time() <= 61
        await scheduler.stop(1)

    asyncio.run(main())
