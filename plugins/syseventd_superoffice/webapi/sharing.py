"""What several want at the same time is done once: work under way, and things that keep."""

from __future__ import annotations

import asyncio
import copy
import math
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from syseventd import ProbeEnded

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

MOMENT = 1.0
"""Seconds in which who asks the same again gets the same answer."""

BREATH = 10.0
"""Seconds for which a failure is told to whoever asks, before anybody tries again."""

LONGEST_BREATH = 900.0


class _Flight(Generic[T]):
    """One piece of work under way, and how many wait for it."""

    def __init__(self, work: Awaitable[T]) -> None:
        self.task: asyncio.Future[T] = asyncio.ensure_future(work)
        # Whoever waited may be gone when it fails; nobody shall be told of that at the very end.
        self.task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.waiting = 0


class Flights(Generic[K, T]):
    """Work that is under way, by what it is for. Who wants the same meanwhile joins it.

    A result is handed out for `moment` seconds more; a failure only to those who waited. One who
    is cancelled leaves the others waiting; the last one takes the work along.
    """

    def __init__(self, moment: float = 0.0) -> None:
        self._moment = moment
        self._flights: dict[K, _Flight[T]] = {}

    async def join(self, key: K, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns, or raises; it is called unless the same is under way."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(work())
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        flight.waiting += 1
        try:
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()
        return flight.task.result()

    def _land(self, key: K, flight: _Flight[T]) -> None:
        failed = flight.task.cancelled() or flight.task.exception() is not None
        if failed or not self._moment:
            self._forget(key, flight)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self._moment, self._forget, key, flight)

    def _forget(self, key: K, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class Shared(Generic[T]):
    """One thing that many need and that keeps: a login, a state, keys. Fetched when it is needed.

    While it is fetched, all who need it wait for the same. A failure is told to each of them,
    and to whoever asks within a breath, or for as long as it says, instead of trying again.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[T]],
        lifetime: Callable[[T], float] = lambda _: math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._clock = clock
        self._flights: Flights[None, T] = Flights()
        self.last: T | None = None
        """What was fetched last, however old."""
        self._until = self._rejected = -math.inf
        self._failure: ProbeEnded | None = None
        self._failed_until = -math.inf

    @property
    def overdue(self) -> float:
        """Seconds since which what was fetched last is no longer good; negative while it is."""
        return self._clock() - self._until

    async def get(self) -> T:
        """The thing. Raises what fetching it raises."""
        now = self._clock()
        if self.last is not None and now < self._until:
            return self.last
        if self._failure is not None and now < self._failed_until:
            raise copy.copy(self._failure)
        return await self._flights.join(None, self._renew)

    def reject(self, value: T) -> bool:
        """Says that `value` is good no more. Returns whether there is, or may be, a better one.

        What took the place of a rejected one is not rejected itself before a breath has passed.
        """
        now = self._clock()
        if value is not self.last or now >= self._until:
            return True
        if now - self._rejected < BREATH:
            return False
        self._rejected = now
        self._until = -math.inf
        return True

    async def _renew(self) -> T:
        try:
            value = await self._fetch()
        except ProbeEnded as error:
            pause = min(getattr(error, "retry_after", None) or 0.0, LONGEST_BREATH)
            self._failed_until = self._clock() + max(pause, BREATH)
            # A copy: the error itself would keep all that its traceback holds.
            self._failure = copy.copy(error)
            raise
        self.last, self._failure = value, None
        self._until = self._clock() + self._lifetime(value)
        return value
