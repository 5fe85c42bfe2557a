"""Comments that tell once more of what is still broken."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "reminders",
        sa.Column("repo_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("incident_id", sa.Text, nullable=False),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment_id", sa.BigInteger, nullable=True),
        sa.Column("dropped", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "number", "incident_id", name="pk_reminders"),
    )
