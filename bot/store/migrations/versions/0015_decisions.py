"""What was decided when, where incidents are found by, and what pages look up."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.engine.column_types import CleanText

revision = "0015"
down_revision = "0014"

_MOMENT = sa.DateTime(timezone=True)
_INDEXES = (
    ("decisions", ("at",)),
    ("incident_parts", ("kind", "name")),
    ("builds", ("builder", "complete_at")),
    ("builds", ("worker", "complete_at")),
    ("failures", ("site", "buildid")),
    ("incidents", ("id",)),
    ("incidents", ("verdict", "opened_at")),
    ("requests", ("incident",)),
    ("said", ("incident_id",)),
    ("actions", ("repo_id", "number")),
    ("speech", ("number", "repo_id")),
    ("labels", ("said_at",)),
)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "decisions",
        sa.Column("repo_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("subject", CleanText, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("pull", sa.BigInteger, nullable=True),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("words", CleanText, nullable=False),
        sa.Column("document", CleanText, nullable=True),
        sa.PrimaryKeyConstraint("repo_id", "subject", "position", name="pk_decisions"),
    )
    parts = op.create_table(
        "incident_parts",
        sa.Column("repo_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("branch", CleanText, nullable=False),
        sa.Column("id", CleanText, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", CleanText, nullable=False),
        sa.PrimaryKeyConstraint(
            "repo_id", "branch", "id", "kind", "name", name="pk_incident_parts"
        ),
    )
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    flaked = sa.text("passed_on_rerun")
    op.create_index(
        "ix_failures_flaked",
        "failures",
        ["source", "buildid"],
        sqlite_where=flaked,
        postgresql_where=flaked,
    )
    _fill(parts)


def _fill(parts: sa.Table) -> None:
    """The incidents that are there already."""
    connection = op.get_bind()
    known = sa.table("incidents", *(sa.column(n) for n in ("repo_id", "branch", "id", "document")))
    for row in connection.execute(sa.select(known)).mappings().all():
        rows = [{**_where(row), **part} for part in _find_parts(row["document"])]
        if rows:
            connection.execute(parts.insert(), rows)


def _where(row: sa.RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("repo_id", "branch", "id")}


def _find_parts(document: str) -> list[dict[str, str]]:
    try:
        incident = json.loads(document)
        sites = {s["site"] for s in incident["signatures"] if s["site"]}
        named = [("site", n) for n in sites] + [("builder", n) for n in set(incident["builders"])]
    except (ValueError, KeyError, TypeError):
        return []  # it is written anew when it changes; an upgrade does not end at an old one
    return [{"kind": kind, "name": name} for kind, name in sorted(named)]
