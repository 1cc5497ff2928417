"""What the rebuilds leave behind: SAINT's counters and monitors, and the free-text index.

A rebuild runs from the start of its batch task to the task's end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from syseventd_superoffice.simulator.scenes import LAP, MORNING, TaskScene, happened
from syseventd_superoffice.simulator.vocabulary import marked
from syseventd_superoffice.simulator.world import (
    Counters,
    FreeTextIndex,
    StatusMonitor,
    TaskDefinition,
)

YESTERDAY = -93_600.0
"""When all of it was last made before the story: 26 hours ago."""

CONTACT, PERSON, PROJECT = 5, 6, 11
"""Numbers of tables, as they are in most databases."""

ONE_BECOMES_OLD_EVERY = 12.0
"""Seconds after which one more company has changed since its status was set."""

REDEFINED = MORNING * LAP + 420
"""The second of each day at which somebody changes what a status means."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rebuild: from one share of its length to another."""

    begins: float
    ends: float


def _moments(tasks: Iterable[TaskScene], definition: TaskDefinition, share: float) -> list[float]:
    """The seconds of a day at which so much of these tasks is done."""
    return [
        lap * LAP + task.begins + share * (task.end - task.begins)
        for task in tasks
        if task.definition is definition
        for lap in task.laps
    ]


def index_at(
    tasks: Sequence[TaskScene], definition: TaskDefinition, seconds: float
) -> FreeTextIndex:
    """The index, whose numbers change when a rebuild is done and not before."""
    rebuilt, last = happened(_moments(tasks, definition, 1.0), seconds)
    return FreeTextIndex(
        enabled=True,
        words=8_300 + 13 * rebuilt,
        occurrences=52_000 + 191 * rebuilt,
        last_generated=YESTERDAY if last is None else last,
    )


COUNTERS = (
    (Counters(1, CONTACT, True, (30, 60, 90), YESTERDAY, YESTERDAY + 210, 14_200), Part(0, 0.6)),
    (
        Counters(2, PERSON, True, (30, 60, 90), YESTERDAY + 200, YESTERDAY + 320, 31_800),
        Part(0.5, 1),
    ),
    (Counters(3, PROJECT, False, (30, 60, 90), None, None, 0), None),
)
"""Those of persons start before those of companies are done; those of projects are off."""


def counters_at(
    tasks: Sequence[TaskScene], definition: TaskDefinition, seconds: float
) -> tuple[Counters, ...]:
    """SAINT's counters, one row for each table."""
    return tuple(
        before if part is None else _counters(before, part, tasks, definition, seconds)
        for before, part in COUNTERS
    )


def _counters(
    before: Counters,
    part: Part,
    tasks: Sequence[TaskScene],
    definition: TaskDefinition,
    seconds: float,
) -> Counters:
    _, started = happened(_moments(tasks, definition, part.begins), seconds)
    often, ended = happened(_moments(tasks, definition, part.ends), seconds)
    return replace(
        before,
        generation_start=before.generation_start if started is None else started,
        generation_end=before.generation_end if ended is None else ended,
        rows=before.rows + 7 * often,
    )


def _monitor(number: int, table: int, kind: str, en: str, sv: str, matches: int) -> StatusMonitor:
    return StatusMonitor(
        id=number,
        table=table,
        kind=kind,
        name=marked(en, sv),
        description=marked(
            f"Companies, persons, projects: {en}", f"Företag, personer, projekt: {sv}"
        ),
        rank=number,
        visual=True,
        needs_update=False,
        matches=matches,
        need_update=0,
        generation_start=YESTERDAY + 400,
        last_generated=YESTERDAY + 460,
    )


NEGLECTED = _monitor(1, CONTACT, "contact", "Neglected", "Försummad", 212)
REDEFINED_ONE = _monitor(2, CONTACT, "contact", "Many requests", "Många ärenden", 31)
BIRTHDAY = _monitor(3, PERSON, "person", "Birthday", "Födelsedag", 9)
NEVER_MADE = replace(
    _monitor(4, PROJECT, "project", "Late", "Försenat", 0),
    needs_update=True,
    generation_start=None,
    last_generated=None,
)

MONITORS = (
    (NEGLECTED, Part(0, 0.5)),
    (REDEFINED_ONE, Part(0.5, 0.8)),
    (BIRTHDAY, Part(0.8, 1)),
    (NEVER_MADE, None),
)


def monitors_at(
    tasks: Sequence[TaskScene], definition: TaskDefinition, seconds: float
) -> tuple[StatusMonitor, ...]:
    """SAINT's status monitors. What changes after one was made makes it old, bit by bit."""
    return tuple(
        before if part is None else _monitored(before, part, tasks, definition, seconds)
        for before, part in MONITORS
    )


def _monitored(
    before: StatusMonitor,
    part: Part,
    tasks: Sequence[TaskScene],
    definition: TaskDefinition,
    seconds: float,
) -> StatusMonitor:
    _, started = happened(_moments(tasks, definition, part.begins), seconds)
    often, ended = happened(_moments(tasks, definition, part.ends), seconds)
    _, redefined = happened([REDEFINED], seconds)
    last = before.last_generated if ended is None else ended
    assert last is not None  # noqa: S101 — those without a part are not made
    matches = before.matches + often % 5
    old = math.floor((seconds - max(0.0, last)) / ONE_BECOMES_OLD_EVERY)
    dirty = before is REDEFINED_ONE and redefined is not None and redefined > last
    return replace(
        before,
        generation_start=before.generation_start if started is None else started,
        last_generated=last,
        needs_update=dirty,
        matches=matches,
        need_update=matches if dirty else max(0, min(matches, old)),
    )
