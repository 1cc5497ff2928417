"""What becomes of what sources report: events, the steps in their lives, and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from syseventd.model.names import EventKey, SourceId
from syseventd.model.reported import EndReason, Expiry, Observation, Problem
from syseventd.model.times import Timestamp

NO_MEMORY: Mapping[str, str] = MappingProxyType({})


class Step(StrEnum):
    """One step in the life of an event."""

    STARTED = "started"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """An occurrence that we track from its start to its end.

    `id` is ours, and the same number as its first transition's. `observation` is how the source
    reported it last. `started_at` and `ended_at` are when we saw it start and end, in Unix
    seconds; when the source says that it began is `observation.activated_at`.
    """

    id: int
    source: SourceId
    observation: Observation
    started_at: Timestamp
    ended_at: Timestamp | None = None
    end_reason: EndReason | None = None

    @property
    def state(self) -> str:
        """`active`, `stalled` (open, and its source says that it stands still) or `ended`."""
        if self.ended_at is not None:
            return "ended"
        return "stalled" if self.observation.stalled else "active"

    @property
    def began_at(self) -> Timestamp:
        """When it began: as its source says, else when we first saw it."""
        activated_at = self.observation.activated_at
        return self.started_at if activated_at is None else activated_at


@dataclass(frozen=True, slots=True)
class Transition:
    """One step in an event's life. `event` is as it stands after the step.

    `id` grows with every transition of the whole daemon: it is the place in the stream that
    readers follow. `changes` names each field that changed with its old and its new value.
    """

    id: int
    step: Step
    at: Timestamp
    event: Event
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)


OpenEvents: TypeAlias = Mapping[EventKey, Event]
"""The events of one source that have started and not ended."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one source: its open events, the expiries that hold, its memory."""

    source: SourceId
    events: OpenEvents = field(default_factory=dict)
    expiries: tuple[Expiry, ...] = ()
    memory: Mapping[str, str] = field(default_factory=lambda: NO_MEMORY)


@dataclass(frozen=True, slots=True)
class Advance:
    """What one snapshot changes: the steps to record, and what is known after them.

    `renewed` says whether any expiry changed, `remembered` whether the source's memory did.
    `givers` are other sources of the target, as they stand after events of theirs went over to
    this one. `problems` is what the snapshot got wrong.
    """

    known: Known
    transitions: tuple[Transition, ...] = ()
    renewed: bool = False
    problems: tuple[Problem, ...] = ()
    remembered: bool = False
    givers: tuple[Known, ...] = ()

    @property
    def to_store(self) -> bool:
        """Whether there is anything that must survive."""
        return bool(self.transitions) or self.renewed or self.remembered

    @property
    def sources(self) -> tuple[SourceId, ...]:
        """All whose events it changes; first the one that was asked."""
        return (self.known.source, *(giver.source for giver in self.givers))
