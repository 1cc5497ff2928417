"""The scheduler on a real event loop: when sources run, and what their results change."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter

import pytest
import structlog
from apscheduler.schedulers import base

from syseventd import Outcome, Snapshot, SourceId
from syseventd.model import ProbeResult
from syseventd.scheduling import Limits, PaceSettings, Scheduler

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
