"""Who asked on which pull to be mentioned there; and notices are found by their age."""

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "followers",
        sa.Column("repo_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("login", CleanText, nullable=False),
        sa.Column("person", CleanText, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "number", "login", name="pk_followers"),
    )
    op.create_index("ix_notices_caused_at", "notices", ["caused_at"])
