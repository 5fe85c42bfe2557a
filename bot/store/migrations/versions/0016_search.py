"""What people search for: incidents, pulls, tests, builders, workers and messages."""

import logging
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import SQLAlchemyError

from bot.core.model import Commit
from bot.store.engine.column_types import CleanText, UtcDateTime
from bot.store.engine.search_tables import TRIGRAM_INDEX
from bot.store.json_documents import parse_incident_document
from bot.store.search_documents import make_incident_document, make_pull_document

revision = "0016"
down_revision = "0015"

log = logging.getLogger(__name__)

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    table = op.create_table(
        "search",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("repo_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", CleanText, nullable=False),
        sa.Column("title", CleanText, nullable=False),
        sa.Column("words", CleanText, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
    )
    op.create_index("ix_search_seen_at", "search", ["seen_at"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in _FTS:
            connection.exec_driver_sql(statement)
    else:
        _make_trigram_index(connection)
    _fill(connection, table)


# The trigrams follow the table, whoever writes it: https://www.sqlite.org/fts5.html, 4.4.3
_FTS = (
    """CREATE VIRTUAL TABLE search_text
    USING fts5(words, content='search', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER search_text_put AFTER INSERT ON search BEGIN
    INSERT INTO search_text(rowid, words) VALUES (new.id, new.words);
    END""",
    """CREATE TRIGGER search_text_drop AFTER DELETE ON search BEGIN
    INSERT INTO search_text(search_text, rowid, words) VALUES ('delete', old.id, old.words);
    END""",
    """CREATE TRIGGER search_text_change AFTER UPDATE ON search WHEN old.words <> new.words BEGIN
    INSERT INTO search_text(search_text, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO search_text(rowid, words) VALUES (new.id, new.words);
    END""",
)


def _make_trigram_index(connection: sa.Connection) -> None:
    """Where we may not have the extension, a search reads all rows; `doctor` says so."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.exec_driver_sql(
                f"CREATE INDEX {TRIGRAM_INDEX} ON search USING gin (words gin_trgm_ops)"
            )
    except SQLAlchemyError:
        log.warning("searches read all rows: pg_trgm cannot be created")


def _fill(connection: sa.Connection, table: sa.Table) -> None:
    """What is there already; tests, messages and builders come with the builds to come."""
    rows: dict[int, dict[str, Any]] = {}
    for row in (*_find_pulls(connection), *_find_incidents(connection)):
        rows[row["id"]] = {column.name: row[column.name] for column in table.c}
    if rows:
        connection.execute(table.insert(), list(rows.values()))


def _find_incidents(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    known = sa.table("incidents", sa.column("repo_id"), sa.column("document"))
    for repo_id, document in connection.execute(sa.select(known)):
        try:
            incident = parse_incident_document(document)
        except (ValueError, KeyError):
            continue  # it comes when it changes
        yield make_incident_document(repo_id, incident)


def _find_pulls(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    names = ("repo_id", "sha", "title", "author", "pull")
    at = sa.column("at", UtcDateTime)
    known = sa.table("commits", *(sa.column(name) for name in names), at)
    for row in connection.execute(sa.select(known).where(known.c.pull.is_not(None))):
        commit = Commit(row.sha, None, row.at, row.title, row.author, row.pull)
        document = make_pull_document(row.repo_id, commit)
        if document is not None:
            yield document
