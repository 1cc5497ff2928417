"""The whole life of an event: what a snapshot changes in what is known. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from operator import attrgetter

from syseventd.model import (
    Advance,
    EndReason,
    Event,
    EventKey,
    Expiry,
    Known,
    Observation,
    Problem,
    Snapshot,
    Step,
    Timestamp,
    Transition,
)

SAME_START = 1.0
"""Seconds by which two reports of one start may differ: sources round."""

_FIELDS = tuple(f.name for f in fields(Observation))
_RECORDED = tuple(name for name in _FIELDS if name != "heartbeat")
"""A beating heart is no step in a life: it updates the event, and is not recorded."""
_recorded = attrgetter(*_RECORDED)


def advance(known: Known, snapshot: Snapshot, now: Timestamp, ids: Iterator[int]) -> Advance:
    """What `snapshot`, seen at `now` (Unix seconds), changes in what is known of its source.

    An observation of an unknown key starts an event; one that differs changes its event; one
    whose `activated_at` differs ends its event as replaced and starts another. What is no longer
    listed ends, if the snapshot is complete and does not hide it. The same goes for
    expiries. `ids` yields the numbers of new transitions, in growing order.
    """
    observed, problems = _merge_duplicates(snapshot.observations)
    transitions: list[Transition] = []
    events = dict(known.events)
    same = True
    for key, observation in observed.items():
        event = known.events.get(key)
        if event is None:
            events[key] = _start(known, observation, now, ids, transitions)
        elif observation is not event.observation and observation != event.observation:
            after = _continue(known, event, observation, now, ids, transitions)
            if after.id != event.id:
                del events[key]  # a new occurrence goes behind the older ones
            events[key] = after
            same = False
    if snapshot.complete:
        for key in known.events:
            if key not in observed and not snapshot.hides(key.key):
                _end(events.pop(key), EndReason.GONE, now, ids, transitions)
    expiries, clashes = _current_expiries(known.expiries, snapshot)
    return Advance(
        # What did not change stays the same object: readers keep what they made of it.
        Known(known.source, known.events if same and not transitions else events, expiries),
        tuple(transitions),
        renewed=expiries != known.expiries,
        problems=problems + clashes,
    )


def unwatch(known: Known, now: Timestamp, ids: Iterator[int]) -> Advance:
    """What changes when a source is no longer watched: all that it had open ends."""
    transitions: list[Transition] = []
    for event in known.events.values():
        _end(event, EndReason.UNWATCHED, now, ids, transitions)
    return Advance(Known(known.source), tuple(transitions), renewed=bool(known.expiries))


def _merge_duplicates(
    observations: Iterable[Observation],
) -> tuple[dict[EventKey, Observation], tuple[Problem, ...]]:
    merged: dict[EventKey, Observation] = {}
    counts: dict[EventKey, int] = {}
    for observation in observations:
        key = EventKey(observation.scope, observation.key)
        first = merged.get(key)
        if first is None:
            merged[key] = observation
        else:
            counts[key] = counts.get(key, 1) + 1
            merged[key] = _fill_gaps(first, observation)
    return merged, tuple(
        Problem(key.key, f"is listed {count} times in one snapshot; taken as one event")
        for key, count in counts.items()
    )


def _fill_gaps(first: Observation, other: Observation) -> Observation:
    """The first report of an event, with what only the other one says."""
    missing = {name: getattr(other, name) for name in _FIELDS if getattr(first, name) in (None, "")}
    return replace(first, **missing)


def _start(
    known: Known,
    observation: Observation,
    now: Timestamp,
    ids: Iterator[int],
    transitions: list[Transition],
) -> Event:
    number = next(ids)
    event = Event(number, known.source, observation, now)
    transitions.append(Transition(number, Step.STARTED, now, event))
    return event


def _continue(
    known: Known,
    event: Event,
    observation: Observation,
    now: Timestamp,
    ids: Iterator[int],
    transitions: list[Transition],
) -> Event:
    """The event after a report of its key that differs from the last one."""
    before = event.observation
    if _is_new_start(before, observation):
        _end(event, EndReason.REPLACED, now, ids, transitions)
        return _start(known, observation, now, ids, transitions)
    if before.activated_at is not None and observation.activated_at != before.activated_at:
        # A start that was once known stays known, as it was first told.
        observation = replace(observation, activated_at=before.activated_at)
    after = Event(event.id, event.source, observation, event.started_at)
    if changes := _changes(before, observation):
        transitions.append(Transition(next(ids), Step.CHANGED, now, after, changes))
    return after


def _is_new_start(before: Observation, after: Observation) -> bool:
    if before.activated_at is None or after.activated_at is None:
        return False
    return abs(after.activated_at - before.activated_at) >= SAME_START


def _changes(before: Observation, after: Observation) -> Mapping[str, tuple[object, object]]:
    steps = zip(_RECORDED, _recorded(before), _recorded(after), strict=True)
    return {name: (old, new) for name, old, new in steps if old != new}


def _end(
    event: Event,
    reason: EndReason,
    now: Timestamp,
    ids: Iterator[int],
    transitions: list[Transition],
) -> None:
    ended = Event(event.id, event.source, event.observation, event.started_at, now, reason)
    transitions.append(Transition(next(ids), Step.ENDED, now, ended))


def _current_expiries(
    known: tuple[Expiry, ...], snapshot: Snapshot
) -> tuple[tuple[Expiry, ...], tuple[Problem, ...]]:
    """The expiries that hold: those seen, and those that could not be looked at."""
    if snapshot.expiries == known:
        return known, ()
    seen: dict[tuple[str, str], Expiry] = {}
    clashes: list[Problem] = []
    for expiry in snapshot.expiries:
        first = seen.setdefault((expiry.kind, expiry.name), expiry)
        if expiry != first:
            seen[expiry.kind, expiry.name] = min(first, expiry, key=lambda e: e.at)
            clashes.append(
                Problem(expiry.name, f"has several dates of kind {expiry.kind}; took the earliest")
            )
    kept = (e for e in known if (e.kind, e.name) not in seen and snapshot.hides(e.name))
    current = tuple(sorted((*seen.values(), *kept), key=lambda e: (e.kind, e.name)))
    return current, tuple(dict.fromkeys(clashes))
