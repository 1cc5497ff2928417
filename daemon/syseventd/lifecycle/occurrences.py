"""Whether two reports are of one occurrence: by its marks where it has any, else by its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from syseventd.model import Event, EventKey, Observation, Problem, Snapshot

SAME_START = 1.0
"""Seconds by which two reports of one start may differ: sources round."""

_FIELDS = tuple(f.name for f in fields(Observation))


def is_same(before: Observation, after: Observation) -> bool:
    """Whether an open event, as reported `before`, is what a later report is of.

    A mark that both have says so, even if another witness has begun to call it otherwise while
    its key stayed. Where they share none, a witness of both tells them apart; where there is
    none, the key decides.
    """
    if not (before.marks and after.marks):
        return not _is_new_start(before, after)
    if before.marks == after.marks:
        return True
    shared = not before.marks.isdisjoint(after.marks)
    if before.key == after.key:
        return shared or not _told_apart(before.marks, after.marks)
    return shared and not _told_apart(before.marks, after.marks)


def shares_mark(before: Observation, after: Observation) -> bool:
    """Whether marks, and not a key alone, say that both are of one occurrence."""
    return not before.marks.isdisjoint(after.marks) and is_same(before, after)


def _told_apart(before: frozenset[str], after: frozenset[str]) -> bool:
    """Whether any witness of both calls them by different names."""
    old, new = _by_witness(before), _by_witness(after)
    return any(old[witness].isdisjoint(new[witness]) for witness in old.keys() & new.keys())


def _by_witness(marks: Iterable[str]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for mark in marks:
        names.setdefault(mark.partition(":")[0], set()).add(mark)
    return names


def _is_new_start(before: Observation, after: Observation) -> bool:
    if before.activated_at is None or after.activated_at is None:
        return False
    return abs(after.activated_at - before.activated_at) >= SAME_START


def carried_on(before: Observation, after: Observation) -> Observation:
    """A new report of an event, with what must not change in its life.

    It keeps its key, its scope where none is told now, its start as it was first told, and the
    marks by witnesses that do not see it at present.
    """
    kept: dict[str, object] = {}
    if after.key != before.key:
        kept["key"] = before.key
    if before.scope and not after.scope:
        kept["scope"] = before.scope
    if before.activated_at is not None and after.activated_at != before.activated_at:
        kept["activated_at"] = before.activated_at
    if before.marks and not before.marks <= after.marks:
        seen_by = _by_witness(after.marks)
        gone = {mark for mark in before.marks if mark.partition(":")[0] not in seen_by}
        if gone:
            kept["marks"] = after.marks | gone
    return replace(after, **kept) if kept else after  # type: ignore[arg-type]


def is_hidden(event: Event, snapshot: Snapshot) -> bool:
    """Whether an event may still be there, although the snapshot doesn't list it."""
    observation = event.observation
    return snapshot.hides(observation.key) or any(map(snapshot.hides_mark, observation.marks))


def merged(
    observations: Iterable[Observation],
) -> tuple[list[Observation], tuple[Problem, ...]]:
    """Observations, each event's once, and which were listed several times.

    Those of one identity are one event, unless their marks tell them apart.
    """
    found: dict[EventKey, Observation] = {}
    apart: list[Observation] = []
    counts: dict[EventKey, int] = {}
    for observation in observations:
        key = EventKey(observation.scope, observation.key)
        first = found.get(key)
        if first is None:
            found[key] = observation
        elif first.marks and observation.marks and not is_same(first, observation):
            apart.append(observation)
        else:
            counts[key] = counts.get(key, 1) + 1
            found[key] = _fill_gaps(first, observation)
    return [*found.values(), *apart], tuple(
        Problem(key.key, f"is listed {count} times in one snapshot; taken as one event")
        for key, count in counts.items()
    )


def _fill_gaps(first: Observation, other: Observation) -> Observation:
    """The first report of an event, with what only the other one says."""
    missing = {name: getattr(other, name) for name in _FIELDS if getattr(first, name) in (None, "")}
    return replace(first, **missing, marks=first.marks | other.marks)


class Finder:
    """Finds open events of one source by the marks of reports."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._by_mark: dict[str, list[Event]] = {}
        self._by_key: dict[str, list[Event]] = {}
        for event in events:
            for mark in event.observation.marks:
                self._by_mark.setdefault(mark, []).append(event)
            if event.observation.marks:
                self._by_key.setdefault(event.observation.key, []).append(event)

    def sharing(self, observation: Observation) -> list[Event]:
        """The open events that a report's marks say it is of, oldest first."""
        found = {e.id: e for mark in observation.marks for e in self._by_mark.get(mark, ())}
        alike = (e for e in found.values() if shares_mark(e.observation, observation))
        return sorted(alike, key=lambda e: e.id)

    def called(self, observation: Observation) -> list[Event]:
        """The open events with the key of a report, which no witness tells apart from it."""
        keyed = self._by_key.get(observation.key, ())
        return [e for e in keyed if is_same(e.observation, observation)]
