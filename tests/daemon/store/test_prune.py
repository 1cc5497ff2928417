"""Pruning: what is old and delivered goes, bit by bit; what is open stays."""

from __future__ import annotations

import asyncio
from typing import Any

from syseventd.store import Store, open_store


async def store_with_old_events(url: str, life: Any) -> Store:
    """Event 1 ended at 1001 (transition 3), event 2 at 1003 (transition 6), event 4 is open."""
    store = await open_store(url)
    for keys in ("ab", "b", "bc", "c"):
        await store.commit(life.sees(*keys))
    return store


def keys(events: Any) -> set[str]:
    return {event.observation.key for event in events}


def test_what_ended_before_goes_with_its_transitions(any_url: str, life: Any) -> None:
    """Open events and later ends stay, whole."""

    async def body() -> None:
        store = await store_with_old_events(any_url, life)
        assert await store.prune(1003.0) == (1, 0)
        assert keys(await store.events()) == {"b", "c"}
        assert {step.event.observation.key for step in await store.transitions(0, 99)} == {"b", "c"}
        assert await store.prune(9e9) == (1, 0)
        assert keys(await store.events()) == {"c"}
        assert await store.prune(9e9) == (0, 0)
        await store.close()

    asyncio.run(body())


def test_what_a_sink_has_yet_to_deliver_stays(any_url: str, life: Any) -> None:
    """An event goes only once its last transition was delivered."""

    async def body() -> None:
        store = await store_with_old_events(any_url, life)
        assert await store.prune(9e9, delivered=2) == (0, 0)
        assert await store.prune(9e9, delivered=3) == (1, 0)
        assert await store.prune(9e9, delivered=5) == (1, 0)
        await store.close()

    asyncio.run(body())


def test_small_batches_prune_it_all(any_url: str, life: Any) -> None:
    """Batches are counted in transitions too; one event more than a batch still goes."""

    async def body() -> None:
        store = await open_store(any_url)
        for n in range(20):
            await store.commit(life.sees(*(f"k{m}" for m in range(8)), progress=n / 20))
        await store.commit(life.sees())
        assert await store.prune(9e9, batch=25) == (8, 0)
        assert await store.events() == []
        assert await store.transitions(0, 9) == []
        await store.close()

    asyncio.run(body())


def test_numbers_are_never_given_twice(url: str, life: Any) -> None:
    """A restart after the newest rows were pruned goes on above them."""

    async def body() -> None:
        store = await open_store(url)
        await store.commit(life.sees("a", "b"))
        await store.commit(life.sees())
        assert await store.prune(9e9) == (2, 0)
        assert await store.last_transition() == 4
        await store.close()
        again = await open_store(url)
        assert next(again.ids) == 5
        assert await again.last_transition() == 4
        await again.close()

    asyncio.run(body())


def test_commits_go_between_the_batches(url: str, lives: Any) -> None:
    """A commit that comes while much is pruned does not wait for the end of it."""
    old, new = lives(2)

    async def body() -> None:
        store = await open_store(url)
        await store.commit(old.sees(*map(str, range(300))))
        await store.commit(old.sees())
        pruning = asyncio.ensure_future(store.prune(9e9, batch=1))
        while await store.event(1) is not None:
            pass  # the first batch is under way
        await store.commit(new.sees("now"))
        assert not pruning.done()
        assert await pruning == (300, 0)
        await store.close()

    asyncio.run(body())


# --- events that are open still ---------------------------------------------------------------


async def steps_of(store: Store, number: int) -> list[int]:
    found = await store.event(number)
    assert found is not None
    return [step.id for step in found[1]]


def test_an_open_event_keeps_its_first_and_its_last_step(any_url: str, life: Any) -> None:
    """What came between is history, and goes with it, however long the event lasts."""

    async def body() -> None:
        store = await open_store(any_url)
        for n in range(10):
            await store.commit(life.sees("a", progress=n / 10))
        before = await store.known()
        assert await store.prune(9e9, batch=3) == (0, 8)
        assert await steps_of(store, 1) == [1, 10]
        assert await store.known() == before
        assert await store.prune(9e9) == (0, 0)
        await store.close()

    asyncio.run(body())


def test_newer_and_undelivered_steps_of_an_open_event_stay(any_url: str, life: Any) -> None:
    """By the time of each step, and by the lowest position of the sinks."""

    async def body() -> None:
        store = await open_store(any_url)
        for n in range(10):
            await store.commit(life.sees("a", progress=n / 10))
        times = [step.at for step in await store.transitions(0, 99)]
        assert await store.prune(times[4], delivered=3) == (0, 2)
        assert await steps_of(store, 1) == [1, *range(4, 11)]
        assert await store.prune(times[4]) == (0, 1)
        assert await steps_of(store, 1) == [1, *range(5, 11)]
        await store.close()

    asyncio.run(body())
