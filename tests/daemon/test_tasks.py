"""Tasks of strangers end when they are told to, whatever they do about it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd.tasks import end

BRIEFLY, PLENTY = 0.01, 5.0


async def _begun(work: Callable[[], Awaitable[None]], name: str = "") -> asyncio.Task[None]:
    """A task that has come to its first wait."""

    async def run() -> None:
        await work()

    task = asyncio.create_task(run(), name=name)
    await asyncio.sleep(0)
    return task


def _in_the_end() -> asyncio.Event:
    """Set long after all is over, so that a test that fails comes to its end."""
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(PLENTY, event.set)
    return event


def _swallowing(*what: type[BaseException], busy: bool = False) -> Callable[[], Awaitable[None]]:
    """Work that goes on whenever one of these is raised in it."""
    over = _in_the_end()

    async def work() -> None:
        while not over.is_set():
            try:
                await (asyncio.sleep(0) if busy else over.wait())
            except what:
                continue

    return work


def _ended(work: Callable[[], Callable[[], Awaitable[None]]], patience: float) -> list[str]:
    """Begin such work, end it, and tell which tasks had to be ended by force."""

    async def body() -> None:
        task = await _begun(work(), name="wild")
        await end({task}, patience)
        assert task.done()

    with capture_logs() as logs:
        asyncio.run(asyncio.wait_for(body(), PLENTY))
    return [line["task"] for line in logs if line["event"] == "task_ended_by_force"]


def test_a_task_that_heeds_its_cancellation_has_time_to_clean_up() -> None:
    """It is not ended by force while its time lasts."""
    cleaned = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            cleaned.append(True)

    assert _ended(lambda: work, PLENTY) == []
    assert cleaned == [True]


@pytest.mark.parametrize("busy", [False, True])
def test_a_task_that_swallows_its_cancellation_is_ended_by_force(busy: bool) -> None:
    """It is named in the log: its author has something to mend."""
    swallowing = asyncio.CancelledError
    assert _ended(lambda: _swallowing(swallowing, busy=busy), BRIEFLY) == ["wild"]


def test_a_task_that_raises_what_it_likes_as_it_is_closed_ends_nothing_else() -> None:
    """Not even what no `except Exception` catches leaves it."""

    class Stray(BaseException):
        pass

    async def work() -> None:
        over = _in_the_end()
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue
            except GeneratorExit:
                raise Stray from None

    assert _ended(lambda: work, BRIEFLY) == ["wild"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_task_that_swallows_everything_is_ended_by_force() -> None:
    """Python complains of its coroutine when that is thrown away, which is all it can do."""
    assert _ended(lambda: _swallowing(BaseException), BRIEFLY) == ["wild"]
    gc.collect()


def test_one_that_waits_for_another_that_swallows_ends_with_it() -> None:
    """A cancellation is handed on to what a task waits for."""

    async def body() -> None:
        inner = await _begun(_swallowing(asyncio.CancelledError))
        outer = await _begun(lambda: inner)
        await end([outer, inner], BRIEFLY)
        assert inner.done()
        assert outer.done()

    with capture_logs():
        asyncio.run(asyncio.wait_for(body(), PLENTY))


def test_what_was_over_before_is_left_alone() -> None:
    """Its result belongs to whoever began it; nothing to end is no error."""

    async def body() -> list[Any]:
        async def quick() -> None:
            return None

        task = await _begun(quick)
        await task
        await end({task}, PLENTY)
        await end((), PLENTY)
        return [task.cancelled(), task.result()]

    assert asyncio.run(asyncio.wait_for(body(), PLENTY)) == [False, None]


def test_how_a_task_ended_by_force_is_nobodys_news() -> None:
    """The event loop would else complain of an error that was never looked at."""
    complaints = []

    async def body() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        task = await _begun(_swallowing(asyncio.CancelledError))
        await end({task}, BRIEFLY)
        del task
        gc.collect()

    with capture_logs():
        asyncio.run(asyncio.wait_for(body(), PLENTY))
    assert complaints == []
