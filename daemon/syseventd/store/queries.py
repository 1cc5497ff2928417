"""Every statement that the store runs, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, or_, select
from sqlalchemy.dialects import sqlite

from syseventd.model import Advance, Known, Timestamp, Transition
from syseventd.store import bulk, rows
from syseventd.store.tables import event, expiry, highest, memory, sink, transition

State: TypeAlias = Literal["all", "active", "ended"]

# --- writing ----------------------------------------------------------------------------------

_put_event = sqlite.insert(event)
PUT_EVENTS = _put_event.on_conflict_do_update(
    index_elements=[event.c.id],
    set_={
        column: _put_event.excluded[column]
        for column in (
            # An event may go over to another source of its target, and learn its scope.
            *("source", "scope", "key"),
            *("kind", "ended_at", "end_reason", "last_transition"),
        )
    },
)
ADD_TRANSITIONS = insert(transition)
ADD_EXPIRIES = insert(expiry)
DROP_EXPIRIES = delete(expiry).where(
    expiry.c.target == bindparam("of_target"), expiry.c.source == bindparam("of_source")
)
_put_memory = sqlite.insert(memory)
KEEP_MEMORY = _put_memory.on_conflict_do_update(
    index_elements=[memory.c.target, memory.c.source],
    set_={"content": _put_memory.excluded.content},
)
DROP_MEMORY = delete(memory).where(
    memory.c.target == bindparam("of_target"), memory.c.source == bindparam("of_source")
)
_put_position = sqlite.insert(sink)
MOVE_SINK = _put_position.on_conflict_do_update(
    index_elements=[sink.c.name], set_={"position": _put_position.excluded.position}
)


def record(connection: Connection, advances: Iterable[Advance]) -> None:
    """Writes `advances`, in their order. Of an event only its last state is written."""
    advances = tuple(advances)
    transitions = tuple(chain.from_iterable(advance.transitions for advance in advances))
    last: dict[int, Transition] = {step.event.id: step for step in transitions}
    bulk.insert(connection, PUT_EVENTS, [rows.event_row(step) for step in last.values()])
    bulk.insert(connection, ADD_TRANSITIONS, [rows.transition_row(step) for step in transitions])
    renewed = {advance.known.source: advance.known for advance in advances if advance.renewed}
    for source, known in renewed.items():
        target, name = rows.storable(source.target), rows.storable(source.source)
        connection.execute(DROP_EXPIRIES, {"of_target": target, "of_source": name})
        expiries = [rows.expiry_row(source, one) for one in known.expiries]
        bulk.insert(connection, ADD_EXPIRIES, expiries)
    for advance in advances:
        if advance.remembered:
            remember(connection, advance.known)


def remember(connection: Connection, known: Known) -> None:
    """Writes what a source is to be told again."""
    target, name = rows.storable(known.source.target), rows.storable(known.source.source)
    if known.memory:
        row = {"target": target, "source": name, "content": rows.encode_memory(known.memory)}
        connection.execute(KEEP_MEMORY, row)
    else:
        connection.execute(DROP_MEMORY, {"of_target": target, "of_source": name})


def move_sink(connection: Connection, sink_name: str, position: int) -> None:
    """Notes how far a sink has come."""
    connection.execute(MOVE_SINK, {"name": sink_name, "position": position})


# --- reading ----------------------------------------------------------------------------------

_NOW = (
    event.c.id,
    event.c.target,
    event.c.source,
    event.c.started_at,
    event.c.ended_at,
    event.c.end_reason,
    transition.c.observation,
)
_THEN = (
    transition.c.id,
    transition.c.event,
    transition.c.step,
    transition.c.at,
    transition.c.observation,
    transition.c.changes,
    event.c.target,
    event.c.source,
    event.c.started_at,
    event.c.ended_at,
    event.c.end_reason,
)
_EVENTS = select(*_NOW).join(transition, transition.c.id == event.c.last_transition)
OPEN_EVENTS = _EVENTS.where(event.c.ended_at.is_(None)).order_by(event.c.id)
OPEN_EVENTS_OF = OPEN_EVENTS.where(
    event.c.target == bindparam("of_target"), event.c.source == bindparam("of_source")
)
EVENT = _EVENTS.where(event.c.id == bindparam("number"))
EXPIRIES = select(expiry)
EXPIRIES_OF = EXPIRIES.where(
    expiry.c.target == bindparam("of_target"), expiry.c.source == bindparam("of_source")
)
MEMORIES = select(memory)
MEMORY_OF = MEMORIES.where(
    memory.c.target == bindparam("of_target"), memory.c.source == bindparam("of_source")
)
_TRANSITIONS = select(*_THEN).join(event, event.c.id == transition.c.event)
TRANSITIONS_OF = _TRANSITIONS.where(transition.c.event == bindparam("number")).order_by(
    transition.c.id
)
TRANSITIONS_AFTER = (
    _TRANSITIONS.where(transition.c.id > bindparam("after"))
    .order_by(transition.c.id)
    .limit(bindparam("at_most"))
)
LAST_TRANSITION = select(func.max(transition.c.id))
NEWEST_TIME = select(transition.c.at).order_by(transition.c.id.desc()).limit(1)
HIGHEST_PRUNED = select(highest.c.transition)
POSITION = select(sink.c.position).where(sink.c.name == bindparam("sink_name"))


def events(state: State, equal: Mapping[str, str | None], since: Timestamp | None) -> Select[Any]:
    """Events, newest first. `equal` demands columns' values; None there demands nothing."""
    wanted = _EVENTS.order_by(event.c.id.desc())
    if state == "active":
        wanted = wanted.where(event.c.ended_at.is_(None))
    elif state == "ended":
        wanted = wanted.where(event.c.ended_at.is_not(None))
    for column, value in equal.items():
        if value is not None:
            wanted = wanted.where(event.c[column] == rows.storable(value))
    if since is not None:
        wanted = wanted.where(or_(event.c.ended_at.is_(None), event.c.ended_at >= since))
    return wanted


