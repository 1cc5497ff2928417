"""Whose turn it is, on a real event loop: at once when asked, within the limits, and late."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from syseventd import SourceId
from syseventd.scheduling import Limits, PaceSettings, Scheduler

A, B = SourceId("crm", "imports"), SourceId("crm", "saint")
EARLY = SourceId("crm", "early")
HOURLY = PaceSettings(3600.0)


def scheduler_of(run, **options):
    return Scheduler(run, limits=options.pop("limits", Limits()), **options)


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
    """Never more at once than the new may have, over all and for a target; all get their turn."""
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
        await eventually(lambda: len(recorder.running) == 7)
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


def test_what_somebody_asks_for_goes_before_what_is_due(recorder, eventually):
    """An administrator waits before the screen; a source that is due has until it is due again."""

    async def main():
        recorder.gates[A] = asyncio.Event()
        scheduler = scheduler_of(recorder, limits=Limits(1, 1))
        for source, pace in (
            (A, HOURLY),
            (B, HOURLY),
            (EARLY, PaceSettings(30.0, first_within=0.1)),
        ):
            scheduler.add(source, pace)
        scheduler.start()
        scheduler.probe_now(A)
        await eventually(lambda: recorder.running and scheduler._entries[EARLY].ticket)
        scheduler.probe_now(B)
        recorder.gates[A].set()
        await eventually(lambda: len(recorder.starts) == 3)
        await scheduler.stop(1)

    asyncio.run(main())
    assert [source for source, _, _ in recorder.starts] == [A, B, EARLY]


@pytest.mark.parametrize(("interval", "within"), [(30.0, 30.0), (3600.0, 60.0)])
def test_a_turn_is_due_within_the_interval_or_a_minute(recorder, eventually, interval, within):
    """What is asked seldom lets others go first, but not for an hour."""

    async def main():
        recorder.gates[EARLY] = asyncio.Event()
        scheduler = scheduler_of(recorder)
        scheduler.add(EARLY, PaceSettings(interval, first_within=0.1))
        scheduler.start()
        await eventually(lambda: recorder.running)
        assert scheduler._entries[EARLY].ticket.within == within
        await scheduler.stop(0)

    asyncio.run(main())
