"""Feeds hostile replies to every source of a plugin, and to the core behind it; judges outcomes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from pydantic import TypeAdapter
from tests.fuzz.hostile import Maker, broken_bytes
from tests.fuzz.logins import one_login
from tests.fuzz.tally import FuzzError, Tally, check

from syseventd import Malformed, Outcome, Problem, SourceId, Target, lifecycle
from syseventd.interface import Source
from syseventd.model import EventKey, Known
from syseventd.probing.answers import Answer, raised, returned
from syseventd_superoffice import source_types
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.webapi.questions import BATCH_TASKS, SYSTEM_EVENTS
from syseventd_superoffice.webapi.replies import Reply, decode

ALLOWED = frozenset({Outcome.OK, Outcome.NOT_AVAILABLE, Outcome.PAUSED, Outcome.MALFORMED})
"""How a probe may end, whatever a reply holds. A timeout or an error would be a fault of ours."""

ROUNDS_A_LIFE = 50
"""Probes after which an installation is forgotten and another one begins."""

LOGINS_A_LIFE = 20
"""Logins that are tried for each installation that is watched."""

LISTS = {
    "server_processes": ("messagehandler_id", "machine", "port", "role", "registered", "updated"),
    "prototypes": ("databasetype", "area_id", "generatedtime", "state", "dbtag"),
    "schedules": ("id", "name", "status", "disabled", "next_execution", "error_message", "retries"),
    "system_events": SYSTEM_EVENTS,
    "batch_tasks": BATCH_TASKS,
}
OBJECTS = {
    "freetext_status": "FreeText",
    "licence_status": "UserAndInstallationLicenceStatus",
    "plan_limit": "FencingInfo",
    "licence_server_status": "CheckLicenseStatusResult",
    "principal": "SoPrincipalCarrier",
    "base_time_zone": "TimeZoneData",
}
ARRAYS = {
    "system_messages": "SystemMessage",
    "saint_configurations": "SaintConfiguration",
    "status_monitors": "StatusMonitor",
    "licences": "ExtendedLicenseInfo",
    "portraits": "PersonImage",
}
ANY = TypeAdapter(Any)


@dataclass
class Hostile:
    """An Access whose every answer is made up. `replies` counts them."""

    maker: Maker
    rng: Random
    user: str = "monitor"
    replies: int = 0

    def __getattr__(self, question: str) -> Any:
        if question.startswith("_"):
            raise AttributeError(question)

        async def answer(*_: object) -> Any:
            self.replies += 1
            if question == "is_event_active":
                return self.rng.random() < 0.5
            if question in LISTS:
                rows = self.maker.several(lambda: self.maker.row(LISTS[question]))
                problems = (Problem("x", "y"),) if self.rng.random() < 0.05 else ()
                return Listing(tuple(rows), problems, not problems, where=question)
            return Document(self._document(question), where=question)

        return answer

    def _document(self, question: str) -> Any:
        maker = self.maker
        if question in ARRAYS:
            return maker.several(lambda: maker.of(ARRAYS[question]))
        if question in OBJECTS:
            return _an_object(maker.of(OBJECTS[question]))
        if question == "upgrade_steps":
            step = "DictionaryStepInformation"
            sides = ("code", "database")
            return {s: maker.spoiled(maker.several(lambda: maker.of(step))) for s in sides}
        if question == "usage":
            meters = ("storage", "mailings", "logins", "chats", "forms")
            return {m: maker.spoiled(self.rng.randrange(10**6)) for m in meters}
        names = ("NetServerVersion", "State", "Endpoint", "Version", "ValidUntil", "company")
        return {name: maker.anything() for name in names}

    async def aclose(self) -> None:
        """Nothing is open."""


def _an_object(value: Any) -> Any:
    """The value if it is an object. A way in has seen to that before any source."""
    return value if isinstance(value, dict) else {}


async def fuzz(definitions: Mapping[str, Any], replies: int, seed: int) -> Tally:
    """Makes at least so many replies. Raises FuzzError that names the seed of the first fault."""
    tally, life = Tally(), seed
    while tally.replies < replies:
        try:
            await _one_life(definitions, life, tally)
            for number in range(LOGINS_A_LIFE):
                await one_login(definitions, life * LOGINS_A_LIFE + number, tally)
        except Exception as error:
            raise FuzzError(f"with seed {life}: {type(error).__name__}: {error}") from error
        life += 1
    return tally


async def _one_life(definitions: Mapping[str, Any], seed: int, tally: Tally) -> None:
    rng = Random(seed)
    access = Hostile(Maker(rng, definitions, rng.choice((0.0, 0.02, 0.1, 0.4))), rng)
    connection = Connection(access)
    sources = {kind.name: kind.create(*_made(kind, connection)) for kind in source_types()}
    known = {name: Known(SourceId("crm", name)) for name in sources}
    ids = count(1)
    for _ in range(ROUNDS_A_LIFE):
        name = rng.choice(list(sources))
        answer = await _probe(sources[name], known[name].memory)
        tally.outcomes[answer.outcome] += 1
        check(name, answer, ALLOWED)
        if answer.snapshot is not None:
            others = [k for other, k in known.items() if other != name]
            now = 1.79e9 + rng.random()
            advance = lifecycle.advance(known[name], answer.snapshot, now, ids, others)
            for after in (advance.known, *advance.givers):
                known[after.source.source] = after
            _check(known)
        await _read_bytes(rng, access.maker)
        tally.replies += 1
    tally.replies += access.replies


def _made(kind: Any, connection: Connection) -> tuple[Target, Connection, Any]:
    return Target("crm", "superoffice", None), connection, kind.settings()


async def _probe(source: Source, memory: Mapping[str, str]) -> Answer:
    recall = getattr(source, "recall", None)
    try:
        async with asyncio.timeout(30.0):
            if recall is not None:
                recall(memory)
            return returned(await source.probe())  # type: ignore[misc]
    except BaseException as error:  # its outcome is judged
        return raised(error)


async def _read_bytes(rng: Random, maker: Maker) -> None:
    """Bytes that are no reply, or barely one, are malformed or read; nothing else."""
    definition = rng.choice(list(OBJECTS.values()))
    raw = broken_bytes(rng, maker.of(definition))
    encoding = rng.choice(("", "", "gzip", "br", "identity"))
    with contextlib.suppress(Malformed):
        await decode(Reply(raw, encoding), ANY, "x")


def _check(known: Mapping[str, Known]) -> None:
    """An event is open once, under its identity, in the source that it says."""
    seen: set[int] = set()
    for name, each in known.items():
        for key, event in each.events.items():
            assert key == EventKey(event.observation.scope, event.observation.key)
            assert event.source.source == name
            assert event.id not in seen
            seen.add(event.id)
