"""The whole life of an event: what a snapshot changes in what is known. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cached_property
from operator import attrgetter

from syseventd.lifecycle.expiries import current_expiries
from syseventd.lifecycle.occurrences import (
    SAME_START,
    Finder,
    carried_on,
    is_hidden,
    is_same,
    merged,
)
from syseventd.model import (
    Advance,
    Ending,
    EndReason,
    Event,
    EventKey,
    Known,
    Observation,
    Snapshot,
    SourceId,
    Step,
    Timestamp,
    Transition,
)

__all__ = ["SAME_START", "advance", "unwatch"]

_RECORDED = tuple(f.name for f in fields(Observation) if f.name != "heartbeat")
"""A beating heart is no step in a life: it updates the event, and is not recorded."""
_recorded = attrgetter(*_RECORDED)


def advance(
    known: Known,
    snapshot: Snapshot,
    now: Timestamp,
    ids: Iterator[int],
    others: Iterable[Known] = (),
) -> Advance:
    """What `snapshot`, seen at `now` (Unix seconds), changes in what is known of its source.

    An observation of an unknown key starts an event; one that differs changes its event; one
    that is of another occurrence ends the event with its key as replaced and starts another.
    What is no longer listed ends, if the snapshot is complete and does not hide it. The same
    goes for expiries. `others` is what is known of the target's other sources: an observation
    with marks goes on with an event of theirs that has one of these, and takes it over. `ids`
    yields the numbers of new transitions, in growing order.
    """
    life = _Life(known, snapshot, now, ids, others)
    observed, problems = merged(snapshot.observations)
    unknown = [observation for observation in observed if not life.goes_on(observation)]
    for observation in [o for o in unknown if not life.is_found(o)]:
        life.start(observation)
    for ending in snapshot.endings:
        life.end_as_told(ending)
    if snapshot.complete:
        life.end_what_is_gone()
    expiries, clashes = current_expiries(known.expiries, snapshot)
    memory = known.memory if snapshot.memory is None else snapshot.memory
    return Advance(
        # What did not change stays the same object: readers keep what they made of it.
        Known(known.source, life.events if life.changed else known.events, expiries, memory),
        tuple(life.transitions),
        renewed=expiries != known.expiries,
        problems=problems + clashes,
        remembered=memory != known.memory,
        givers=life.givers(),
    )


def unwatch(known: Known, now: Timestamp, ids: Iterator[int]) -> Advance:
    """What changes when a source is no longer watched: all that it had open ends."""
    life = _Life(known, Snapshot(), now, ids, ())
    for event in known.events.values():
        life.end(event, EndReason.UNWATCHED)
    return Advance(
        Known(known.source),
        tuple(life.transitions),
        renewed=bool(known.expiries),
        remembered=bool(known.memory),
    )


class _Life:
    """One advance under way: the events as they stand, and the steps so far."""

    def __init__(
        self,
        known: Known,
        snapshot: Snapshot,
        now: Timestamp,
        ids: Iterator[int],
        others: Iterable[Known],
    ) -> None:
        self.events: dict[EventKey, Event] = dict(known.events)
        self.transitions: list[Transition] = []
        self.changed = False
        self._known = known
        self._snapshot = snapshot
        self._now = now
        self._ids = ids
        self._others = {other.source: other for other in others}
        self._given: dict[SourceId, dict[EventKey, Event]] = {}
        self._met: set[int] = set()
        """Numbers of events that need no further look: they go on, or have ended."""

    @cached_property
    def _own(self) -> Finder:
        return Finder(self._known.events.values())

    @cached_property
    def _foreign(self) -> Finder:
        return Finder(e for other in self._others.values() for e in other.events.values())

    def givers(self) -> tuple[Known, ...]:
        """The other sources of which events went over to this one, as they stand now."""
        return tuple(replace(self._others[s], events=events) for s, events in self._given.items())

    # --- what is listed ------------------------------------------------------------------------

    def goes_on(self, observation: Observation) -> bool:
        """Whether an observation is of the event that has its key; then that goes on."""
        event = self._known.events.get(EventKey(observation.scope, observation.key))
        if event is None:
            return False
        if observation is not event.observation and observation != event.observation:
            if not is_same(event.observation, observation):
                return False
            self._go_on(event, observation)
        self._met.add(event.id)
        return True

    def is_found(self, observation: Observation) -> bool:
        """Whether an observation is of an event that its marks find; then that goes on."""
        event = self._find(observation)
        if event is None:
            return False
        self._met.add(event.id)
        self._go_on(event, observation)
        return True

    def _find(self, observation: Observation) -> Event | None:
        """The open event that a report is of, whichever source of the target has it."""
        if not observation.marks:
            return None
        for finder in (self._own, self._foreign):
            for event in (*finder.sharing(observation), *finder.called(observation)):
                if event.id not in self._met:
                    return event
        return None

    def _go_on(self, event: Event, observation: Observation) -> None:
        """The next report of an event that is open still."""
        before, source = event.observation, self._known.source
        after = carried_on(before, observation)
        taken_over = event.source != source
        identity = before.identity
        if taken_over or after.scope != before.scope:
            after = self._with_free_key(event, after)
            identity = after.identity
            self._release(event)
        elif after == before:
            return
        changes = _changes(before, after)
        if taken_over:
            changes = {"source": (event.source.source, source.source), **changes}
        ours = Event(event.id, source, after, event.started_at)
        self.events[identity] = ours
        self.changed = True
        if changes:
            self._step(Step.CHANGED, ours, changes)
        if after.marks != before.marks:
            self._end_doubles(ours)

    def _with_free_key(self, event: Event, observation: Observation) -> Observation:
        """The report of an event that goes on, under a key that no other open event has."""
        occupant = self.events.get(observation.identity)
        if occupant is None or occupant.id == event.id:
            return observation
        return replace(observation, key=f"{observation.key}~{event.id}")

    def _end_doubles(self, event: Event) -> None:
        """Ends what turns out to be the same occurrence as an event that goes on."""
        for finder in (self._own, self._foreign):
            for double in finder.sharing(event.observation):
                if double.id != event.id and double.id not in self._met:
                    self.end(double, EndReason.MERGED)

    def start(self, observation: Observation) -> Event:
        """Starts an event. One that had its key, and is not listed, has ended."""
        occupant = self.events.get(observation.identity)
        if occupant is not None and self._has_gone(occupant):
            self.end(occupant, EndReason.REPLACED)
            occupant = None
        number = next(self._ids)
        if occupant is not None:
            # It goes on, known by its marks; the new one needs a key of its own.
            observation = replace(observation, key=f"{observation.key}~{number}")
        event = Event(number, self._known.source, observation, self._now)
        self._met.add(number)
        self.events[observation.identity] = event
        self.changed = True
        self.transitions.append(Transition(number, Step.STARTED, self._now, event))
        return event

    def _has_gone(self, occupant: Event) -> bool:
        """Whether an event is over, because another occurrence has its key now."""
        if occupant.id in self._met:
            return False
        return not any(map(self._snapshot.hides_mark, occupant.observation.marks))

    # --- what ends -----------------------------------------------------------------------------

    def end_as_told(self, ending: Ending) -> None:
        """An event that its source says is over; one that nobody knows only if that is fresh."""
        observation = ending.observation
        event = self._known.events.get(observation.identity)
        if event is None or event.id in self._met or not is_same(event.observation, observation):
            event = self._find(observation)
        if event is None and ending.fresh:
            event = self.start(observation)
        if event is not None:
            self.end(event, ending.reason, carried_on(event.observation, observation))

    def end_what_is_gone(self) -> None:
        """Ends what the snapshot neither lists nor hides."""
        for event in self._known.events.values():
            if event.id not in self._met and not is_hidden(event, self._snapshot):
                self.end(event, EndReason.GONE)

    def end(self, event: Event, reason: EndReason, last: Observation | None = None) -> None:
        """Ends an event now; `last` is how it stood at its end, where that is told."""
        before = event.observation
        last = before if last is None else last
        self._met.add(event.id)
        self._release(event)
        ended = Event(event.id, event.source, last, event.started_at, self._now, reason)
        self._step(Step.ENDED, ended, _changes(before, last) if last is not before else {})

    def _release(self, event: Event) -> None:
        """Takes an event out of the source that has it."""
        identity = event.observation.identity
        if event.source == self._known.source:
            if self.events[identity].id == event.id:
                del self.events[identity]
                self.changed = True
            return
        giver = self._others[event.source]
        del self._given.setdefault(event.source, dict(giver.events))[identity]

    def _step(self, step: Step, event: Event, changes: Mapping[str, tuple[object, object]]) -> None:
        self.transitions.append(Transition(next(self._ids), step, self._now, event, changes))


def _changes(before: Observation, after: Observation) -> Mapping[str, tuple[object, object]]:
    steps = zip(_RECORDED, _recorded(before), _recorded(after), strict=True)
    return {name: (old, new) for name, old, new in steps if old != new}
