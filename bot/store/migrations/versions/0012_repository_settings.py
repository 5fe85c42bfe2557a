"""What repositories say of themselves."""

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "repository_settings",
        sa.Column("repo_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("blob", sa.Text, nullable=True),
        sa.Column("good", CleanText, nullable=True),
        sa.Column("problems", CleanText, nullable=False),
        sa.Column("told_sha", sa.Text, nullable=True),
    )
