"""The source `saint`: SAINT's counters and status monitors: regenerating, old, never generated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from syseventd import Measurement, NotAvailable, ProbeEnded, ProbeFailed, Snapshot, Target
from syseventd.interface import Gauge
from syseventd.settings import UNITS, Duration, SourceSettings
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.saint_events import (
    KINDS,
    REBUILD,
    Limits,
    regenerating,
    states,
    unknown,
)
from syseventd_superoffice.saint_memory import recalled, updated
from syseventd_superoffice.saint_parts import COUNTERS, MONITORS, Part, Parts, Reply, read_parts
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.values import known_marks

__all__ = ["GAUGES", "KINDS", "Saint", "SaintSettings", "create"]

NAME = "saint"

WHILE_REGENERATING = 15.0
"""Seconds until we ask again while anything is regenerated."""

GAUGES = (
    Gauge(
        "saint_last_generated_timestamp_seconds",
        "When SAINT's counters of a table, or a status monitor, were last generated.",
    ),
    Gauge("saint_rows", "Counter values that the last generation made for a table."),
    Gauge("saint_matches", "Targets that have the status of a status monitor."),
    Gauge(
        "saint_need_update",
        "Targets whose status must be worked out anew; all of them where its definition changed.",
    ),
)
LAST_GENERATED, ROWS, MATCHES, NEED_UPDATE = (gauge.name for gauge in GAUGES)


def _check_tables(tables: dict[str, int]) -> dict[str, int]:
    numbers = list(tables.values())
    twice = next((n for n in numbers if numbers.count(n) > 1), None)
    if twice is not None:
        raise ValueError(f"names table {twice} twice; each number is one table's")
    return tables


TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]


class SaintSettings(SourceSettings):
    """What the source `saint` can be told."""

    oldest: Duration = Field(
        48 * UNITS["h"], description="how long ago counters and status monitors may be generated"
    )
    needing_update: Duration = Field(
        48 * UNITS["h"], description="how long values may wait to be worked out anew"
    )
    slow_factor: float = Field(
        2.0,
        ge=1.0,
        le=100.0,
        description="how many times its usual duration a regeneration may take before it is late",
    )
    tables: Annotated[dict[TableName, int], AfterValidator(_check_tables)] = Field(
        {"contact": 5, "person": 6, "project": 11},
        description="the numbers of the tables that have counters; databases may differ",
    )


class Saint:
    """Asks for the state of all counters and status monitors, and remembers what is usual."""

    def __init__(
        self,
        connection: Connection,
        settings: SaintSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or SaintSettings()
        self._while_regenerating = sooner(WHILE_REGENERATING, self._settings)
        self._tables = {number: name for name, number in self._settings.tables.items()}
        self._access = connection.access
        self._witnesses = connection.witnesses
        self._clock = clock
        self._memory: Mapping[str, str] = {}
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """What was stored with the last snapshot."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        parts = await self._witnesses.look(NAME, self._look())
        now = self._clock()
        memory = updated(recalled(self._memory), parts, now)
        seen = regenerating(parts, memory, now, self._settings.slow_factor)
        unseen = known_marks(frozenset({memory.run.mark} if memory.run and not seen else ()))
        share = self._witnesses.report(NAME, seen, unseen)
        running = bool(seen) or any(o.kind == REBUILD for o in share.observations)
        written = memory.written()
        own = Snapshot(
            measurements=tuple(_measured(parts.parts)),
            facts=parts.facts,
            problems=parts.problems,
            memory=written if written != dict(self._memory) else None,
            unseen=unseen | unknown(parts),
            ask_again=self._while_regenerating if running else None,
        )
        limits = Limits(self._settings.oldest, self._settings.needing_update)
        told = share.instead_of(own, *states(parts, memory, now, limits))
        self._told = as_before(told, self._told)
        return self._told

    async def _look(self) -> Parts:
        """All parts. Raises what was raised where neither kind can be looked at.

        Where one is not available here, or this server fails at it, the other is seen. What
        befalls the whole installation is raised at once.
        """
        questions = {
            COUNTERS: self._access.saint_configurations,
            MONITORS: self._access.status_monitors,
        }
        replies: dict[str, Reply] = {}
        for group, question in questions.items():
            try:
                replies[group] = await question()
            except (NotAvailable, ProbeFailed) as error:
                replies[group] = error
        errors = [reply for reply in replies.values() if isinstance(reply, ProbeEnded)]
        if len(errors) == len(replies):
            raise next((e for e in errors if isinstance(e, ProbeFailed)), errors[0])
        return await read_parts(replies, self._tables)


def create(target: Target, connection: Connection, settings: SaintSettings) -> Saint:
    """The source for one installation."""
    connection.witnesses.switch_on(NAME, settings.interval)
    return Saint(connection, settings)


def _measured(parts: Iterable[Part]) -> Iterator[Measurement]:
    for part in parts:
        counted = ROWS if part.group == COUNTERS else MATCHES
        values = {LAST_GENERATED: part.generated, counted: part.values, NEED_UPDATE: part.dirty}
        for gauge, value in values.items():
            if value is not None:
                yield Measurement(gauge, float(value), part.name)
