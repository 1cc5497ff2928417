"""One report of an occurrence, with what each of its witnesses knows of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from syseventd import Observation
from syseventd_superoffice.occurrences import Occurrence

T = TypeVar("T")

TELLERS = ("system-events", "imports", "saint", "freetext")
"""Whose words are taken first where several say when it began, and how it is called."""

SCOPES = ("system-wide", "database", "group", "user")
"""Whom an event concerns, the widest first."""

ITS_SCOPE = "database"
"""What a thing of which the database has one concerns, where no list says it."""


def joined(occurrence: Occurrence, key: str, scope: str = "") -> Observation:
    """The report of an occurrence that somebody sees, under this key.

    `scope` is what it concerns where no witness says so.
    """
    tellers = _in_order(occurrence)
    first = tellers[0]
    if len(tellers) == 1:
        return _alone(first, key, first.scope or scope, occurrence.marks)
    details: dict[str, str] = {}
    for teller in tellers:
        for heading, text in teller.details:
            details.setdefault(heading, text)
    return replace(
        first,
        key=key,
        name=_told((t.name for t in tellers), ""),
        status=_told((t.status for t in tellers), ""),
        message=_told((t.message for t in tellers), ""),
        scope=min((t.scope for t in tellers if t.scope), key=_width, default=scope),
        activated_at=_told((t.activated_at for t in tellers), None),
        activated_by=_told((t.activated_by for t in tellers), ""),
        expected_end=_told((t.expected_end for t in tellers), None),
        progress=_told((t.progress for t in tellers), None),
        heartbeat=max((t.heartbeat for t in tellers if t.heartbeat is not None), default=None),
        stalled=any(t.stalled for t in tellers),
        details=tuple(details.items()),
        marks=occurrence.marks,
    )


def _alone(seen: Observation, key: str, scope: str, marks: frozenset[str]) -> Observation:
    """What one witness sees; mostly as it is."""
    if (seen.key, seen.scope, seen.marks) == (key, scope, marks):
        return seen
    return replace(seen, key=key, scope=scope, marks=marks)


def _in_order(occurrence: Occurrence) -> list[Observation]:
    """What is seen: those first whose words are taken first, and of theirs the oldest."""
    known = [name for name in TELLERS if name in occurrence.seen]
    others = [name for name in occurrence.seen if name not in TELLERS]
    return [o for name in (*known, *others) for o in occurrence.seen[name]]


def _width(scope: str) -> int:
    return SCOPES.index(scope) if scope in SCOPES else len(SCOPES)


def _told(values: Iterable[T], nothing: T) -> T:
    """The first that says something."""
    return next((value for value in values if value not in (None, "")), nothing)
