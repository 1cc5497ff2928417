"""The source `installation`: what an installation is, and what of its machinery stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from pydantic import Field, model_validator

from syseventd import NotAvailable, Paused, Snapshot, Target, Throttled, Timestamp
from syseventd.settings import Duration, SourceSettings
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.installation import (
    changes,
    prototypes,
    schedules,
    server_processes,
    upgrade_steps,
)
from syseventd_superoffice.installation.changes import CHANGES, tell_facts, tell_satellites
from syseventd_superoffice.installation.facts import (
    read_database,
    read_licence_status,
    read_plan_limit,
    read_principal,
    read_versions,
    satellites_of,
)
from syseventd_superoffice.installation.parts import Part
from syseventd_superoffice.news import News
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.values import Problems

KINDS = (
    upgrade_steps.KIND,
    server_processes.KIND,
    prototypes.KIND,
    schedules.KIND,
    *changes.KINDS,
)

SELDOM = 3600.0
"""Seconds between two askings of what changes seldom and costs the installation more."""

SOON = 30.0
"""Seconds until we ask again after the version changed: the database may lag behind."""

TIMEOUT = 30.0
FOR_MOST, FOR_THE_LAST = 0.6, 0.3
"""Seconds of a probe, and shares of them: a part that hangs must not cost the others the probe."""

BELIEVED = ("versions", "database", "licence status")
"""The parts that tell version, serial number and company: the first that knows is believed."""

NO_MEMORY: Mapping[str, str] = MappingProxyType({})


class InstallationSettings(SourceSettings):
    """What the source `installation` can be told."""

    process_silent_for: Duration = Field(
        300.0, description="how long a NetServer process may be without heartbeat"
    )
    process_left_over_after: Duration = Field(
        259200.0, description="after how long without heartbeat a process is a mere leftover"
    )
    prototype_limit: Duration = Field(
        14400.0, description="how long a Travel prototype may be in the making"
    )

    @model_validator(mode="after")
    def _check(self) -> InstallationSettings:
        if self.process_left_over_after <= self.process_silent_for:
            raise ValueError("process_left_over_after: must be longer than process_silent_for")
        return self


class Installation:
    """Asks all parts at once. What one of them can't tell is a problem of that part alone."""

    def __init__(
        self,
        connection: Connection,
        settings: InstallationSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = access = connection.access
        self._settings = settings
        self._timeout = settings.timeout or TIMEOUT
        self._clock = clock
        self._memory = NO_MEMORY
        self._satellites: frozenset[str] | None = None
        self._version = ""
        self._told = Snapshot()
        self._owner = Part("licence status", reading(access.licence_status, read_licence_status))
        self._steps = Part("upgrade steps", self._ask_steps, upgrade_steps.PENDING, every=SELDOM)
        self._parts = (
            Part("database", self._ask_database),
            Part("versions", reading(access.versions, read_versions)),
            Part("user", reading(access.principal, read_principal), every=SELDOM),
            Part("plan", reading(access.plan_limit, read_plan_limit), every=SELDOM),
            self._steps,
            Part("server processes", self._ask_processes, f"{server_processes.STOPPED}:"),
            Part("prototypes", self._ask_prototypes, f"{prototypes.SLOW}:", (prototypes.MEMORY,)),
            Part("schedule of Service", self._ask_schedules, f"{schedules.FAILING}:"),
        )

    def recall(self, memory: Mapping[str, str]) -> None:
        """Is told what the installation was when it was seen last."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        now, asked = self._clock(), list(self._parts)
        deadline = FOR_MOST * self._timeout
        answers = await asyncio.gather(
            *(part.answer(now, deadline, self._memory) for part in self._parts)
        )
        told = {part.name: answer for part, answer in zip(self._parts, answers, strict=True)}
        if not {"company", "serial"} <= {name for answer in answers for name in answer.facts}:
            asked.append(self._owner)
            last = await self._owner.answer(now, FOR_THE_LAST * self._timeout, self._memory)
            told = {self._owner.name: last, **told}
        _raise_if_none_answers(asked)
        self._told = as_before(self._snapshot(told, now), self._told)
        return self._told

    def _snapshot(self, told: Mapping[str, Snapshot], now: Timestamp) -> Snapshot:
        """All parts together, with what changed since they were seen last."""
        news = News(self._memory, now)
        believed = {name: told[name].facts for name in BELIEVED if name in told}
        memory = tell_facts(believed, self._memory, news)
        memory |= tell_satellites(self._satellites, self._memory, news)
        facts, problems = dict[str, str](), Problems()
        for answer in told.values():
            facts |= answer.facts
            memory |= answer.memory or {}
            for problem in answer.problems:
                problems.append(problem)
        for fact, *_ in CHANGES:
            facts |= next(({fact: f[fact]} for f in believed.values() if fact in f), {})
        unwatched = sorted(part.name for part in self._parts if part.events and part.unavailable)
        return Snapshot(
            observations=tuple(o for answer in told.values() for o in answer.observations)
            + news.observations,
            facts=facts | ({"not_watched": ", ".join(unwatched)} if unwatched else {}),
            problems=problems.told(),
            unseen=frozenset().union(*(answer.unseen for answer in told.values())),
            unseen_under=tuple(u for answer in told.values() for u in answer.unseen_under),
            memory=memory | news.memory,
            ask_again=self._ask_again(facts.get("version", "")),
        )

    def _ask_again(self, version: str) -> float | None:
        """Soon after the version changed, and then for the upgrade's steps as well."""
        before, self._version = self._version, version or self._version
        if before in ("", self._version):
            return None
        self._steps.forget()
        return sooner(SOON, self._settings)

    async def _ask_database(self, now: Timestamp) -> Snapshot:
        self._satellites = None
        document = await self._access.database()
        read = read_database(document)
        self._satellites = satellites_of(document)
        return read

    async def _ask_steps(self, now: Timestamp) -> Snapshot:
        return await upgrade_steps.read_steps(await self._access.upgrade_steps())

    async def _ask_processes(self, now: Timestamp) -> Snapshot:
        listing = await self._access.server_processes()
        return await server_processes.read_processes(
            listing,
            now,
            self._settings.process_silent_for,
            self._settings.process_left_over_after,
        )

    async def _ask_prototypes(self, now: Timestamp) -> Snapshot:
        listing = await self._access.prototypes()
        limit = self._settings.prototype_limit
        return await prototypes.read_prototypes(listing, now, limit, self._memory)

    async def _ask_schedules(self, now: Timestamp) -> Snapshot:
        return await schedules.read_schedules(await self._access.schedules())


def create(target: Target, connection: Connection, settings: InstallationSettings) -> Installation:
    """The source for one installation."""
    return Installation(connection, settings)


def reading(
    ask: Callable[[], Awaitable[Document]], read: Callable[[Document], Snapshot]
) -> Callable[[Timestamp], Awaitable[Snapshot]]:
    """A question whose answer is a document that `read` makes facts of."""

    async def asking(now: Timestamp) -> Snapshot:
        return read(await ask())

    return asking


def _raise_if_none_answers(parts: Sequence[Part]) -> None:
    """Raises what the probe ends with where the installation did not answer, or asks for peace."""
    asked = [part for part in parts if part.asked]
    failures = [p.error for p in asked if p.error is not None and not p.unavailable]
    for failure in failures:
        if isinstance(failure, Paused | Throttled):
            raise failure
    if failures and all(part.error is not None for part in asked):
        raise failures[0]
    reasons = [str(part.error) for part in parts if part.unavailable]
    if len(reasons) == len(parts):
        raise NotAvailable("; ".join(dict.fromkeys(reasons)))
