"""Builds that we ask for."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "requests", *_REQUESTS, sa.PrimaryKeyConstraint("source", "id", name="pk_requests")
    )
    op.create_index("ix_requests_asked_at", "requests", ["asked_at"])
    op.create_index("ix_requests_repo_id_comment_id", "requests", ["repo_id", "comment_id"])
    names = ("repo_id", "comment_id", "position")
    op.create_table(
        "request_orders", *_ORDERS, sa.PrimaryKeyConstraint(*names, name="pk_request_orders")
    )


def _must(name: str, kind: Any = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def _may(name: str, kind: Any = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


_REQUESTS = (
    _must("source"),
    _must("id"),
    _must("repo_id", sa.BigInteger),
    _may("incident"),
    _may("number", sa.BigInteger),
    _may("comment_id", sa.BigInteger),
    _must("position", sa.Integer),
    _must("builder"),
    _must("builderid", sa.BigInteger),
    _must("branch"),
    _may("base"),
    _must("revision"),
    _must("purpose"),
    _must("state"),
    _must("reason"),
    _may("asked_by"),
    _must("asked_at", _MOMENT),
    _must("deadline", _MOMENT),
    _may("intent_at", _MOMENT),
    _must("expected_minutes", sa.Float),
    _may("ci_number", sa.BigInteger),
    _may("buildid", sa.BigInteger),
    _may("started_at", _MOMENT),
    _may("ended_at", _MOMENT),
    _may("result", sa.Integer),
    _must("words"),
    _may("cancel"),
    _must("dry_run", sa.Boolean),
    _must("read", sa.Boolean),
)
_ORDERS = (
    _must("repo_id", sa.BigInteger),
    _must("comment_id", sa.BigInteger),
    _must("position", sa.Integer),
    _must("incident"),
    _must("number", sa.BigInteger),
    _must("person"),
    _must("at", _MOMENT),
    _must("builds", sa.Integer),
    _must("ended", sa.Boolean),
)
