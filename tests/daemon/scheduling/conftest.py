"""What the tests of scheduling share: waiting for a condition, and runs that record themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from syseventd import Outcome, Snapshot, SourceId
from syseventd.model import ProbeResult


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Waits until a condition holds; fails where it doesn't within some seconds."""

    async def wait(condition: Callable[[], object], within: float = 15.0) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "the condition never held"
            await asyncio.sleep(0.002)

    return wait


class Recorder:
    """A `run` that records each start, and ends as it is told: `ends[source]`, else ok."""

    def __init__(self) -> None:
        self.starts: list[tuple[SourceId, float, float]] = []
        self.ends: dict[SourceId, ProbeResult | Exception] = {}
        self.gates: dict[SourceId, asyncio.Event] = {}
        self.running: list[SourceId] = []
        self.cancelled: list[SourceId] = []

    async def __call__(self, source: SourceId, late: float) -> ProbeResult:
        self.starts.append((source, time.time(), late))
        self.running.append(source)
        try:
            if source in self.gates:
                await self.gates[source].wait()
        except asyncio.CancelledError:
            self.cancelled.append(source)
            raise
        finally:
            self.running.remove(source)
        end = self.ends.get(source)
        if isinstance(end, Exception):
            raise end
        return end or ProbeResult(Outcome.OK, time.time(), 0.0, Snapshot())

    def times(self, source: SourceId) -> list[float]:
        """When the source started, in Unix seconds."""
        return [at for who, at, _ in self.starts if who == source]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
