"""Events, their transitions, expiries, and how far each sink has come.

Runs before the new code, on an empty database.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "event",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("end_reason", sa.Text),
        sa.Column("last_transition", Id, nullable=False),
    )
    op.create_index("event_by_end", "event", ["ended_at", "id"])
    op.create_index("event_by_target", "event", ["target", "id"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "event_open_once",
        "event",
        ["target", "source", "scope", "key"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "transition",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("event", Id, sa.ForeignKey("event.id", ondelete="CASCADE"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("observation", sa.Text, nullable=False),
        sa.Column("changes", sa.Text),
    )
    op.create_index("transition_by_event", "transition", ["event", "id"])
    op.create_table(
        "expiry",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", sa.Double),
        sa.Column("not_before", sa.Double),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
    )
    op.create_table(
        "sink",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", Id, nullable=False),
    )
    op.create_table("highest", sa.Column("transition", Id, primary_key=True, autoincrement=False))


def downgrade() -> None:
    """Back to nothing: everything is lost."""
    for table in ("highest", "sink", "expiry", "transition", "event"):
        op.drop_table(table)
