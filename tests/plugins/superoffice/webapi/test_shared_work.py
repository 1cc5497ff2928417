"""Work that several want is done once, keeps for a while, and fails for all who waited."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from syseventd import ProbeFailed, Throttled
from syseventd_superoffice.webapi.sharing import BREATH, LONGEST_BREATH, Flights, Shared


class Work:
    """Work that counts how often it was begun, and ends when a test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> Any:
        self.begun += 1
        try:
            return await asyncio.shield(self.outcome)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def run(story: Callable[[Work], Awaitable[None]]) -> None:
    async def told() -> None:
        await story(Work())

    asyncio.run(told())


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_two_at_a_time_are_one() -> None:
    """Both get the same result."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights()
        both = [asyncio.create_task(flights.join("k", work)) for _ in range(2)]
        await turns()
        work.outcome.set_result("r")
        assert await asyncio.gather(*both) == ["r", "r"]
        assert work.begun == 1

    run(story)


def test_different_work_is_done_apart() -> None:
    """What is for something else is no repetition."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights()
        work.outcome.set_result("r")
        await asyncio.gather(flights.join("a", work), flights.join("b", work))
        assert work.begun == 2

    run(story)


def test_without_a_moment_the_next_one_begins_anew() -> None:
    """A result is not kept."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights()
        work.outcome.set_result("r")
        await flights.join("k", work)
        await flights.join("k", work)
        assert work.begun == 2

    run(story)


def test_within_a_moment_the_next_one_gets_the_same() -> None:
    """A result is kept for that long, and no longer."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights(moment=0.02)
        work.outcome.set_result("r")
        await flights.join("k", work)
        await flights.join("k", work)
        assert work.begun == 1
        async with asyncio.timeout(10):
            while work.begun == 1:
                await asyncio.sleep(0.005)
                await flights.join("k", work)

    run(story)


def test_a_failure_is_for_those_who_waited() -> None:
    """All of them hear of it; who comes later tries again."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights(moment=60.0)
        both = [asyncio.create_task(flights.join("k", work)) for _ in range(2)]
        await turns()
        work.outcome.set_exception(ProbeFailed("here", "why"))
        heard = await asyncio.gather(*both, return_exceptions=True)
        assert [str(error) for error in heard] == ["here failed: why"] * 2
        with pytest.raises(ProbeFailed):
            await flights.join("k", work)
        assert work.begun == 2

    run(story)


def test_one_who_gives_up_leaves_the_work_to_the_other() -> None:
    """A deadline of one is not that of the other."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights()
        first, second = (asyncio.create_task(flights.join("k", work)) for _ in range(2))
        await turns()
        first.cancel()
        await turns()
        work.outcome.set_result("r")
        assert await second == "r"
        assert first.cancelled()
        assert work.cancelled == 0

    run(story)


def test_the_last_who_gives_up_ends_the_work() -> None:
    """Nothing runs that nobody waits for, and who comes next begins anew at once."""

    async def story(work: Work) -> None:
        flights: Flights[str, Any] = Flights()
        both = [asyncio.create_task(flights.join("k", work)) for _ in range(2)]
        await turns()
        for task in both:
            task.cancel()
        await turns()
        assert (work.begun, work.cancelled) == (1, 1)
        work.outcome.set_result("r")
        assert await flights.join("k", work) == "r"
        assert work.begun == 2

    run(story)


def test_work_that_fails_while_its_last_waiter_leaves_is_silent() -> None:
    """Nobody is left to be told, and nothing is printed when it is swept up."""
    complaints: list[Any] = []

    async def story(work: Work) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        flights: Flights[str, Any] = Flights()
        waiter = asyncio.create_task(flights.join("k", work))
        await turns()
        waiter.cancel()
        work.outcome.set_exception(ProbeFailed("here", "why"))
        await turns()
        del waiter
        gc.collect()

    run(story)
    assert complaints == []


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fetch:
    """Brings one thing after the other, or raises what stands in its place."""

    def __init__(self, *things: Any) -> None:
        self.things = list(things)
        self.count = 0

    async def __call__(self) -> Any:
        self.count += 1
        thing = self.things.pop(0)
        if isinstance(thing, Exception):
            raise thing
        return thing


def test_a_thing_keeps_for_its_lifetime() -> None:
    """Then it is fetched again."""

    async def story() -> None:
        clock, fetch = Clock(), Fetch("a", "b")
        shared: Shared[str] = Shared(fetch, lambda _: 60.0, clock)
        assert [await shared.get(), await shared.get()] == ["a", "a"]
        clock.now += 60
        assert await shared.get() == "b"
        assert fetch.count == 2

    asyncio.run(story())


def test_a_rejected_thing_is_fetched_again_but_not_its_successor() -> None:
    """What replaced it is not rejected before a breath has passed."""

    async def story() -> None:
        clock, fetch = Clock(), Fetch("a", "b", "c")
        shared: Shared[str] = Shared(fetch, clock=clock)
        first = await shared.get()
        assert shared.reject(first)
        assert shared.reject(first)
        second = await shared.get()
        assert shared.reject(first)
        assert not shared.reject(second)
        assert await shared.get() == "b"
        clock.now += BREATH
        assert shared.reject(second)
        assert await shared.get() == "c"

    asyncio.run(story())


def test_a_failure_is_told_for_a_breath() -> None:
    """Each who asks gets an error of its own, and then somebody tries again."""

    async def story() -> None:
        clock, fetch = Clock(), Fetch(ProbeFailed("here", "why"), "a")
        shared: Shared[str] = Shared(fetch, clock=clock)
        errors = []
        for _ in range(3):
            with pytest.raises(ProbeFailed, match="why") as caught:
                await shared.get()
            errors.append(caught.value)
        assert len({id(error) for error in errors}) == 3
        assert fetch.count == 1
        clock.now += BREATH
        assert await shared.get() == "a"

    asyncio.run(story())


@pytest.mark.parametrize(("asked", "kept"), [(60.0, 60.0), (1.0, BREATH), (1e9, LONGEST_BREATH)])
def test_a_pause_that_a_failure_asks_for_is_kept(asked: float, kept: float) -> None:
    """Within bounds."""

    async def story() -> None:
        clock, fetch = Clock(), Fetch(Throttled("here", "busy", asked), "a")
        shared: Shared[str] = Shared(fetch, clock=clock)
        with pytest.raises(Throttled):
            await shared.get()
        clock.now += kept - 0.5
        with pytest.raises(Throttled):
            await shared.get()
        clock.now += 0.5
        assert await shared.get() == "a"

    asyncio.run(story())


def test_a_failure_leaves_the_last_thing_known() -> None:
    """It is there for whoever can do with an old one."""

    async def story() -> None:
        clock, fetch = Clock(), Fetch("a", ProbeFailed("here", "why"))
        shared: Shared[str] = Shared(fetch, lambda _: 60.0, clock)
        await shared.get()
        clock.now += 60
        with pytest.raises(ProbeFailed):
            await shared.get()
        assert shared.last == "a"

    asyncio.run(story())
