"""Runs a source's `def probe` in a thread made for the run: one that hangs fills no pool."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from syseventd.interface import Source
from syseventd.model import SourceId, Timestamp
from syseventd.probing.answers import Answer, broken, raised, returned, still_running, timed_out


class ThreadRunner:
    """A source in threads. A thread can't be killed: while one hangs, the source is not asked."""

    def __init__(self, source: Source, name: SourceId) -> None:
        self._probe: Any = source.probe
        self._recall = getattr(source, "recall", None)
        self._name = f"probe {name}"
        self._answer: asyncio.Future[Answer] | None = None
        self._since: Timestamp = 0.0

    @property
    def running_since(self) -> Timestamp | None:
        return None if self._answer is None or self._answer.done() else self._since

    async def ask(self, deadline: float, memory: Mapping[str, str]) -> Answer:
        if self._answer is not None and not self._answer.done():
            return still_running(self._since)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        # A daemon thread: one that hangs must not keep the process from ending.
        thread = threading.Thread(
            target=self._run, args=(loop, answer, memory), name=self._name, daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            return broken(f"no thread could be started for it: {error}")
        self._since = time.time()
        self._answer = answer
        await asyncio.wait({answer}, timeout=deadline)
        return answer.result() if answer.done() else timed_out(deadline)

    def _run(
        self,
        loop: asyncio.AbstractEventLoop,
        answer: asyncio.Future[Answer],
        memory: Mapping[str, str],
    ) -> None:
        try:
            if self._recall is not None:
                self._recall(memory)
            given = returned(self._probe())
        except BaseException as error:  # nothing above this could do anything with it
            given = raised(error)
        with contextlib.suppress(RuntimeError):  # the loop may have closed meanwhile
            loop.call_soon_threadsafe(answer.set_result, given)

    async def aclose(self, patience: float) -> None:
        if self._answer is not None and not self._answer.done():
            await asyncio.wait({self._answer}, timeout=patience)
