"""The source `freetext`: the rebuild of the free-text index, and whether it is there and fresh."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field, StrictBool

from syseventd import (
    Malformed,
    Measurement,
    NotAvailable,
    Observation,
    Problem,
    Snapshot,
    Target,
    Timestamp,
)
from syseventd.interface import EventKind, Gauge
from syseventd.settings import UNITS, Duration, SourceSettings, format_duration
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.moments import moment
from syseventd_superoffice.settings import SuperOfficeSettings, sooner
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_count,
    read_optional_flag,
    read_time,
    short_key,
    why_no_object,
)

NAME = "freetext"
ROWS = "system-events"
"""The source that sees the row of a rebuild; while it can look, nobody need ask for that row."""

REBUILD = "freetext-rebuild"
DISABLED = "freetext-disabled"
OLD = "freetext-old"
NEVER = "freetext-never"
SCOPE = "database"

WHILE_REBUILDING = 15.0
"""Seconds until we ask again while the index is being rebuilt."""

OLDEST_ONLINE = 8 * UNITS["d"]
"""Seconds after which an index is old online, where it is made anew every seven days."""

WAS_ENABLED = "was enabled"
"""The name under which the memory holds that the index was seen switched on."""

KINDS = (
    EventKind(DISABLED, "Free text is switched off", "Free-text search is not offered."),
    EventKind(OLD, "Free-text index is old", "Free-text search may not find everything."),
    EventKind(NEVER, "Free-text index was never made", "Free-text search finds nothing."),
)
GAUGES = (
    Gauge("freetext_words", "Different words in the free-text index; up to five minutes old."),
    Gauge("freetext_occurrences", "Words in the free-text index; up to five minutes old."),
    Gauge(
        "freetext_last_generated_timestamp_seconds",
        "When the free-text index was last generated; absent where it never was.",
    ),
)


class FreetextSettings(SourceSettings):
    """What the source `freetext` can be told."""

    rebuild_key: str = Field(
        "kSEFreetextRebuild",
        min_length=1,
        max_length=254,
        description="the key of the system event of a rebuild",
    )
    oldest: Duration | None = Field(
        None,
        description="how old the index may be; by default 8d online, and any age onsite",
        examples=["8d"],
    )
    expect_enabled: StrictBool | None = Field(
        None,
        description="whether free text should be switched on; by default where it was seen so",
    )


@dataclass(frozen=True, slots=True)
class Index:
    """The state of the index. None where nothing is said that can be read.

    `dated` says whether anything is told of when it was generated; then None means never.
    """

    enabled: bool | None
    words: int | None
    occurrences: int | None
    last_generated: Timestamp | None
    dated: bool
    facts: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


class Freetext:
    """Asks for the state of the index; for its rebuild's row only where nobody else sees it."""

    def __init__(
        self,
        connection: Connection,
        settings: FreetextSettings | None = None,
        oldest: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings or FreetextSettings()
        self._oldest = oldest if self._settings.oldest is None else self._settings.oldest
        self._while_rebuilding = sooner(WHILE_REBUILDING, self._settings)
        self._mark = short_key(f"freetext:{self._settings.rebuild_key}")
        self._access = connection.access
        self._witnesses = connection.witnesses
        self._clock = clock
        self._memory: Mapping[str, str] = {}
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """What was stored with the last snapshot."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        index, rebuild = await self._witnesses.look(NAME, self._look())
        unseen = frozenset({self._mark}) if rebuild is None else frozenset[str]()
        share = self._witnesses.report(NAME, self._sightings(rebuild), unseen)
        rebuilding = bool(rebuild) or any(o.kind == REBUILD for o in share.observations)
        memory = {WAS_ENABLED: "yes"} if index.enabled or self._memory else {}
        own = Snapshot(
            measurements=tuple(_measured(index)),
            facts=index.facts,
            problems=index.problems,
            memory=memory if memory != dict(self._memory) else None,
            unseen=unseen | _unknown(index, rebuilding),
            ask_again=self._while_rebuilding if rebuilding else None,
        )
        told = share.instead_of(own, *self._states(index, rebuilding))
        self._told = as_before(told, self._told)
        return self._told

    async def _look(self) -> tuple[Index, bool | None]:
        """The index, and whether the row of its rebuild is there; None where nobody may know."""
        index = read_index(await self._access.freetext_status())
        if self._witnesses.can_look(ROWS):
            return index, False
        try:
            return index, await self._access.is_event_active(self._settings.rebuild_key)
        except NotAvailable:
            return index, None

    def _sightings(self, rebuild: bool | None) -> tuple[Observation, ...]:
        """What is seen of a rebuild where the list of system events can't be looked at."""
        if not rebuild:
            return ()
        marks = frozenset({self._mark})
        return (Observation(REBUILD, REBUILD, "Free-text rebuild", scope=SCOPE, marks=marks),)

    def _states(self, index: Index, rebuilding: bool) -> tuple[Observation, ...]:
        """The events that the state of the index itself is. A rebuild begins by emptying it."""
        expected = self._settings.expect_enabled
        if index.enabled is False:
            if expected or (expected is None and self._memory):
                return (_event(DISABLED, "Free text is switched off"),)
            return ()
        if not (index.enabled and index.dated):
            return ()
        at, oldest = index.last_generated, self._oldest
        if at is None:
            return () if rebuilding else (_event(NEVER, "Free-text index was never made"),)
        if oldest is None or self._clock() - at <= oldest:
            return ()
        message = f"Last generated {moment(at)}; it may be {format_duration(oldest)} old."
        return (_event(OLD, "Free-text index is old", message, at + oldest),)


def create(target: Target, connection: Connection, settings: FreetextSettings) -> Freetext:
    """The source for one installation."""
    connection.witnesses.switch_on(NAME, settings.interval)
    online = isinstance(target.settings, SuperOfficeSettings) and target.settings.tenant is not None
    return Freetext(connection, settings, OLDEST_ONLINE if online else None)


def read_index(document: Document) -> Index:
    """The state of the index in a reply. Raises Malformed where it says nothing of it."""
    if not is_object(document.value):
        raise Malformed(document.where, why_no_object(document.value))
    problems = Problems()
    fields = Fields("free-text index", document.value, problems)
    if "FreeTextEnabled" not in fields and "LastGenerated" not in fields:
        raise Malformed(document.where, "has neither FreeTextEnabled nor LastGenerated")
    enabled = fields.read("FreeTextEnabled", read_optional_flag, None)
    dated = "LastGenerated" in fields
    last_generated = None
    try:
        last_generated = fields.need("LastGenerated", read_time)
    except ValueError as error:
        fields.note(str(error))
        dated = False
    words = {} if enabled is None else {"freetext": "enabled" if enabled else "disabled"}
    return Index(
        enabled,
        fields.read("CountWords", read_count, None),
        fields.read("Occurrences", read_count, None),
        last_generated,
        dated,
        {**document.facts, **words},
        problems.told(),
    )


def _event(
    kind: str, name: str, message: str = "", activated_at: Timestamp | None = None
) -> Observation:
    """An event of which there is one at the most, so that its kind is its key."""
    return Observation(kind, kind, name, message=message, scope=SCOPE, activated_at=activated_at)


def _unknown(index: Index, rebuilding: bool) -> frozenset[str]:
    """The events of which nobody can say now whether they have ended."""
    if index.enabled is None:
        return frozenset({DISABLED, OLD, NEVER})
    if not index.dated or (rebuilding and index.last_generated is None):
        return frozenset({OLD, NEVER})
    return frozenset()


def _measured(index: Index) -> Iterator[Measurement]:
    for gauge, value in zip(
        GAUGES, (index.words, index.occurrences, index.last_generated), strict=True
    ):
        if value is not None:
            yield Measurement(gauge.name, float(value))
