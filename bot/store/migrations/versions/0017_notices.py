"""Changes of incidents that are told elsewhere than on a pull."""

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0017"
down_revision = "0016"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "subscriptions",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("stopped_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_subscriptions"),
    )
    op.create_table(
        "notices",
        sa.Column("subscription", sa.Text, nullable=False),
        sa.Column("repo_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("incident_id", CleanText, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("caused_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("intent_at", _MOMENT, nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("message", sa.Text, nullable=True),
        sa.Column("problem", CleanText, nullable=False),
        sa.PrimaryKeyConstraint(
            "subscription", "repo_id", "incident_id", "position", name="pk_notices"
        ),
    )
    op.create_index("ix_notices_status_subscription", "notices", ["status", "subscription"])
    op.create_index("ix_notices_repo_id_incident_id", "notices", ["repo_id", "incident_id"])
