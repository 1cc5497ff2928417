"""Real probes that have answered turn hung, all at once: a healthy one keeps its beat."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest

from syseventd import Outcome, Snapshot, SourceId
from syseventd.interface import Isolation
from syseventd.probing import prepare
from syseventd.scheduling import Limits, PaceSettings, Scheduler

DEADLINE = 0.4
BEAT = 0.2
OTHERS = 0.6
SPAN = 5.0
"""Seconds, from the moment that the others hang, in which beats are counted."""


class Awaiting:
    """Answers, until it hangs by `await`."""

    def __init__(self, hung):
        self.hung = hung

    async def probe(self):
        if self.hung.is_set():
            await asyncio.Event().wait()
        return Snapshot()


class Threaded:
    """Answers, until it hangs in a thread."""

    def __init__(self, hung, release):
        self.hung, self.release = hung, release

    def probe(self):
        if self.hung.is_set():
            self.release.wait()
        return Snapshot()


class Healthy:
    async def probe(self):
        await asyncio.sleep(0)
        return Snapshot()


class Watch:
    """A scheduler with real probers, and what came of each run."""

    def __init__(self, limits):
        self.outcomes = Counter()
        self.starts = Counter()
        self.at_once = Counter()
        self.most = Counter()
        self.probers = {}
        self.scheduler = Scheduler(self._run, limits=limits)

    def add(self, source, what, interval):
        self.probers[source] = prepare(what, Isolation.SHARED, source)
        # No backoff: those that hang press on as hard as they can.
        self.scheduler.add(source, PaceSettings(interval, backoff_ceiling=interval))

    async def _run(self, source, late):
        self.starts[source] += 1
        for pool in ("all", source.target):
            self.at_once[pool] += 1
            self.most[pool] = max(self.most[pool], self.at_once[pool])
        result = await self.probers[source].probe(DEADLINE)
        for pool in ("all", source.target):
            self.at_once[pool] -= 1
        self.outcomes[source, result.outcome] += 1
        return result

    async def close(self):
        await self.scheduler.stop(0)
        await asyncio.gather(*(prober.aclose() for prober in self.probers.values()))


@pytest.mark.parametrize("how", ["await", "thread"])
@pytest.mark.parametrize(
    ("limits", "targets"),
    [
        pytest.param(Limits(6, 4), 20, id="over-all"),
        pytest.param(Limits(200, 6), 1, id="one-target"),
    ],
)
def test_a_healthy_one_keeps_its_beat_from_the_moment_that_the_others_hang(
    eventually, limits, targets, how
):
    """Beside 59 that answered and then hang, with 6 slots, it has four beats of five."""
    healthy = SourceId("crm0", "healthy")
    hung, release = threading.Event(), threading.Event()

    def other():
        return Awaiting(hung) if how == "await" else Threaded(hung, release)

    async def main():
        watch = Watch(limits)
        watch.add(healthy, Healthy(), BEAT)
        for number in range(59):
            source = SourceId(f"crm{number % targets}", f"other-{number}")
            watch.add(source, other(), OTHERS)
        watch.scheduler.start()
        await eventually(lambda: all(watch.outcomes[s, Outcome.OK] > 1 for s in watch.probers))
        hung.set()
        before, began = watch.starts[healthy], time.monotonic()
        await eventually(lambda: time.monotonic() - began >= SPAN)
        beats = watch.starts[healthy] - before
        release.set()
        await watch.close()
        return watch, beats

    watch, beats = asyncio.run(main())
    assert beats >= 0.8 * SPAN / BEAT
    assert {outcome for source, outcome in watch.outcomes if source == healthy} == {Outcome.OK}
    assert sum(outcome is Outcome.TIMEOUT for _, outcome in watch.outcomes) > 30
    assert watch.most.pop("all") <= limits.max_probes
    assert max(watch.most.values()) <= limits.max_probes_per_target
