"""Names whoever blocks the event loop: a thread watches whether the loop still turns."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import structlog

from syseventd.model import SourceId

log = structlog.get_logger(__name__)

DEEPEST = 6
"""Calls that a log line shows of the place that blocks, the innermost last."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The event loop stood still for `seconds`, in `task`, at `place` (file:line function).

    `source` is the source whose probe the task ran, where it ran one.
    """

    task: str
    source: SourceId | None
    place: str
    seconds: float


class StallWatch:
    """Watches the running event loop from a thread, from `start` to `stop`.

    Logs `event_loop_blocked` once the loop has not turned for `threshold` seconds, and
    `event_loop_turns_again` with the whole length. `on_stall` is called then, on the loop.
    """

    def __init__(
        self, threshold: float = 0.5, on_stall: Callable[[Stall], None] | None = None
    ) -> None:
        self._threshold = threshold
        self._on_stall = on_stall
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to watch the event loop that runs this call, in this thread."""
        arguments = (asyncio.get_running_loop(), threading.get_ident())
        self._thread = threading.Thread(
            target=self._watch, args=arguments, name="stall watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _watch(self, loop: asyncio.AbstractEventLoop, loop_thread: int) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed
            while not self._stopping.wait(self._threshold / 2):
                turned = threading.Event()
                began, spent = time.monotonic(), time.process_time()
                loop.call_soon_threadsafe(turned.set)
                if turned.wait(self._threshold):
                    continue
                if not self._was_suspended(began, spent):
                    self._follow(loop, loop_thread, turned, began)

    def _was_suspended(self, began: float, spent: float) -> bool:
        """Whether this thread was late as well, and nobody in the process did anything.

        Then the whole process was stopped, or its machine; nobody in it is to blame.
        """
        elapsed = time.monotonic() - began
        return elapsed > 2 * self._threshold and time.process_time() - spent < elapsed / 2

    def _follow(
        self,
        loop: asyncio.AbstractEventLoop,
        loop_thread: int,
        turned: threading.Event,
        began: float,
    ) -> None:
        """Names what blocks the loop, waits for its end, and tells the length."""
        task = asyncio.current_task(loop)
        frame = sys._current_frames().get(loop_thread)
        name = "" if task is None else task.get_name()
        stall = Stall(name, _source_of(name), _place_of(frame), time.monotonic() - began)
        if turned.is_set():  # it went on while we looked: what we saw may be another
            return
        self._tell("event_loop_blocked", stall, stack=_stack_of(frame))
        del frame, task  # they would keep alive what the loop has long left
        while not turned.wait(self._threshold):
            if self._stopping.is_set():
                return
        stall = Stall(stall.task, stall.source, stall.place, time.monotonic() - began)
        self._tell("event_loop_turns_again", stall)
        if self._on_stall is not None:
            loop.call_soon_threadsafe(self._on_stall, stall)

    def _tell(self, event: str, stall: Stall, **more: object) -> None:
        source = stall.source
        who = {} if source is None else {"target": source.target, "source": source.source}
        seconds = round(stall.seconds, 3)
        log.warning(event, **who, task=stall.task, seconds=seconds, place=stall.place, **more)


def _source_of(task: str) -> SourceId | None:
    """The source that a task named `probe TARGET/SOURCE` probes."""
    word, _, name = task.partition(" ")
    target, slash, source = name.partition("/")
    return SourceId(target, source) if word == "probe" and slash else None


def _place_of(frame: FrameType | None) -> str:
    if frame is None:
        return ""
    code = frame.f_code
    return f"{code.co_filename}:{frame.f_lineno} {code.co_name}"


def _stack_of(frame: FrameType | None) -> str:
    if frame is None:
        return ""
    calls = traceback.StackSummary.extract(traceback.walk_stack(frame), limit=DEEPEST)
    return " > ".join(f"{call.filename}:{call.lineno} {call.name}" for call in reversed(calls))
