"""Ends tasks that run strangers' code, also those that swallow their cancellation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger("syseventd.tasks")

FORCE_PATIENCE = 0.4
"""Seconds for a task to end by force; a loop that is not held up needs a few rounds."""


async def end(tasks: Collection[asyncio.Task[Any]], patience: float) -> None:
    """Cancel `tasks`; after `patience` seconds, end by force those that have not heeded it.

    Such a one would keep the event loop from ending. Never raises what they raise.
    """
    pending = {task for task in tasks if not task.done()}
    for task in pending:
        task.cancel()
    pending = await _wait(pending, patience)
    for task in pending:
        _force(task)
    await _wait(pending, FORCE_PATIENCE)


async def _wait(tasks: set[asyncio.Task[Any]], seconds: float) -> set[asyncio.Task[Any]]:
    """Which of them have not ended within that time."""
    return (await asyncio.wait(tasks, timeout=seconds))[1] if tasks else tasks


def _force(task: asyncio.Task[Any]) -> None:
    """Close its coroutine under it, so that the next cancellation can't but end the task."""
    log.warning("task_ended_by_force", task=task.get_name())
    coroutine: Any = task.get_coro()
    with contextlib.suppress(BaseException):  # no code of ours raises here
        coroutine.close()
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()
