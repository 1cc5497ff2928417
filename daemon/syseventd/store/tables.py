"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

# SQLite numbers its rows by a column only if that column's type is called INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("target", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("end_reason", Text),
    # The step after which the event stands as it does now; that row holds its observation.
    Column("last_transition", Id, nullable=False),
)
"""Each event as it stands now. Times are Unix seconds; `ended_at` is NULL while it is open."""

Index("event_by_end", event.c.ended_at, event.c.id)
Index("event_by_target", event.c.target, event.c.id)
Index(
    "event_open_once",
    event.c.target,
    event.c.source,
    event.c.scope,
    event.c.key,
    unique=True,
    sqlite_where=event.c.ended_at.is_(None),
    postgresql_where=event.c.ended_at.is_(None),
)

transition = Table(
    "transition",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("event", ForeignKey("event.id", ondelete="CASCADE"), nullable=False),
    Column("step", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("observation", Text, nullable=False),
    Column("changes", Text),
)
"""Each step of each event, with the observation after it as JSON. Readers follow it by `id`.

`changes` is a JSON object, field name to old and new value; NULL where nothing changed.
"""

Index("transition_by_event", transition.c.event, transition.c.id)

expiry = Table(
    "expiry",
    metadata,
    Column("target", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at", Double),
    Column("not_before", Double),
    Column("subject", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("serial", Text, nullable=False),
)
"""The expiries that hold. `at` is NULL for what never expires."""

memory = Table(
    "memory",
    metadata,
    Column("target", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("content", Text, nullable=False),
)
"""What each source asked to be told again, as a JSON object; no row where that is nothing."""

sink = Table(
    "sink",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Id, nullable=False),
)
"""How far each sink has come: the number of the last transition delivered to it."""

highest = Table(
    "highest",
    metadata,
    Column("transition", Id, primary_key=True, autoincrement=False),
)
"""One row: the highest number that pruning has seen, so that none is ever given twice."""
