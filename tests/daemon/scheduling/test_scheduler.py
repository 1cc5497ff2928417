"""The scheduler on a real event loop with short intervals."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from apscheduler.schedulers import base

from syseventd import Outcome, Snapshot, SourceId
from syseventd.model import ProbeResult
from syseventd.scheduling import Limits, PaceSettings, Scheduler
from syseventd.scheduling.clock import ClockGuard

A, B = SourceId("crm", "imports"), SourceId("crm", "saint")
FAST = PaceSettings(0.05)
HOURLY = PaceSettings(3600.0)


def scheduler_of(run, **options):
    return Scheduler(run, limits=options.pop("limits", Limits()), **options)


def outcome(word, **more):
    return ProbeResult(Outcome(word), time.time(), 0.0, **more)


def test_a_source_runs_at_its_interval(recorder, eventually):
    """It keeps its beat: the time of ten runs is nine intervals."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, PaceSettings(0.1))
        scheduler.start()
        await eventually(lambda: len(recorder.starts) >= 12)
        await scheduler.stop(1)

    asyncio.run(main())
    times = recorder.times(A)
    assert times[11] - times[2] == pytest.approx(0.9, abs=0.15)


def test_runs_have_named_tasks(eventually):
    """Whoever looks at the loop sees which source is at work."""
    names = []

    async def run(source, late):
        names.append(asyncio.current_task().get_name())
        return outcome("ok", snapshot=Snapshot())

    async def main():
        scheduler = scheduler_of(run)
        scheduler.add(A, FAST)
        scheduler.start()
        await eventually(lambda: names)
        await scheduler.stop(1)

    asyncio.run(main())
    assert set(names) == {"probe crm/imports"}


def test_lateness_is_told(recorder, eventually):
    """A run is told how late it starts: never less than nothing, and next to nothing here."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, FAST)
        scheduler.start()
        await eventually(lambda: len(recorder.starts) >= 5)
        await scheduler.stop(1)

    asyncio.run(main())
    lates = [late for _, _, late in recorder.starts]
    assert min(lates) >= 0
    assert sorted(lates)[2] < 0.05


def test_first_runs_are_spread_over_the_interval(recorder, eventually):
    """A hundred sources don't start in one breath."""

    async def main():
        scheduler = scheduler_of(recorder)
        for number in range(100):
            scheduler.add(SourceId(f"crm{number}", "imports"), PaceSettings(1.0))
        scheduler.start()
        begun = time.time()
        await eventually(lambda: len({source for source, _, _ in recorder.starts}) == 100)
        await scheduler.stop(1)
        return begun

    begun = asyncio.run(main())
    firsts = {}
    for source, at, _ in recorder.starts:
        firsts.setdefault(source, at - begun)
    tenths = Counter(int(first * 10) for first in firsts.values())
    assert max(firsts.values()) < 1.3
    assert max(tenths.values()) < 30


def test_a_source_added_later_runs_too(recorder, eventually):
    """Adding works before and after the start; twice is an error."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, FAST)
        assert scheduler.next_run(A) is None
        scheduler.start()
        scheduler.add(B, FAST)
        with pytest.raises(ValueError, match="crm/saint is scheduled already"):
            scheduler.add(B, FAST)
        await eventually(lambda: recorder.times(A) and recorder.times(B))
        await scheduler.stop(1)

    asyncio.run(main())


def test_a_long_run_is_not_overlapped_and_what_it_misses_is_counted(recorder, eventually):
    """While it runs, its due runs are missed; afterwards it goes on."""
    told = Counter()

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(
            recorder, on_missed=lambda source, count: told.update({source: count})
        )
        scheduler.add(A, FAST)
        scheduler.start()
        await eventually(lambda: told[A] >= 4)
        assert len(recorder.starts) == 1
        assert scheduler.running == (A,)
        assert scheduler.missed == told
        recorder.gates[A].set()
        await eventually(lambda: len(recorder.starts) >= 3)
        await scheduler.stop(1)

    asyncio.run(main())


def test_missed_runs_flood_no_log(recorder, eventually, caplog):
    """APScheduler would log each run, and each that it skips; ours are counted instead."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder)
        scheduler.add(A, FAST)
        scheduler.add(B, FAST)
        scheduler.start()
        await eventually(lambda: scheduler.missed[A] >= 3 and len(recorder.times(B)) >= 3)
        await scheduler.stop(0)

    with caplog.at_level(logging.INFO):
        asyncio.run(main())
    assert [r for r in caplog.records if r.name.startswith("apscheduler")] == []


