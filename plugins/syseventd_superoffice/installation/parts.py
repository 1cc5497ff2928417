"""One of several questions to an installation: a failure of one leaves the others as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from syseventd import NotAvailable, ProbeEnded, Problem, Snapshot, TimedOut, Timestamp

GIVEN_UP_AFTER = 86400.0
"""Seconds for which what is not available any more keeps its events."""


NOTHING = Snapshot()
"""What a part said that has not answered yet: one for all, as each installation has nine parts."""


class Part:
    """A question, what its answer said last, and when to ask again.

    `events` is how the keys of its events begin, `memories` are the names of what it remembers.
    An answer without events is good for `every` seconds. `error` is why the last asking failed,
    if it did; `asked` says whether the last call asked at all.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[Timestamp], Awaitable[Snapshot]],
        events: str = "",
        memories: tuple[str, ...] = (),
        every: float = 0.0,
    ) -> None:
        self.name = name
        self.error: ProbeEnded | None = None
        self.asked = False
        self._ask = ask
        self.events = events
        self._memories = memories
        self._every = every
        self._last = NOTHING
        self._asked_at: Timestamp | None = None

    async def answer(self, now: Timestamp, deadline: float, memory: Mapping[str, str]) -> Snapshot:
        """What it says now, or said lately. One that fails keeps its facts, events and memory."""
        self.asked = self._is_due(now)
        if self.asked:
            self._asked_at = now
            try:
                async with asyncio.timeout(deadline):
                    self._last = await self._ask(now)
                self.error = None
            except TimeoutError:
                self.error = TimedOut(deadline)
            except ProbeEnded as error:
                self.error = error.with_traceback(None)  # it would keep all that it went through
        return self._last if self.error is None else self._without_answer(now, memory)

    def forget(self) -> None:
        """Asks the next time, however good the last answer may be."""
        self._asked_at = None

    @property
    def unavailable(self) -> bool:
        """Whether this installation, or the way into it, has no answer to it."""
        return isinstance(self.error, NotAvailable)

    def _is_due(self, now: Timestamp) -> bool:
        if self._asked_at is None or now < self._asked_at:
            return True
        # What is not available here is not asked for in vain all the time: its way in sees to that.
        wait = 0.0 if self.error or self._last.observations else self._every
        return now - self._asked_at >= wait

    def _without_answer(self, now: Timestamp, memory: Mapping[str, str]) -> Snapshot:
        kept = {name: memory[name] for name in self._memories if name in memory}
        if not self.unavailable:
            problems = (Problem(self.name, str(self.error)),)
            hidden = (self.events,) if self.events else ()
            facts = self._last.facts
            return Snapshot(facts=facts, problems=problems, memory=kept, unseen_under=hidden)
        if not self.events:
            return Snapshot(memory=kept)
        # A right that was taken by mistake will be back soon, what was unconfigured will not.
        name = f"lost:{self.name}"
        lost_at = _time(memory.get(name, ""), now)
        if now - lost_at >= GIVEN_UP_AFTER:
            return Snapshot(memory={name: str(lost_at)})
        return Snapshot(memory=kept | {name: str(lost_at)}, unseen_under=(self.events,))


def _time(text: str, otherwise: Timestamp) -> Timestamp:
    try:
        return min(float(text), otherwise)
    except ValueError:
        return otherwise
