"""What of the tables a viewer may see: the repositories that are shown to them.

In: ids of repositories, or None for all. Out: conditions and columns for the queries of pages.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, true

from bot.core.model import Repository
from bot.store.engine.tables import repositories

Visible = Collection[int] | None
"""The repositories that are shown, by id; None: all."""

LAST_OFFSET = 1_000_000_000
"""Far past any page, and within what every database can count to."""

REPOSITORY = (repositories.c.repo_id, repositories.c.full_name, repositories.c.default_branch)


def is_visible(table: Table, visible: Visible) -> ColumnElement[bool]:
    """The rows of a table that are of a repository which is shown."""
    return true() if visible is None else table.c.repo_id.in_(sorted(visible))


def make_repository(row: Row[*tuple[Any, ...]]) -> Repository:
    """From the columns `REPOSITORY`."""
    return Repository(row.repo_id, row.full_name, row.default_branch)
