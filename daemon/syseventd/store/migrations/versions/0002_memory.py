"""What sources want to be told again before their next probe.

Runs before the new code; the old code works with it as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is remembered yet."""
    op.create_table(
        "memory",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """What sources remembered is lost: they begin anew."""
    op.drop_table("memory")
