"""Issues of a project's tracker that tell of incidents."""

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0019"
down_revision = "0018"

_MOMENT = sa.DateTime(timezone=True)
_MOMENTS = (
    "looked_at",
    "seen_at",
    "intent_at",
    "filed_at",
    "look_at",
    "comment_intent_at",
    "comment_posted_at",
)


def _number(name: str, kind: type[sa.types.TypeEngine[int]] = sa.BigInteger) -> sa.Column[int]:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "tracked_causes",
        _number("repo_id"),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        *(sa.Column(name, _MOMENT, nullable=True) for name in _MOMENTS),
        sa.PrimaryKeyConstraint("repo_id", "cause", name="pk_tracked_causes"),
    )
    op.create_table(
        "tracked_incidents",
        _number("repo_id"),
        sa.Column("incident_id", CleanText, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "incident_id", name="pk_tracked_incidents"),
    )
    op.create_index("ix_tracked_incidents_repo_id_cause", "tracked_incidents", ["repo_id", "cause"])
    op.create_table(
        "issue_orders",
        _number("repo_id"),
        _number("comment_id"),
        _number("position", sa.Integer),
        _number("pull"),
        sa.Column("person", CleanText, nullable=False),
        sa.Column("incident", CleanText, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=True),
        sa.Column("anyway", sa.Boolean, nullable=False),
        sa.Column("answer", CleanText, nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "comment_id", "position", name="pk_issue_orders"),
    )
