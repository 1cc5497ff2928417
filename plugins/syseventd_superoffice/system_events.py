"""The source `system-events`: what SuperOffice's own Status tab lists as system notifications."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import Field

from syseventd import Observation, Problem, Snapshot, Target
from syseventd.interface import EventKind, Severity
from syseventd.settings import Duration, SourceSettings
from syseventd_superoffice import cancellations, system_messages
from syseventd_superoffice.access import Listing
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.event_rows import WHILE_ACTIVE, read_listing, read_scope
from syseventd_superoffice.kinds import SYSTEM_EVENTS, KindPattern
from syseventd_superoffice.moments import moment
from syseventd_superoffice.news import News
from syseventd_superoffice.portraits import PATIENCE, Portraits
from syseventd_superoffice.row_kinds import Rows, as_known
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.system_messages import SystemMessages
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.unreadable import counts_as_complete
from syseventd_superoffice.values import short_key

__all__ = ["KINDS", "SystemEvents", "SystemEventsSettings", "create", "read_listing", "read_scope"]

NAME = "system-events"
TASKS = "imports"
"""The source that sees the tasks behind events which must not be cancelled."""

CANCELLED = "udef-cancelled"

KINDS = (
    EventKind(
        system_messages.KIND,
        "System message",
        "Users only see the message, in a yellow banner.",
        severity=Severity.INFO,
    ),
    EventKind(
        CANCELLED,
        "Publishing of user-defined fields was cut short",
        "User-defined fields may be damaged: nothing guards them while they are changed.",
        severity=Severity.CRITICAL,
    ),
)


class SystemEventsSettings(SourceSettings):
    """What the source `system-events` can be told."""

    kinds: tuple[KindPattern, ...] = Field(
        (),
        description="which events are of which kind, before what is built in: patterns over an "
        "event's key, name and type",
    )
    messages_interval: Duration = Field(
        system_messages.EVERY, description="how often the messages of the yellow banner are asked"
    )
    publish_grace: Duration = Field(
        120.0,
        description="how long the task that publishes user-defined fields may run on after its "
        "event is gone, before the event is said to have gone too early",
    )
    shortest_publish: Duration | None = Field(
        None,
        description="how long an event of publishing user-defined fields lasts at least; one that "
        "is gone sooner is said to have gone too early",
    )


class SystemEvents:
    """Reads the list and the messages, and says the same again while they stay the same."""

    def __init__(
        self,
        connection: Connection,
        settings: SystemEventsSettings | None = None,
        clock: Callable[[], float] = time.time,
        messages: SystemMessages | None = None,
    ) -> None:
        self._settings = settings or SystemEventsSettings()
        self._while_active = sooner(WHILE_ACTIVE, self._settings)
        self._signs = SYSTEM_EVENTS.extended(self._settings.kinds)
        self._access = connection.access
        self._witnesses = connection.witnesses
        self._messages = messages or SystemMessages(
            connection.access,
            self._settings.messages_interval,
            _patience(self._settings.timeout),
            clock,
        )
        self._portraits = Portraits(connection.access, clock)
        self._clock = clock
        self._memory: Mapping[str, str] = {}
        self._read: tuple[Listing, Snapshot] | None = None
        self._rows: Rows = {}
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """What was stored with the last snapshot."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        began = time.monotonic()
        # At the same time, so that slow messages leave the events their time.
        asking = asyncio.ensure_future(self._messages.look())
        try:
            listing, read = await self._witnesses.look(NAME, self._look())
            now = self._clock()
            complete, unreadable = counts_as_complete(
                listing.complete, read.complete, self._memory, now
            )
            seen = replace(read, complete=complete)
            share = self._witnesses.report(NAME, seen.observations, seen.unseen, seen.complete)
            lacking = await self._look_at_people(seen, began)
            messages = await asking
        finally:
            asking.cancel()
        news, waiting, memory = self._judge(seen, now)
        memory |= unreadable
        all_seen = replace(
            seen,
            problems=(*seen.problems, *messages.problems, *lacking),
            pictures=self._portraits.pictures,
            memory=memory if memory != dict(self._memory) else None,
            unseen_under=() if messages.complete else (system_messages.PREFIX,),
            ask_again=self._while_active if waiting else seen.ask_again,
        )
        told = share.instead_of(all_seen, *messages.at(now), *news)
        self._told = as_before(told, self._told)
        return self._told

    async def _look(self) -> tuple[Listing, Snapshot]:
        """All that the list shows, whoever reports it."""
        listing = await self._access.system_events()
        if self._read is None or self._read[0] is not listing:
            read = await read_listing(listing, self._while_active, self._signs)
            read, self._rows = as_known(read, self._rows)
            self._read = (listing, read)
        return self._read

    async def _look_at_people(self, seen: Snapshot, began: float) -> tuple[Problem, ...]:
        """Looks for the portraits of those who activated the events, if there is time for that.

        All events, whoever reports them: pages find a portrait at any source of the target.
        """
        patience = _patience(self._settings.timeout)
        if time.monotonic() - began >= patience:
            return ()  # the list was slow: the deadline is for it alone
        names = (observation.portrait for observation in seen.observations)
        return await self._portraits.look(names, min(PATIENCE, patience / 2))

    def _judge(
        self, seen: Snapshot, now: float
    ) -> tuple[tuple[Observation, ...], bool, dict[str, str]]:
        """What went too early, lately; whether that is still open of any; what to remember."""
        evidence = cancellations.Evidence(
            now=now,
            events=seen.observations,
            unseen=seen.unseen,
            complete=seen.complete,
            tasks=self._witnesses.seen(TASKS) if self._witnesses.can_look(TASKS) else None,
            grace=self._settings.publish_grace,
            shortest=self._settings.shortest_publish,
        )
        before = cancellations.recalled(self._memory)
        following, cancelled = cancellations.judge(before, evidence)
        news = News(self._memory, now)
        for early in cancelled:
            name, gone = early.event.name, moment(early.gone_at)
            message = f"{name} must never be cancelled, and was gone by {gone}: {early.reason}."
            key = short_key(f"{CANCELLED}/{early.event.key}")
            news.tell(key, CANCELLED, f"{name} went too early", message)
        waiting = any(event.gone_at is not None for event in following)
        memory = {**cancellations.written(following), **news.memory}
        return news.observations, waiting, memory


def _patience(timeout: float | None) -> float:
    """Seconds for the messages, of which a probe has more."""
    longest = system_messages.PATIENCE
    return longest if timeout is None else min(longest, timeout / 2)


def create(target: Target, connection: Connection, settings: SystemEventsSettings) -> SystemEvents:
    """The source for one installation."""
    connection.witnesses.switch_on(NAME, settings.interval)
    return SystemEvents(connection, settings)
