"""Builds that could not be read for good, each with its reason."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "unread",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("buildid", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "buildid", name="pk_unread"),
    )
