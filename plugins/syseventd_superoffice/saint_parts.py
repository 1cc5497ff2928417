"""What SAINT works out: counters for each table, and status monitors; read from two replies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from syseventd import Malformed, NotAvailable, ProbeFailed, Problem, Timestamp
from syseventd_superoffice.access import Document
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_count,
    read_flag,
    read_name,
    read_optional_flag,
    read_time,
    read_whole,
    why_no_object,
)

COUNTERS = "counters"
MONITORS = "monitors"
GROUPS = {COUNTERS: "SAINT counters", MONITORS: "SAINT status monitors"}
"""What is asked in one question each, with what people call it."""

MOST_PARTS = 1_000
"""Entries of one reply. Installations have three tables, and some dozen status monitors."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is regenerated as a whole: the counters of a table, or a status monitor.

    `name` is made of fixed words and numbers; `title` is what people called it. `wanted` is
    False for what is switched off. `started` and `generated` are when its last regeneration
    began, and when the last that came to its end did. `values` counts rows or matches, `dirty`
    those that must be worked out anew.
    """

    name: str
    group: str
    title: str = ""
    wanted: bool = True
    started: Timestamp | None = None
    generated: Timestamp | None = None
    values: int | None = None
    dirty: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether a regeneration began that has not come to its end."""
        if not self.wanted or self.started is None:
            return False
        return self.generated is None or self.started > self.generated

    @property
    def was_never_generated(self) -> bool:
        return self.wanted and self.generated is None and not self.is_running

    @property
    def took(self) -> float | None:
        """How many seconds its last regeneration took; None where it is not known."""
        if self.started is None or self.generated is None or self.started > self.generated:
            return None
        return self.generated - self.started

    def __str__(self) -> str:
        return f"{self.name} ({self.title})" if self.title else self.name


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts that could be read.

    Of the groups in `unsure` there are more, which could not be read; those in `lacking` this
    installation does not show. `facts` is what the replies told beside them.
    """

    parts: tuple[Part, ...]
    unsure: frozenset[str]
    lacking: frozenset[str]
    problems: tuple[Problem, ...]
    facts: Mapping[str, str]


Reply = Document | NotAvailable | ProbeFailed
"""What came of asking for a group."""


async def read_parts(replies: Mapping[str, Reply], tables: Mapping[int, str]) -> Parts:
    """The parts in what came of asking for each group. One that failed is there, and not seen.

    `tables` names tables by their numbers. Raises Malformed where none of several can be read.
    """
    reading = _Reading(tables)
    readers = {COUNTERS: reading.counters, MONITORS: reading.monitor}
    lacking = set[str]()
    for group, reply in replies.items():
        if isinstance(reply, NotAvailable):
            lacking.add(group)
        elif isinstance(reply, ProbeFailed):
            reading.lose(group, reply)
        else:
            await reading.add(group, reply, readers[group])
    return Parts(
        tuple(reading.parts.values()),
        frozenset(reading.unsure),
        frozenset(lacking),
        reading.problems.told(),
        reading.facts,
    )


class _Reading:
    """Parts so far, what is wrong, and which groups are not seen whole."""

    def __init__(self, tables: Mapping[int, str]) -> None:
        self.parts: dict[str, Part] = {}
        self.unsure: set[str] = set()
        self.problems = Problems()
        self.facts: dict[str, str] = {}
        self._tables = tables

    async def add(
        self, group: str, document: Document, read: Callable[[Fields], Part | None]
    ) -> None:
        """Reads one reply. An entry that can't be read is named, and hides no other."""
        entries = _entries(document)
        self.facts |= document.facts
        before = len(self.parts)
        async for number, entry in in_turns(enumerate(entries, 1)):
            self._add_entry(group, f"{GROUPS[group]}, entry {number}", entry, read)
        if group in self.unsure and len(self.parts) == before:
            raise Malformed(document.where, f"no entry can be read; {self.problems[-1]}")

    def lose(self, group: str, failure: ProbeFailed) -> None:
        """Notes that nothing of a group is seen."""
        self.problems.append(Problem(failure.where, f"{GROUPS[group]}: {failure.reason}"))
        self.unsure.add(group)

    def _add_entry(
        self, group: str, place: str, entry: object, read: Callable[[Fields], Part | None]
    ) -> None:
        try:
            if not is_object(entry):
                raise ValueError(why_no_object(entry))
            part = read(Fields(place, entry, self.problems))
        except ValueError as error:
            self.problems.append(Problem(place, str(error)))
            self.unsure.add(group)
            return
        # A reply may hold the same again: all status monitors for each type that was asked.
        if part is not None and self.parts.setdefault(part.name, part) != part:
            self.problems.append(Problem(place, f"{part.name} is listed twice; took the first"))

    def counters(self, fields: Fields) -> Part:
        """The counters of one table. Raises ValueError where it is not known how they stand."""
        table = fields.need("OwnerTable", read_whole)
        if table is None:
            raise ValueError("has no OwnerTable")
        name = self._tables.get(table, f"table {table}")
        return Part(
            f"{COUNTERS} {name}",
            COUNTERS,
            wanted=fields.read("Enabled", read_optional_flag, None) is not False,
            started=fields.need("GenerationStart", read_time),
            generated=_date(fields, "GenerationEnd"),
            values=fields.read("RowsGenerated", read_count, None),
        )

    def monitor(self, fields: Fields) -> Part | None:
        """A status monitor; None for one that was deleted. Raises ValueError as counters() does."""
        if fields.read("Deleted", read_flag, False):
            return None
        number = fields.need("StatusMonitorId", read_whole)
        if number is None:
            raise ValueError("has no StatusMonitorId")
        matches = fields.read("NumMatches", read_count, None)
        dirty = fields.read("NumNeedUpdate", read_count, None)
        if fields.read("NeedsUpdate", read_flag, False):
            # Its definition was changed: no value counts any more.
            dirty = max(dirty or 1, matches or 1)
        return Part(
            f"monitor {number}",
            MONITORS,
            title=fields.read("Name", read_name, ""),
            wanted=fields.read("IsVisual", read_optional_flag, None) is not False,
            started=fields.need("GenerationStart", read_time),
            generated=_date(fields, "LastGenerated"),
            values=matches,
            dirty=dirty,
        )


def _entries(document: Document) -> Iterable[object]:
    """The entries of a reply. Raises Malformed for what is no list, or longer than any in use."""
    if not isinstance(document.value, list):
        raise Malformed(document.where, "is no list")
    if len(document.value) > MOST_PARTS:
        raise Malformed(document.where, f"the list has more than {MOST_PARTS:,} entries")
    return document.value


def _date(fields: Fields, name: str) -> Timestamp | None:
    """A date; None where it says that there is none. Raises ValueError where it says nothing."""
    if name not in fields:
        raise ValueError(f"has no {name}")
    return fields.need(name, read_time)
