"""The proof: every other source hangs, in every way there is, and a healthy one keeps its beat."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import textwrap
import threading
import time

import pytest

from syseventd import Outcome, Snapshot, SourceId
from syseventd.interface import Isolation
from syseventd.probing import prepare
from syseventd.scheduling import Limits, PaceSettings, Scheduler

INTERVAL = 0.2
DEADLINE = 0.6
BEATS = 15

BUSY = """
    class Busy:
        def probe(self):
            while True:
                pass
"""


class Awaiting:
    async def probe(self):
        await asyncio.Event().wait()


class Swallowing:
    def __init__(self, release):
        self.release = release

    async def probe(self):
        while not self.release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.release.wait()


class Threaded:
    def __init__(self, release):
        self.release = release

    def probe(self):
        self.release.wait()


class Healthy:
    async def probe(self):
        await asyncio.sleep(0)
        return Snapshot()


class HealthyThread:
    def probe(self):
        return Snapshot()


@pytest.fixture
def busy(tmp_path, monkeypatch):
    """A source that loops, in a module that its process can import."""
    (tmp_path / "busy_source_for_starvation.py").write_text(textwrap.dedent(BUSY))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("busy_source_for_starvation").Busy


def hung_sources(targets, busy, release, thread_release):
    """Two of each kind on each target: far more than there are slots."""
    for target in targets:
        for number in range(2):
            yield SourceId(target, f"awaiting-{number}"), Awaiting(), Isolation.SHARED
            yield SourceId(target, f"swallowing-{number}"), Swallowing(release), Isolation.SHARED
            yield SourceId(target, f"thread-{number}"), Threaded(thread_release), Isolation.SHARED
        yield SourceId(target, "busy"), busy(), Isolation.PROCESS


def test_the_hung_starve_nobody(busy, eventually):
    """Beside 21 hung sources, with 4 slots over all and 2 a target, two healthy ones keep time."""
    healthy = [SourceId("crm", "healthy"), SourceId("crm2", "healthy-thread")]
    outcomes: dict[SourceId, list[Outcome]] = {}
    beats: list[tuple[SourceId, float]] = []

    async def main():
        release, thread_release = asyncio.Event(), threading.Event()
        probers = {
            source: prepare(what, isolation, source)
            for source, what, isolation in (
                (healthy[0], Healthy(), Isolation.SHARED),
                (healthy[1], HealthyThread(), Isolation.SHARED),
                *hung_sources(["crm", "crm2", "crm3"], busy, release, thread_release),
            )
        }

        async def run(source, late):
            if source in healthy:
                beats.append((source, time.monotonic()))
            result = await probers[source].probe(DEADLINE)
            outcomes.setdefault(source, []).append(result.outcome)
            return result

        scheduler = Scheduler(run, limits=Limits(4, 2))
        for source in probers:
            ceiling = INTERVAL  # no backoff: the hung press on as hard as they can
            scheduler.add(source, PaceSettings(INTERVAL, backoff_ceiling=ceiling))
        scheduler.start()
        # Whoever is new waits in line with the hung; from its first success on it is proven.
        await eventually(lambda: all(Outcome.OK in outcomes.get(s, ()) for s in healthy), 60)
        proven = time.monotonic()
        counted = lambda s: [at for who, at in beats if who == s and at > proven]  # noqa: E731
        await eventually(
            lambda: all(len(counted(s)) > BEATS for s in healthy), BEATS * INTERVAL * 2
        )
        await eventually(lambda: len(outcomes) == len(probers), 60)
        elapsed = {s: counted(s)[BEATS] - counted(s)[0] for s in healthy}
        release.set()
        thread_release.set()
        await scheduler.stop(0)
        await asyncio.gather(*(prober.aclose() for prober in probers.values()))
        return elapsed

    elapsed = asyncio.run(main())
    for source in healthy:
        assert set(outcomes[source]) == {Outcome.OK}
        assert elapsed[source] == pytest.approx(BEATS * INTERVAL, rel=0.15)
    hung = {s: seen for s, seen in outcomes.items() if s not in healthy}
    assert len(hung) == 21
    assert all(set(seen) == {Outcome.TIMEOUT} for seen in hung.values())