def page(wanted: Select[Any], before: int | None, limit: int) -> Select[Any]:
    """The next `limit` events, of those numbered below `before`."""
    if before is not None:
        wanted = wanted.where(event.c.id < before)
    return wanted.limit(limit)


def last_transition(connection: Connection) -> int:
    """The highest number that any transition has had, pruned ones too; 0 in an empty store."""
    stored: int | None = connection.execute(LAST_TRANSITION).scalar()
    pruned: int | None = connection.execute(HIGHEST_PRUNED).scalar()
    return max(stored or 0, pruned or 0)


def newest_time(connection: Connection) -> Timestamp | None:
    """When the last of the stored transitions was; None if there is none."""
    return connection.execute(NEWEST_TIME).scalar()


def position(connection: Connection, sink_name: str) -> int | None:
    """The number of the last transition delivered to a sink; None for one not yet known."""
    return connection.execute(POSITION, {"sink_name": sink_name}).scalar()


# --- pruning ----------------------------------------------------------------------------------


def prune(connection: Connection, before: Timestamp, delivered: int | None, batch: int) -> int:
    """Deletes some of the events that ended before `before`, oldest first, with their steps.

    At most `batch` events, and no more once `batch` transitions go with them. Returns how many
    events went.
    """
    old = select(event.c.id, event.c.ended_at).where(event.c.ended_at < before)
    if delivered is not None:
        old = old.where(event.c.last_transition <= delivered)
    oldest = old.order_by(event.c.ended_at, event.c.id).limit(batch).subquery()
    steps = (
        select(oldest.c.id, func.count())
        .join(transition, transition.c.event == oldest.c.id)
        .group_by(oldest.c.id, oldest.c.ended_at)
        .order_by(oldest.c.ended_at, oldest.c.id)
    )
    doomed: list[int] = []
    room = batch
    for number, count in connection.execute(steps):
        if room > 0:
            doomed.append(number)
            room -= count
    if doomed:
        note_highest(connection)
        connection.execute(delete(event).where(event.c.id.in_(doomed)))
    return len(doomed)


def prune_steps(
    connection: Connection, before: Timestamp, delivered: int | None, batch: int
) -> int:
    """Deletes at most `batch` transitions before `before` of events that are open still.

    Not an event's first, whose number is the event's, and not its last, which says how it
    stands. Returns how many went.
    """
    old = (
        select(transition.c.id)
        .join(event, event.c.id == transition.c.event)
        .where(
            event.c.ended_at.is_(None),
            transition.c.at < before,
            transition.c.id.not_in((event.c.id, event.c.last_transition)),
        )
    )
    if delivered is not None:
        old = old.where(transition.c.id <= delivered)
    result = connection.execute(delete(transition).where(transition.c.id.in_(old.limit(batch))))
    return result.rowcount


def note_highest(connection: Connection) -> None:
    """Keeps the highest number that a transition has had, for when its row is deleted."""
    number = last_transition(connection)
    connection.execute(delete(highest))
    connection.execute(insert(highest).values(transition=number))
