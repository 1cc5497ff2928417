"""Between the store's rows and the model's objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from syseventd.model import (
    NEVER,
    EndReason,
    Event,
    Expiry,
    Observation,
    SourceId,
    Step,
    Transition,
)

Row: TypeAlias = Any
"""A row of a result, with its columns as attributes; or, for writing, a tuple in their order."""

_observation_to_json = TypeAdapter(Observation).serializer.to_json


def storable(text: str) -> str:
    """`text` itself, unless it holds half a surrogate pair, which no database takes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def event_row(transition: Transition) -> Row:
    """The row of table `event` after `transition`."""
    event = transition.event
    observation = event.observation
    reason = event.end_reason
    return (
        event.id,
        storable(event.source.target),
        storable(event.source.source),
        storable(observation.scope),
        storable(observation.key),
        storable(observation.kind),
        event.started_at,
        event.ended_at,
        None if reason is None else reason.value,
        transition.id,
    )


def transition_row(transition: Transition) -> Row:
    """The row of table `transition`."""
    return (
        transition.id,
        transition.event.id,
        transition.step.value,
        transition.at,
        _encode_observation(transition.event.observation),
        _encode_changes(transition.changes) if transition.changes else None,
    )


def expiry_row(source: SourceId, expiry: Expiry) -> Row:
    """The row of table `expiry`."""
    return (
        storable(source.target),
        storable(source.source),
        storable(expiry.kind),
        storable(expiry.name),
        None if expiry.at == NEVER else expiry.at,
        expiry.not_before,
        storable(expiry.subject),
        storable(expiry.issuer),
        storable(expiry.serial),
    )


def source_of(row: Row) -> SourceId:
    """The source that a row of `event` or `expiry` belongs to."""
    return SourceId(row.target, row.source)


def event_of(row: Row) -> Event:
    """An event as it stands now, from a row of `event` with its newest observation."""
    reason = None if row.end_reason is None else EndReason(row.end_reason)
    observation = _decode_observation(row.observation)
    return Event(row.id, source_of(row), observation, row.started_at, row.ended_at, reason)


def transition_of(row: Row) -> Transition:
    """A transition with its event as it stood after it, from rows of both tables together."""
    step = Step(row.step)
    ended_at, reason = None, None
    if step is Step.ENDED:
        ended_at, reason = row.ended_at, EndReason(row.end_reason)
    observation = _decode_observation(row.observation)
    event = Event(row.event, source_of(row), observation, row.started_at, ended_at, reason)
    return Transition(row.id, step, row.at, event, _decode_changes(row.changes))


def expiry_of(row: Row) -> Expiry:
    """An expiry, from its row."""
    at = NEVER if row.at is None else row.at
    return Expiry(row.kind, row.name, at, row.not_before, row.subject, row.issuer, row.serial)


def encode_memory(memory: Mapping[str, str]) -> str:
    """A source's memory as its row holds it."""
    return json.dumps(dict(memory), ensure_ascii=True)


def memory_of(row: Row) -> dict[str, str]:
    """A source's memory, from its row."""
    return dict(json.loads(row.content))


def _encode_observation(observation: Observation) -> str:
    try:
        return _observation_to_json(
            observation, exclude_defaults=True, warnings=False, fallback=str
        ).decode()
    except PydanticSerializationError:
        fields = {name: getattr(observation, name) for name in observation.__slots__}
        fields["marks"] = sorted(observation.marks)
        return json.dumps(fields, default=str)  # slower, and takes any text


def _decode_observation(text: str) -> Observation:
    fields = json.loads(text)
    if "marks" in fields:
        fields["marks"] = frozenset(fields["marks"])
    if "details" in fields:
        fields["details"] = tuple((heading, words) for heading, words in fields["details"])
    return Observation(**fields)


def _encode_changes(changes: Mapping[str, tuple[object, object]]) -> str:
    try:
        return to_json(dict(changes), inf_nan_mode="constants", fallback=str).decode()
    except PydanticSerializationError:
        return json.dumps(dict(changes), default=str)


def _decode_changes(text: str | None) -> dict[str, tuple[object, object]]:
    if text is None:
        return {}
    return {name: (old, new) for name, (old, new) in json.loads(text).items()}
