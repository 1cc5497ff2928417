"""Threads for calls that may hang."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from syseventd.testing import wait_until
from syseventd.threads import LookupPool, in_thread

SOON = 3.0
PLENTY = 20.0


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What hanging calls wait for; set at the end at the latest."""
    event = threading.Event()
    yield event
    event.set()


def test_a_thread_gives_what_the_call_returns() -> None:
    """With its arguments handed on."""
    assert asyncio.run(in_thread("adds", int, "11", base=2)) == 3


def test_a_thread_raises_what_the_call_raises() -> None:
    """As if it had been called here."""
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(in_thread("fails", int, "x"))


def test_a_thread_sees_the_context_of_its_caller() -> None:
    """What log lines are bound to reaches the call."""
    bound = ContextVar("bound", default="")

    async def scenario() -> str:
        bound.set("here")
        return await in_thread("looks", bound.get)

    assert asyncio.run(scenario()) == "here"


def test_a_thread_that_hangs_does_not_hold_up_the_end(released: threading.Event) -> None:
    """The loop ends while the call goes on."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_thread("hangs", released.wait, PLENTY), 0.05)

    begun = time.monotonic()
    asyncio.run(scenario())
    assert time.monotonic() - begun < SOON


def test_lookups_that_hang_do_not_hold_up_the_end(released: threading.Event) -> None:
    """Neither those under way nor those that wait for a thread."""
    begun = time.monotonic()

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(pool)
        for _ in range(5):
            loop.run_in_executor(None, released.wait, PLENTY)

    pool = LookupPool(2)
    asyncio.run(scenario())
    assert time.monotonic() - begun < SOON
    assert not released.is_set()


def test_lookups_are_daemon_threads() -> None:
    """The interpreter doesn't wait for them."""
    assert LookupPool(1).submit(lambda: threading.current_thread().daemon).result(PLENTY)


def test_a_lookup_raises_what_it_fails_with() -> None:
    """In the future that was handed out."""
    with pytest.raises(ValueError, match="invalid literal"):
        LookupPool(1).submit(int, "x").result(PLENTY)


def test_no_more_threads_than_allowed_look_up(released: threading.Event) -> None:
    """What is beyond them waits, and is done once a thread is free."""
    pool, begun = LookupPool(2), []

    def look() -> None:
        begun.append(1)
        released.wait(PLENTY)

    async def scenario() -> None:
        futures = [pool.submit(look) for _ in range(5)]
        await wait_until(both_began)
        assert not futures[4].running()
        released.set()
        for future in futures:
            future.result(PLENTY)

    async def both_began() -> bool:
        return len(begun) == 2

    asyncio.run(scenario())
    assert len(begun) == 5


def test_a_cancelled_lookup_is_never_begun(released: threading.Event) -> None:
    """Its turn is passed over."""
    pool, done = LookupPool(1), []
    first = pool.submit(released.wait, PLENTY)
    cancelled, last = pool.submit(done.append, "cancelled"), pool.submit(done.append, "last")
    assert cancelled.cancel()
    released.set()
    assert first.result(PLENTY)
    last.result(PLENTY)
    assert done == ["last"]


def test_after_its_end_the_pool_takes_nothing() -> None:
    """As every executor."""
    pool = LookupPool(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="the event loop ends"):
        pool.submit(int)


def test_without_a_thread_a_lookup_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for a thread that never comes."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool = LookupPool(1)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        pool.submit(int)
