"""Makes of a source something that can be asked safely, wherever its probe runs."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Mapping
from typing import Protocol

import structlog

from syseventd.interface import Isolation, Source
from syseventd.model import NO_MEMORY, ProbeResult, SourceId, Timestamp
from syseventd.probing.answers import Answer
from syseventd.probing.in_process import ProcessRunner
from syseventd.probing.in_thread import ThreadRunner
from syseventd.probing.on_loop import LoopRunner

log = structlog.get_logger(__name__)

PATIENCE = 2.0
"""Seconds that a source may take to close, and a cancelled probe to end."""


class Runner(Protocol):
    """Where a source's probe runs. `ask` never raises but for its own cancellation."""

    @property
    def running_since(self) -> Timestamp | None: ...

    async def ask(self, deadline: float, memory: Mapping[str, str]) -> Answer: ...

    async def aclose(self, patience: float) -> None: ...


def prepare(source: Source, isolation: Isolation, name: SourceId) -> Prober:
    """A Prober for `source`, which runs where its writing and `isolation` say."""
    runner: Runner
    if isolation is Isolation.PROCESS:
        # The source that works, and closes, is the copy in the process.
        return Prober(name, ProcessRunner(source, name), None)
    if inspect.iscoroutinefunction(source.probe):
        runner = LoopRunner(source, name)
    else:
        runner = ThreadRunner(source, name)
    return Prober(name, runner, source)


class Prober:
    """Asks one source, with a deadline, and always comes back with a result."""

    __slots__ = ("_bug", "_runner", "_source", "name")

    def __init__(self, name: SourceId, runner: Runner, source: Source | None) -> None:
        self.name = name
        self._runner = runner
        self._source = source
        self._bug = ""

    @property
    def running_since(self) -> Timestamp | None:
        """When the probe began that still runs, given up or not; None while there is none."""
        return self._runner.running_since

    async def probe(
        self, deadline_seconds: float, memory: Mapping[str, str] = NO_MEMORY
    ) -> ProbeResult:
        """Asks the source once. Returns by the deadline, whatever the source does.

        A source that wants to recall its memory is handed `memory` first.

        Raises nothing of the source's; CancelledError where this call itself is cancelled. A
        source in a process of its own gets time for its process to start besides.
        """
        started_at = time.time()
        began = time.perf_counter()
        answer = await self._runner.ask(deadline_seconds, memory)
        duration = time.perf_counter() - began
        outcome, snapshot, reason, retry_after, bug = answer
        if bug != self._bug:
            self._note_bug(reason, bug)
        return ProbeResult(outcome, started_at, duration, snapshot, reason, retry_after)

    def _note_bug(self, reason: str, bug: str) -> None:
        """Logs a traceback once, not with each probe that ends in the same one."""
        self._bug = bug
        if bug:
            target, source = self.name
            log.error("source_raised", target=target, source=source, error=reason, exception=bug)

    async def aclose(self) -> None:
        """Ends a probe under way and closes the source, each within bounded time."""
        await self._runner.aclose(PATIENCE)
        close = getattr(self._source, "aclose", None)
        if close is not None:
            closing = asyncio.ensure_future(self._close(close))
            await asyncio.wait({closing}, timeout=PATIENCE)
            if not closing.done():
                closing.cancel()
                log.warning(
                    "source_hangs_closing", target=self.name.target, source=self.name.source
                )

    async def _close(self, close: object) -> None:
        try:
            assert callable(close)  # noqa: S101
            await close()
        except (Exception, SystemExit):
            target, source = self.name
            log.exception("source_failed_closing", target=target, source=source)
