"""Builders as they are remembered: which are gone, and under which names."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "builders",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("builderid", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("workers", sa.Text, nullable=False),
        sa.Column("came_at", moment, nullable=False),
        sa.Column("gone_at", moment, nullable=True),
        sa.Column("left_at", moment, nullable=True),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("successor", sa.Text, nullable=True),
        sa.Column("split_at", moment, nullable=True),
        sa.Column("split_name", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("source", "builderid", name="pk_builders"),
    )
