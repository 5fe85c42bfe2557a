"""What people told us: remarks, the audit, rulings, labels, silence."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _create_remarks()
    _create_actions()
    _create_rulings()
    _create_labels()


def _key(name: str, kind: Any = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _must(name: str, kind: Any = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _create(table: str, *columns: sa.Column[Any]) -> None:
    keys = [column.name for column in columns if column.primary_key]
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _create_remarks() -> None:
    _create(
        "remarks",
        _key("repo_id"),
        _key("comment_id"),
        _must("repository"),
        _must("number", sa.BigInteger),
        _must("author"),
        _must("body"),
        _must("created_at", _TIME),
        _must("progress"),
        _may("intent_at", _TIME),
        _may("reply"),
        _may("reply_id", sa.BigInteger),
    )
    _index("remarks", "author", "created_at")


def _create_actions() -> None:
    _create(
        "actions",
        _key("repo_id"),
        _key("comment_id"),
        _key("position", sa.Integer),
        _must("number", sa.BigInteger),
        _must("person"),
        _must("role"),
        _must("command"),
        _must("argument"),
        _must("said_at", _TIME),
        _must("acted_at", _TIME),
        _must("result"),
        _must("answer"),
    )
    _index("actions", "acted_at")


def _create_rulings() -> None:
    _create(
        "rulings",
        _key("repo_id"),
        _key("comment_id"),
        _key("position", sa.Integer),
        _key("part", sa.Integer),
        _must("kind"),
        _must("person"),
        _must("role"),
        _must("said_at", _TIME),
        _must("number", sa.BigInteger),
        _must("branch"),
        _must("target"),
        _may("sha"),
        _may("pull", sa.BigInteger),
        _may("undone_by", sa.BigInteger),
    )
    _index("rulings", "repo_id", "branch")


def _create_labels() -> None:
    _create(
        "labels",
        _key("repo_id"),
        _key("incident_id", sa.Text),
        _key("source", sa.Text),
        _must("word"),
        _must("verdict"),
        _may("pull", sa.BigInteger),
        _must("confidence", sa.Float),
        _must("said_at", _TIME),
        _must("undone", sa.Boolean),
    )
    _create(
        "quiet",
        _key("repo_id"),
        _key("number"),
        _may("until", _TIME),
        _must("person"),
    )
