"""Runs one look at a file system in a thread of its own: one that hangs holds up nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(name: str, call: Callable[[], T]) -> T:
    """What `call` returns or raises. RuntimeError if no thread can be started."""
    future: Future[T] = Future()
    # A daemon thread: one that hangs must not keep the process from ending.
    threading.Thread(target=_settle, args=(future, call), name=name, daemon=True).start()
    return await asyncio.wrap_future(future)


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # it belongs to the one who asked
        future.set_exception(error)
    else:
        future.set_result(result)