def test_failures_back_off_and_success_is_at_once_normal(recorder, eventually):
    """The planned time is corrected when the pace changes, both ways."""

    async def main():
        scheduler = scheduler_of(recorder)
        recorder.ends[A] = outcome("unreachable")
        scheduler.add(A, PaceSettings(0.1))
        scheduler.start()
        await eventually(lambda: len(recorder.starts) == 3 and not scheduler.running)
        assert scheduler.next_run(A) - recorder.starts[-1][1] == pytest.approx(0.8, abs=0.1)
        del recorder.ends[A]
        scheduler.probe_now(A)
        await eventually(lambda: len(recorder.starts) == 4 and not scheduler.running)
        assert scheduler.next_run(A) - time.time() < 0.2
        await eventually(lambda: len(recorder.starts) >= 8, within=2)
        await scheduler.stop(1)

    asyncio.run(main())
    times = recorder.times(A)
    assert times[1] - times[0] == pytest.approx(0.2, abs=0.1)
    assert times[2] - times[1] == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize(
    ("result", "wait"),
    [
        (outcome("throttled", retry_after=2000.0), 2000),
        (outcome("paused", retry_after=300.0), 300),
        (outcome("not_available"), 86400),
        (outcome("ok", snapshot=Snapshot(ask_again=120.0)), 120),
    ],
)
def test_what_a_result_asks_for_is_planned(recorder, eventually, result, wait):
    """Retry-After, a pause, what isn't there, and what the source would like."""

    async def main():
        scheduler = scheduler_of(recorder)
        recorder.ends[A] = result
        scheduler.add(A, PaceSettings(1.0))
        scheduler.start()
        scheduler.probe_now(A)
        await eventually(lambda: recorder.starts and not scheduler.running)
        assert scheduler.next_run(A) - time.time() == pytest.approx(wait, abs=5)
        await scheduler.stop(1)

    asyncio.run(main())


def test_an_unchanged_wish_replans_nothing(recorder, eventually):
    """A source that always asks for the same keeps its beat without being moved."""
    moves = []

    async def main():
        scheduler = scheduler_of(recorder)
        recorder.ends[A] = outcome("ok", snapshot=Snapshot(ask_again=0.1))
        scheduler.add(A, PaceSettings(0.2, ask_again_within=(0.1, 1.0)))
        scheduler._timetable.add_listener(moves.append, base.EVENT_JOB_MODIFIED)
        scheduler.start()
        await eventually(lambda: len(recorder.starts) >= 6)
        await scheduler.stop(1)

    asyncio.run(main())
    assert len(moves) == 1
    times = recorder.times(A)
    assert times[5] - times[1] == pytest.approx(0.4, abs=0.1)


