"""An event that went over to another source, how it ended, and what sources remember: stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from syseventd import lifecycle
from syseventd.model import (
    Advance,
    Ending,
    EndReason,
    Known,
    Observation,
    Snapshot,
    SourceId,
    Step,
)
from syseventd.store import Store, open_store

EVENTS, IMPORTS = SourceId("crm", "system-events"), SourceId("crm", "imports")


def with_store(url: str, body: Callable[[Store], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        store = await open_store(url)
        try:
            return await body(store)
        finally:
            await store.close()

    return asyncio.run(run())


def seen(key: str, *marks: str, **facts: Any) -> Observation:
    return Observation(key, "import", "Import", marks=frozenset(marks), **facts)


def taken_over() -> tuple[Advance, Advance]:
    """An event of one source, and how another one takes it over."""
    ids = count(1)
    row = Snapshot((seen("kImport", "row:1", details=(("Type", "<b>"), ("User", "ÅÖ"))),))
    first = lifecycle.advance(Known(EVENTS), row, 1000.0, ids)
    both = Snapshot((seen("task-7", "row:1", "task:7", stalled=True, scope="database"),))
    return first, lifecycle.advance(Known(IMPORTS), both, 1001.0, ids, [first.known])


def test_an_event_goes_over_with_its_history(any_url: str) -> None:
    """It is the other source's now, in one event, and every mark and detail comes back."""

    async def body(store: Store) -> None:
        first, second = taken_over()
        await store.commit(first)
        assert await store.known_of(EVENTS) == first.known
        await store.commit(second)
        assert await store.known() == {IMPORTS: second.known}
        found = await store.event(1)
        assert found is not None
        event, steps = found
        assert event == second.known.events[event.observation.identity]
        assert [step.step for step in steps] == [Step.STARTED, Step.CHANGED]
        assert steps[1].changes["source"] == ("system-events", "imports")

    with_store(any_url, body)


def test_its_old_key_is_free_again(any_url: str) -> None:
    """The giver may start another event with the identity that the taken one had."""

    async def body(store: Store) -> None:
        first, second = taken_over()
        await store.commit(first)
        await store.commit(second)
        (giver,) = second.givers
        again = Snapshot((seen("kImport", "row:2"),))
        third = lifecycle.advance(giver, again, 1002.0, count(10), [second.known])
        await store.commit(third)
        assert await store.known() == {IMPORTS: second.known, EVENTS: third.known}

    with_store(any_url, body)


def test_how_its_source_says_it_ended_is_kept(any_url: str) -> None:
    """The reason, and the words of its end."""

    async def body(store: Store) -> None:
        told = Ending(seen("task-7", "task:7", message="no file"), EndReason.FAILED, fresh=True)
        snapshot = Snapshot(endings=(told,))
        await store.commit(lifecycle.advance(Known(IMPORTS), snapshot, 5.0, count(1)))
        (event,) = await store.events()
        assert (event.end_reason, event.observation.message) == (EndReason.FAILED, "no file")

    with_store(any_url, body)


def remembering(known: Known, **memory: str) -> Advance:
    return lifecycle.advance(known, Snapshot(memory=memory), 5.0, count(1))


def test_memory_comes_back(any_url: str) -> None:
    """Also that of a source of which nothing else is known, in any text."""

    async def body(store: Store) -> None:
        advance = remembering(Known(IMPORTS), last="ÅÖ\n\udc80", count="3")
        await store.commit(advance)
        assert await store.known_of(IMPORTS) == advance.known
        assert await store.known() == {IMPORTS: advance.known}
        assert (await store.known_of(EVENTS)).memory == {}

    with_store(any_url, body)


def test_memory_is_replaced_and_forgotten(any_url: str) -> None:
    """The newest counts; an empty one leaves no trace."""

    async def body(store: Store) -> None:
        first = remembering(Known(IMPORTS), last="1")
        second = remembering(first.known, last="2")
        for advance in (first, second):
            await store.commit(advance)
        assert (await store.known_of(IMPORTS)).memory == {"last": "2"}
        await store.commit(remembering(second.known))
        assert await store.known() == {}

    with_store(any_url, body)


def test_memory_goes_with_its_source(any_url: str) -> None:
    """What is no longer watched begins anew, should it ever come back."""

    async def body(store: Store) -> None:
        first = remembering(Known(IMPORTS), last="1")
        await store.commit(first)
        await store.commit(lifecycle.unwatch(first.known, 6.0, count(9)))
        assert await store.known() == {}

    with_store(any_url, body)
