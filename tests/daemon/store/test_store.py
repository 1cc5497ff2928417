"""What is committed can be read: events, their history, the stream, sinks' places."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.errors import NotStorable, StoreUnusable
from syseventd.model import NEVER, EndReason, Expiry, Known, Observation, Snapshot, SourceId, Step
from syseventd.store import Store, open_store


def with_store(url: str, body: Callable[[Store], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        store = await open_store(url)
        try:
            return await body(store)
        finally:
            await store.close()

    return asyncio.run(run())


def test_an_event_has_its_newest_state_and_its_whole_history(any_url: str, life: Any) -> None:
    """Each transition shows the event as it stood then."""

    async def body(store: Store) -> None:
        await store.commit(life.sees("a", progress=0.1))
        await store.commit(life.sees("a", progress=0.9))
        await store.commit(life.sees())
        event, steps = await store.event(1) or pytest.fail("no event 1")
        assert (event.state, event.end_reason) == ("ended", EndReason.GONE)
        assert [step.step for step in steps] == [Step.STARTED, Step.CHANGED, Step.ENDED]
        assert [step.event.observation.progress for step in steps] == [0.1, 0.9, 0.9]
        assert [step.event.state for step in steps] == ["active", "active", "ended"]
        assert steps[1].changes == {"progress": (0.1, 0.9)}
        assert steps[2].event == event

    with_store(any_url, body)


def test_an_unknown_event_is_none(any_url: str) -> None:
    """There is no event where none was stored."""

    async def body(store: Store) -> None:
        assert await store.event(7) is None

    with_store(any_url, body)


def test_known_is_what_the_last_advance_left(any_url: str, life: Any) -> None:
    """Open events and expiries come back as they were; ended events do not."""

    async def body(store: Store) -> None:
        licence = Expiry("licence", "Sales", NEVER, subject="Ärende")
        dated = Expiry("certificate", "/etc/x.pem", 2e9, not_before=-1.5, serial="7f")
        await store.commit(life.sees("a", "b", expiries=(licence, dated)))
        await store.commit(life.sees("b", expiries=(licence, dated), progress=0.5))
        assert await store.known() == {life.known.source: life.known}

    with_store(any_url, body)


def test_renewed_expiries_replace_those_of_their_source_alone(any_url: str, lives: Any) -> None:
    """What a source no longer names is gone; other sources keep theirs."""
    first, second = lives(2)

    async def body(store: Store) -> None:
        await store.commit(second.sees(expiries=(Expiry("grace", "x", 5.0),)))
        await store.commit(first.sees(expiries=(Expiry("grace", "x", 5.0),)))
        await store.commit(first.sees(expiries=()))
        assert await store.known() == {second.known.source: second.known}

    with_store(any_url, body)


def test_an_advance_that_changes_nothing_writes_nothing(any_url: str, life: Any) -> None:
    """Nothing to record costs no transaction."""

    async def body(store: Store) -> None:
        await store.commit(life.sees())
        assert await store.last_transition() == 0

    with_store(any_url, body)


def test_one_advance_may_hold_a_whole_life(any_url: str, life: Any) -> None:
    """A replaced event and its successor are stored together, each in its last state."""

    async def body(store: Store) -> None:
        await store.commit(life.sees("a", activated_at=100.0))
        await store.commit(life.sees("a", activated_at=900.0))
        newest, oldest = await store.events()
        assert (oldest.end_reason, newest.state) == (EndReason.REPLACED, "active")

    with_store(any_url, body)


def test_pages_follow_each_other_without_gap_or_repeat(any_url: str, life: Any) -> None:
    """Newest first; the next page goes on below the last number of this one."""

    async def body(store: Store) -> None:
        await store.commit(life.sees(*"abcdefg"))
        first = await store.events(limit=3)
        second = await store.events(limit=3, before=first[-1].id)
        third = await store.events(limit=3, before=second[-1].id)
        assert [e.id for e in (*first, *second, *third)] == [7, 6, 5, 4, 3, 2, 1]

    with_store(any_url, body)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "dcba"),
        ({"state": "active"}, "dc"),
        ({"state": "ended"}, "ba"),
        ({"target": "crm"}, "dcba"),
        ({"target": "erp"}, ""),
        ({"source": "imports", "kind": "import"}, "dcba"),
        ({"kind": "saint"}, ""),
        ({"since": 1001.5}, "dcb"),
        ({"target": "\ud800"}, ""),
    ],
)
def test_events_are_filtered(any_url: str, life: Any, wanted: Any, found: str) -> None:
    """By state, target, source, kind, and what had not ended before a time."""

    async def body(store: Store) -> None:
        await store.commit(life.sees("a", "b"))
        await store.commit(life.sees("b"))
        await store.commit(life.sees("c"))
        await store.commit(life.sees("c", "d"))
        events = await store.events(**wanted)
        assert "".join(event.observation.key for event in events) == found

    with_store(any_url, body)


def test_the_stream_is_read_by_number(any_url: str, life: Any) -> None:
    """A reader asks for what comes after its place, oldest first, a few at a time."""

    async def body(store: Store) -> None:
        done = [life.sees("a"), life.sees("a", progress=0.5), life.sees("b")]
        for advance in done:
            await store.commit(advance)
        written = [step for advance in done for step in advance.transitions]
        assert await store.transitions(after=0, limit=100) == written
        assert await store.transitions(after=1, limit=2) == written[1:3]
        assert await store.last_transition() == written[-1].id

    with_store(any_url, body)


def test_a_sink_keeps_its_place(any_url: str) -> None:
    """None before its first move, then where it was moved last."""

    async def body(store: Store) -> None:
        assert await store.position("pager") is None
        await store.move("pager", 5)
        await store.move("pager", 9)
        await store.move("other", 1)
        assert await store.position("pager") == 9

    with_store(any_url, body)


def test_numbers_go_on_after_a_restart(url: str, life: Any) -> None:
    """The next start numbers above all that was stored."""

    async def first(store: Store) -> None:
        await store.commit(life.sees("a", "b"))

    async def second(store: Store) -> None:
        assert next(store.ids) == 3

    with_store(url, first)
    with_store(url, second)


def test_commits_are_stored_in_the_order_of_the_calls(any_url: str, lives: Any) -> None:
    """Numbers become visible in growing order, whoever waits first."""
    sources = lives(50)

    async def body(store: Store) -> None:
        seen: list[int] = []

        async def commit(source: Any) -> None:
            advance = source.sees("a")
            await store.commit(advance)
            seen.append(advance.transitions[0].id)

        await asyncio.gather(*map(commit, sources))
        assert seen == list(range(1, 51))

    with_store(any_url, body)


def test_a_cancelled_caller_does_not_take_its_advance_back(any_url: str, life: Any) -> None:
    """What was handed in is written, whoever waits for it."""

    async def body(store: Store) -> None:
        task = asyncio.ensure_future(store.commit(life.sees("a")))
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.move("barrier", 1)  # the writer works in order
        assert await store.last_transition() == 1

    with_store(any_url, body)


def test_an_advance_the_database_refuses_is_not_stored(any_url: str, life: Any) -> None:
    """All of it fails, with a reason; the next one works."""
    listed = Snapshot((Observation("x", "k", "n"), Observation("y", "k", "n")))
    numbers = iter([9, 1])  # the second one is taken
    refused = lifecycle.advance(Known(SourceId("crm", "other")), listed, 5.0, numbers)

    async def body(store: Store) -> None:
        await store.commit(life.sees("a"))
        with pytest.raises(NotStorable, match="UNIQUE"):
            await store.commit(refused)
        assert await store.last_transition() == 1
        await store.commit(life.sees("a", progress=0.5))
        assert len(await store.transitions(0, 10)) == 2

    with_store(any_url, body)


def test_a_key_has_one_open_event(any_url: str, lives: Any) -> None:
    """The database itself refuses a second open event of the same source and key."""
    one, twin = lives(2)
    twin.known = Known(one.known.source)

    async def body(store: Store) -> None:
        await store.commit(one.sees("a"))
        with pytest.raises(NotStorable):
            await store.commit(twin.sees("a"))
        assert len(await store.events()) == 1

    with_store(any_url, body)


def test_close_finishes_what_is_under_way(url: str, lives: Any) -> None:
    """Commits handed in before are durable after, though nobody waited for them."""

    async def body() -> None:
        store = await open_store(url)
        waiting = [asyncio.ensure_future(store.commit(one.sees("a"))) for one in lives(20)]
        await asyncio.sleep(0)  # lets each begin
        await store.close()
        await asyncio.gather(*waiting)
        await store.close()

    async def after(store: Store) -> None:
        assert await store.last_transition() == 20

    asyncio.run(body())
    with_store(url, after)


def test_a_closed_store_says_so(any_url: str, life: Any) -> None:
    """Neither reading nor writing waits for ever."""

    async def body() -> None:
        store = await open_store(any_url)
        await store.close()
        with pytest.raises(StoreUnusable, match="closed"):
            await store.commit(life.sees("a"))
        with pytest.raises(StoreUnusable, match="closed"):
            await store.known()

    asyncio.run(body())


def test_the_newest_time_is_that_at_the_opening(any_url: str, life: Any) -> None:
    """What is written since does not change it; an empty store has none."""

    async def body() -> None:
        store = await open_store(any_url)
        assert store.newest_time is None
        await store.commit(life.sees("a"))
        assert store.newest_time is None
        await store.close()

    asyncio.run(body())


def test_the_newest_time_is_not_the_latest(url: str, life: Any) -> None:
    """One that was stored while the clock was ahead counts no more once the clock is right."""

    async def body() -> float | None:
        store = await open_store(url)
        life.now = 9e9
        await store.commit(life.sees("a"))
        life.now = 2000.0
        await store.commit(life.sees("a", "b"))
        await store.close()
        store = await open_store(url)
        await store.close()
        return store.newest_time

    assert asyncio.run(body()) == 2000.0