def test_probe_now_runs_at_once_and_only_once(recorder, eventually):
    """An impatient administrator starts no second run beside the first."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder)
        scheduler.add(A, HOURLY)
        scheduler.start()
        for _ in range(3):
            scheduler.probe_now(A)
        await eventually(lambda: recorder.starts)
        scheduler.probe_now(A)
        recorder.gates[A].set()
        await eventually(lambda: not scheduler.running)
        assert len(recorder.starts) == 1
        with pytest.raises(KeyError):
            scheduler.probe_now(B)
        await scheduler.stop(1)
        scheduler.probe_now(A)
        assert len(recorder.starts) == 1

    asyncio.run(main())


def test_the_limits_hold(recorder, eventually):
    """Never more at once than allowed, over all and for a target; all get their turn."""
    most = Counter()

    async def main():
        gate = asyncio.Event()
        sources = [SourceId(f"crm{n % 3}", f"s{n}") for n in range(30)]
        scheduler = scheduler_of(recorder, limits=Limits(8, 4))
        for source in sources:
            recorder.gates[source] = gate
            scheduler.add(source, HOURLY)
        scheduler.start()
        for source in sources:
            scheduler.probe_now(source)
        await eventually(lambda: len(recorder.running) == 6)
        most.update(source.target for source in recorder.running)
        gate.set()
        await eventually(lambda: len(recorder.starts) == 30)
        await scheduler.stop(1)

    asyncio.run(main())
    assert max(most.values()) <= 3


def test_one_that_waits_for_its_turn_is_late(recorder, eventually):
    """Lateness counts the wait for a slot."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        scheduler.probe_now(B)
        await eventually(lambda: recorder.starts)
        began = time.monotonic()
        await eventually(lambda: time.monotonic() - began > 0.1)
        recorder.gates[A].set()
        await eventually(lambda: len(recorder.starts) == 2)
        await scheduler.stop(1)

    asyncio.run(main())
    assert recorder.starts[1][2] >= 0.1


def test_a_run_that_raises_is_a_failure_and_logged_when_it_begins(recorder, eventually):
    """The store may be out of disk: the source goes on, slower, and the log isn't flooded."""

    async def main():
        scheduler = scheduler_of(recorder)
        recorder.ends[A] = OSError("disk full")
        scheduler.add(A, PaceSettings(0.05, backoff_ceiling=0.05))
        scheduler.start()
        await eventually(lambda: len(recorder.starts) >= 4)
        del recorder.ends[A]
        await eventually(lambda: len(recorder.starts) >= 6)
        recorder.ends[A] = OSError("again")
        await eventually(lambda: len(recorder.starts) >= 10)
        await scheduler.stop(1)

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    failed = [entry for entry in logs if entry["event"] == "run_failed"]
    assert [str(entry["exc_info"]) for entry in failed] == ["disk full", "again"]
    assert (failed[0]["target"], failed[0]["source"]) == A


# --- leaving ----------------------------------------------------------------------------------


def test_removing_cancels_what_runs_and_frees_its_slot(recorder, eventually):
    """After `remove` the source no longer runs, will not run, and others have its place."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        scheduler.probe_now(B)
        await eventually(lambda: recorder.running == [A])
        await scheduler.remove(A)
        assert recorder.cancelled == [A]
        assert scheduler.next_run(A) is None
        await eventually(lambda: recorder.times(B))
        await scheduler.stop(1)

    asyncio.run(main())


def test_removing_what_waits_takes_it_out_of_the_line(recorder, eventually):
    """A source that is gone doesn't start when its turn would have come."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        scheduler.probe_now(B)
        await scheduler.remove(B)
        recorder.gates[A].set()
        await eventually(lambda: recorder.starts and not scheduler.running)
        scheduler.probe_now(A)
        await eventually(lambda: len(recorder.starts) == 2)
        await scheduler.stop(1)

    asyncio.run(main())
    assert recorder.times(B) == []


