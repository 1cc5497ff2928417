"""Threads for calls that may hang: they hold up no other call, and not the end of the process."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MOST_LOOKUPS = 64
"""Name lookups at the same time. A dead name server holds each for some ten seconds."""


async def in_thread(name: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `call` returns or raises, from a thread that is made for it and named so.

    Cancelling the caller leaves the thread to itself. RuntimeError if none can be started.
    """
    future: Future[T] = Future()
    context = copy_context()
    threading.Thread(
        target=_settle,
        args=(future, lambda: context.run(call, *args, **kwargs)),
        name=name,
        daemon=True,
    ).start()
    return await asyncio.wrap_future(future)


class LookupPool(ThreadPoolExecutor):
    """An event loop's default executor, where asyncio looks names up, in daemon threads.

    Those of ThreadPoolExecutor are waited for when the loop and the interpreter end; a lookup
    that hangs can't be told to. A ThreadPoolExecutor by type only: asyncio insists on it.
    """

    def __init__(self, most: int = MOST_LOOKUPS) -> None:
        super().__init__(most)
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[object], Callable[[], object]]] = deque()
        self._working = 0
        self._over = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand in a call. Raises RuntimeError after `shutdown`, or if no thread can start."""
        future: Future[T] = Future()
        with self._lock:
            if self._over:
                raise RuntimeError("no name is looked up any more: the event loop ends")
            if self._working < self._most:
                self._start_thread()
            self._waiting.append((future, lambda: fn(*args, **kwargs)))  # type: ignore[arg-type]
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls and drop those not begun. Never waits, whatever it is told."""
        with self._lock:
            self._over = True
            dropped = list(self._waiting)
            self._waiting.clear()
        for future, _ in dropped:
            future.cancel()

    def _start_thread(self) -> None:
        try:
            threading.Thread(target=self._work, name="lookup", daemon=True).start()
        except RuntimeError:
            if not self._working:
                raise
        else:
            self._working += 1

    def _work(self) -> None:
        """Do what waits, and end once nothing does."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._working -= 1
                    return
                future, call = self._waiting.popleft()
            _settle(future, call)


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # it belongs to the one who asked
        future.set_exception(error)
    else:
        future.set_result(result)
