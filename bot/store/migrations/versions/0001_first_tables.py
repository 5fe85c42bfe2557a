"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _create_inbox()
    _create_builds()
    _create_commits()
    _create_speech()


def _key(name: str, kind: Any = sa.Text) -> sa.Column[Any]:
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


def _create_inbox() -> None:
    _create(
        "inbox",
        _key("kind"),
        _key("key"),
        _must("run_at", _TIME),
        _must("attempts", sa.Integer),
        _may("lease_owner"),
        _may("lease_until", _TIME),
        _must("generation", sa.BigInteger),
        _may("last_error"),
        _must("put_at", _TIME),
    )
    _index("inbox", "run_at")
    _create("deliveries", _key("guid"), _must("at", _TIME))
    _index("deliveries", "at")


def _create_builds() -> None:
    _create(
        "builds",
        _key("source"),
        _key("buildid", sa.BigInteger),
        _must("number", sa.BigInteger),
        _must("builderid", sa.BigInteger),
        _must("buildrequestid", sa.BigInteger),
        _must("worker"),
        _may("branch"),
        _may("revision"),
        _may("repository"),
        _must("scheduled_by"),
        _may("result", sa.Integer),
        _must("started_at", _TIME),
        _may("complete_at", _TIME),
        _must("state_string"),
        _must("builder"),
        _must("tags"),
        _may("repo_id", sa.BigInteger),
        _must("stable", sa.Boolean),
        _must("url"),
        _must("note"),
        _must("sources"),
        _may("reading"),
        _must("version", sa.BigInteger),
    )
    _index("builds", "repo_id", "branch", "version")
    _index("builds", "complete_at")
    _create_parts_of_builds()


def _create_parts_of_builds() -> None:
    _create(
        "failures",
        _key("source"),
        _key("buildid", sa.BigInteger),
        _key("position", sa.Integer),
        _must("branch"),
        _must("suite"),
        _must("kind"),
        _must("site"),
        _must("message"),
        _must("passed_on_rerun", sa.Boolean),
    )
    _create(
        "test_runs",
        _key("source"),
        _key("buildid", sa.BigInteger),
        _key("position", sa.Integer),
        _must("suite"),
        _must("complete", sa.Boolean),
        _may("not_reached"),
    )


def _create_commits() -> None:
    _create(
        "commits",
        _key("repo_id", sa.BigInteger),
        _key("branch"),
        _key("epoch", sa.BigInteger),
        _key("position", sa.BigInteger),
        _must("sha"),
        _may("parent"),
        _must("at", _TIME),
        _must("title"),
        _may("author"),
        _may("pull", sa.BigInteger),
        _may("reverts"),
    )
    _index("commits", "repo_id", "pull")
    _create("files", _key("repo_id", sa.BigInteger), _key("sha"), _must("paths"))
    _create(
        "branches",
        _key("repo_id", sa.BigInteger),
        _key("branch"),
        _must("epoch", sa.BigInteger),
        _must("version", sa.BigInteger),
    )
    _create(
        "repositories",
        _key("repo_id", sa.BigInteger),
        _must("full_name"),
        _must("default_branch"),
        _must("saved_at", _TIME),
    )
    _create("moments", _key("name"), _must("at", _TIME))


def _create_speech() -> None:
    _create(
        "incidents",
        _key("repo_id", sa.BigInteger),
        _key("branch"),
        _key("id"),
        _must("verdict"),
        _must("state"),
        _may("pull", sa.BigInteger),
        _must("opened_at", _TIME),
        _may("closed_at", _TIME),
        _must("document"),
    )
    _index("incidents", "repo_id", "pull")
    _index("incidents", "opened_at")
    _create(
        "speech",
        _key("repo_id", sa.BigInteger),
        _key("number", sa.BigInteger),
        _must("thread", sa.Integer),
        _may("wanted"),
        _may("standing"),
        _may("comment_id", sa.BigInteger),
        _may("posted_at", _TIME),
        _may("intent_at", _TIME),
        _may("why_silent"),
        _must("incidents"),
    )
    _create(
        "said",
        _key("repo_id", sa.BigInteger),
        _key("number", sa.BigInteger),
        _key("position", sa.Integer),
        _must("incident_id"),
        _must("verdict"),
        _must("state"),
        _must("at", _TIME),
    )
