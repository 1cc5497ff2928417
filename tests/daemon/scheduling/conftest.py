"""What the tests of scheduling share: waiting, runs that record themselves, simulated time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import pytest

from syseventd import Outcome, Snapshot, SourceId
from syseventd.model import ProbeResult
from syseventd.scheduling import Limits
from syseventd.scheduling.line import Ticket
from syseventd.scheduling.record import Record
from syseventd.scheduling.slots import Slots


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


@dataclass
class Simulated:
    """A source in simulated time. `end(now)` says how long a run takes, and whether it fails."""

    target: str
    interval: float
    end: Callable[[float], tuple[float, bool]]
    phase: float = 0.0
    record: Record = field(default_factory=Record)
    ticket: Ticket | None = None
    starts: list[tuple[float, float]] = field(default_factory=list)
    """When each run started, and how late it was."""

    def beats(self, since: float, until: float, late: float = 0.05) -> int:
        """How many runs started in time, within a span."""
        return sum(since <= at < until and wait <= late for at, wait in self.starts)


class Simulation:
    """Slots under sources that are due at their intervals, in simulated time: hours at once."""

    def __init__(self, limits: Limits) -> None:
        self.now = 0.0
        self.slots = Slots(limits, clock=lambda: self.now)
        self.most = 0
        self.most_of_target: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def add(self, *sources: Simulated) -> None:
        for source in sources:
            self._at(self.now + source.phase, lambda source=source: self._is_due(source))

    def run(self, until: float) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, act = heappop(self._agenda)
            act()
        self.now = until

    def _at(self, time: float, act: Callable[[], None]) -> None:
        self._number += 1
        heappush(self._agenda, (time, self._number, act))

    def _is_due(self, source: Simulated) -> None:
        self._at(self.now + source.interval, lambda: self._is_due(source))
        if source.ticket is None:
            due = self.now
            source.ticket = Ticket(
                source.target, source.record, source.interval, lambda: self._start(source, due)
            )
            self.slots.request(source.ticket)

    def _start(self, source: Simulated, due: float) -> None:
        source.starts.append((self.now, self.now - due))
        self._count(source.target, 1)
        took, failed = source.end(self.now)
        self._at(self.now + took, lambda: self._ended(source, failed))

    def _ended(self, source: Simulated, failed: bool) -> None:
        self._count(source.target, -1)
        ticket, source.ticket = source.ticket, None
        assert ticket is not None
        self.slots.release(ticket, failed)

    def _count(self, target: str, step: int) -> None:
        self._running[target] = self._running.get(target, 0) + step
        most = self.most_of_target.get(target, 0)
        self.most_of_target[target] = max(most, self._running[target])
        self.most = max(self.most, sum(self._running.values()))


@pytest.fixture
def simulation() -> type[Simulation]:
    return Simulation


@pytest.fixture
def simulated() -> type[Simulated]:
    return Simulated


@pytest.fixture(scope="session")
def simulation_types() -> tuple[type[Simulation], type[Simulated]]:
    """Both, for tests that Hypothesis runs many times."""
    return Simulation, Simulated
