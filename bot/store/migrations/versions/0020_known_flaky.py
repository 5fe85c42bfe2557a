"""Tests that repositories list as flaky."""

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.add_column("repository_settings", sa.Column("known_flaky", CleanText, nullable=True))