def test_removing_with_grace_lets_a_run_finish(recorder, eventually):
    """A reload need not waste a probe that is nearly done."""

    async def main():
        gate = recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder)
        scheduler.add(A, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        await eventually(lambda: recorder.running)
        asyncio.get_running_loop().call_later(0.05, gate.set)
        await scheduler.remove(A, grace=15)
        assert recorder.cancelled == []
        assert scheduler.running == ()
        await scheduler.stop(1)

    asyncio.run(main())


def test_a_source_can_come_back(recorder, eventually):
    """Removed and added again, with another interval, it runs."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, HOURLY)
        scheduler.start()
        await scheduler.remove(A)
        scheduler.add(A, FAST)
        await eventually(lambda: len(recorder.starts) >= 3)
        await scheduler.stop(1)

    asyncio.run(main())


def test_removing_before_the_start(recorder):
    """What never ran leaves nothing behind."""

    async def main():
        scheduler = scheduler_of(recorder)
        scheduler.add(A, FAST)
        await scheduler.remove(A)
        scheduler.start()
        await scheduler.stop(1)

    asyncio.run(main())
    assert recorder.starts == []


def test_a_run_cancelled_before_it_began_gives_back_its_slot(recorder, eventually):
    """A task that is cancelled in the very turn that made it never runs a line."""

    async def main():
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        await scheduler.remove(A)
        scheduler.probe_now(B)
        await eventually(lambda: recorder.times(B))
        await scheduler.stop(1)

    asyncio.run(main())
    assert recorder.times(A) == []


def test_stopping_waits_then_cancels(recorder, eventually):
    """What finishes within the grace does; what does not is cancelled; nothing new starts."""

    async def main():
        recorder.gates = {A: asyncio.Event(), B: asyncio.Event()}
        third = SourceId("crm", "freetext")
        scheduler = scheduler_of(recorder, limits=Limits(4, 4))
        for source in (A, B, third):
            scheduler.add(source, HOURLY)
        scheduler.start()
        for source in (A, B):
            scheduler.probe_now(source)
        await eventually(lambda: len(recorder.running) == 2)
        asyncio.get_running_loop().call_later(0.05, recorder.gates[A].set)
        await scheduler.stop(0.5)
        assert recorder.cancelled == [B]
        assert recorder.running == []
        scheduler.probe_now(third)
        assert scheduler.running == ()

    asyncio.run(main())
    assert len(recorder.starts) == 2


def test_stopping_starts_none_of_those_that_wait(recorder, eventually):
    """A slot that becomes free while stopping stays free."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        scheduler.probe_now(B)
        await eventually(lambda: recorder.running)
        await scheduler.stop(0)

    asyncio.run(main())
    assert recorder.times(B) == []


def test_stopping_starts_none_whose_turn_comes_by_it(recorder, eventually):
    """Where one leaves the line, the next moves up; while stopping, it must not start."""
    unproven, proven = SourceId("crm2", "a"), SourceId("crm2", "b")

    async def main():
        scheduler = scheduler_of(recorder, limits=Limits(2, 1))
        for source in (A, unproven, proven):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(proven)
        await eventually(lambda: recorder.starts and not scheduler.running)
        recorder.gates[A] = asyncio.Event()
        for source in (A, unproven, proven):  # the second waits for the first, the third for it
            scheduler.probe_now(source)
        await eventually(lambda: recorder.running == [A])
        await scheduler.stop(0)
        await scheduler.remove(proven)

    asyncio.run(main())
    assert [source for source, _, _ in recorder.starts] == [proven, A]


def test_stopping_is_bounded_where_a_run_swallows_its_cancellation(monkeypatch):
    """It says which one it leaves behind."""
    monkeypatch.setattr("syseventd.scheduling.scheduler.CANCEL_PATIENCE", 0.05)

    async def main():
        release = asyncio.Event()

        async def run(source, late):
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue
            return outcome("ok", snapshot=Snapshot())

        scheduler = scheduler_of(run)
        scheduler.add(A, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        await asyncio.sleep(0)
        await scheduler.stop(0)
        release.set()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    assert [(e["event"], e["task"]) for e in logs] == [("run_left_behind", "probe crm/imports")]


def test_stopping_before_the_start(recorder):
    """A daemon that fails to start stops all the same."""
    asyncio.run(scheduler_of(recorder).stop(1))


# --- a clock that moves -----------------------------------------------------------------------


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
