"""Sources that are removed, and a scheduler that stops: nothing runs on, nothing is stuck."""

from __future__ import annotations

import asyncio
import time

import structlog

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
    assert len(recorder.starts) >= 3


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
    """A run that ends while the scheduler stops frees a slot: whoever waits must not start."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source in (A, B):
            scheduler.add(source, HOURLY)
        scheduler.start()
        scheduler.probe_now(A)
        scheduler.probe_now(B)
        await eventually(lambda: recorder.running == [A])
        recorder.gates[A].set()
        await asyncio.sleep(0)  # it ends; that it did is told in the loop's next turn
        await scheduler.stop(1)
        await scheduler.remove(B)

    asyncio.run(main())
    assert [source for source, _, _ in recorder.starts] == [A]


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
    assert recorder.starts == []
