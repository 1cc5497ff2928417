"""Runs a source's `async def probe` in a task of its own, which its deadline can leave behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from syseventd.interface import Source
from syseventd.model import Outcome, Snapshot, SourceId, Timestamp
from syseventd.probing.answers import Answer, broken, raised, returned, still_running, timed_out
from syseventd.probing.checking import is_large
from syseventd.tasks import end
from syseventd.threads import in_thread


class LoopRunner:
    """A source on the event loop.

    The probe has a task of its own because a source may swallow its cancellation: then the task
    is left to itself, and until it ends the source is not asked again.
    """

    __slots__ = ("_name", "_recalls", "_since", "_sound", "_source", "_task")

    def __init__(self, source: Source, name: SourceId) -> None:
        self._source: Any = source
        self._recalls = hasattr(source, "recall")
        self._name = name
        self._task: asyncio.Task[None] | None = None
        self._since: Timestamp = 0.0
        self._sound: Snapshot | None = None
        """The last large snapshot that needed no mending: the same object needs none again."""

    @property
    def running_since(self) -> Timestamp | None:
        return None if self._task is None or self._task.done() else self._since

    async def ask(self, deadline: float, memory: Mapping[str, str]) -> Answer:
        if self._task is not None and not self._task.done():
            return still_running(self._since)
        loop = asyncio.get_running_loop()
        self._since = time.time()
        # The future is this call's, the task is the source's: neither holds up the other.
        answer: asyncio.Future[Answer] = loop.create_future()
        task = self._task = loop.create_task(self._run(answer, memory), name=f"probe {self._name}")
        task.add_done_callback(self._forget)
        timer = loop.call_later(deadline, _give_up, answer, deadline)
        try:
            return await answer
        finally:
            timer.cancel()
            if not task.done():
                task.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Lets a task go that has ended: thousands of sources would keep theirs for nothing."""
        if self._task is task:
            self._task = None

    async def _run(self, answer: asyncio.Future[Answer], memory: Mapping[str, str]) -> None:
        try:
            if self._recalls:
                self._source.recall(memory)
            given = await self._checked(await self._source.probe())
        except asyncio.CancelledError:
            if answer.done():  # given up: the cancellation is ours
                raise
            given = broken("its probe was cancelled, not by the daemon but by what it awaited")
        except BaseException as error:  # whatever it is, it must not stop the event loop
            given = raised(error)
        if not answer.done():
            answer.set_result(given)

    async def _checked(self, value: object) -> Answer:
        """The answer of a source that returned `value`. A large one must not hold up the loop."""
        if not is_large(value):
            return returned(value)
        if value is self._sound:
            return Answer(Outcome.OK, self._sound)
        answer = await in_thread("check", returned, value)
        self._sound = answer.snapshot if answer.snapshot is value else None
        return answer

    async def aclose(self, patience: float) -> None:
        if self._task is not None:
            await end({self._task}, patience)


def _give_up(answer: asyncio.Future[Answer], deadline: float) -> None:
    if not answer.done():
        answer.set_result(timed_out(deadline))
