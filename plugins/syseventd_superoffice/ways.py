"""The ways into one installation: asked one after the other, and but daily for what they lack."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Concatenate, ParamSpec, TypeVar

from syseventd import NotAvailable, Timestamp
from syseventd_superoffice.access import Access, Document, Listing

P = ParamSpec("P")
Answer = TypeVar("Answer")

ASK_AGAIN = 82800.0
"""Seconds for which a way in is believed that it has no answer to a question.

A day but an hour: a source that has none at all is asked again after a day, and then is to ask.
"""

DIFFER_BY_DETAIL = frozenset({"licence_server_status"})
"""Questions to which a way in may have one answer, and lack another: it knows one licence owner,
and not the next. What all others lack, they lack whatever they are asked about."""


class Ways:
    """Answers with what the first way in says, and with what the next says where it lacks that.

    Only NotAvailable leads to the next, such as from the WebAPI to the database, which knows
    less: who answers must not change with each disturbance. And only that is remembered, by
    whichever of a source's questions: a right that is missing is not asked for each minute.
    """

    def __init__(
        self, first: Access, *others: Access, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.asked_in_turn = (first, *others)
        self._clock = clock
        self._lacking: dict[tuple[int, tuple[object, ...]], tuple[float, str]] = {}

    @property
    def user(self) -> str:
        return self.asked_in_turn[0].user

    async def system_events(self) -> Listing:
        return await self._ask(Access.system_events)

    async def is_event_active(self, key: str) -> bool:
        return await self._ask(Access.is_event_active, key)

    async def system_messages(self) -> Document:
        return await self._ask(Access.system_messages)

    async def batch_tasks(self) -> Listing:
        return await self._ask(Access.batch_tasks)

    async def portraits(self, person_ids: Sequence[int]) -> Document:
        return await self._ask(Access.portraits, person_ids)

    async def saint_configurations(self) -> Document:
        return await self._ask(Access.saint_configurations)

    async def status_monitors(self) -> Document:
        return await self._ask(Access.status_monitors)

    async def freetext_status(self) -> Document:
        return await self._ask(Access.freetext_status)

    async def licences(self) -> Document:
        return await self._ask(Access.licences)

    async def licence_status(self) -> Document:
        return await self._ask(Access.licence_status)

    async def plan_limit(self) -> Document:
        return await self._ask(Access.plan_limit)

    async def licence_server_status(self, owner: str) -> Document:
        return await self._ask(Access.licence_server_status, owner)

    async def principal(self) -> Document:
        return await self._ask(Access.principal)

    async def versions(self) -> Document:
        return await self._ask(Access.versions)

    async def base_time_zone(self) -> Document:
        return await self._ask(Access.base_time_zone)

    async def upgrade_steps(self) -> Document:
        return await self._ask(Access.upgrade_steps)

    async def database(self) -> Document:
        return await self._ask(Access.database)

    async def server_processes(self) -> Listing:
        return await self._ask(Access.server_processes)

    async def prototypes(self) -> Listing:
        return await self._ask(Access.prototypes)

    async def schedules(self) -> Listing:
        return await self._ask(Access.schedules)

    async def usage(self, since: Timestamp, until: Timestamp) -> Document:
        return await self._ask(Access.usage, since, until)

    async def tenant(self) -> Document:
        return await self._ask(Access.tenant)

    async def aclose(self) -> None:
        async with AsyncExitStack() as ends:
            for way in reversed(self.asked_in_turn):
                ends.push_async_callback(way.aclose)

    async def _ask(
        self,
        question: Callable[Concatenate[Access, P], Awaitable[Answer]],
        *details: P.args,
        **more: P.kwargs,
    ) -> Answer:
        name = question.__name__
        asked = (name, *(details if name in DIFFER_BY_DETAIL else ()))
        reasons: dict[str, None] = {}
        for number, way in enumerate(self.asked_in_turn):
            until, reason = self._lacking.get((number, asked), (0.0, ""))
            if self._clock() >= until:
                try:
                    answer: Answer = await getattr(way, name)(*details, **more)
                except NotAvailable as lacking:
                    reason = lacking.reason
                    self._lacking[number, asked] = (self._clock() + ASK_AGAIN, reason)
                else:
                    return answer
            reasons[reason] = None
        raise NotAvailable("; ".join(reasons))
