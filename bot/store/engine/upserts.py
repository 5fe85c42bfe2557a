"""Saving rows: what both dialects spell alike but SQLAlchemy does not.

In: a table and rows. Out: statements, made once for each dialect and kept.
"""

from collections.abc import Sequence
from typing import Any

from cachetools import cached
from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert(
    connection: AsyncConnection | Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both dialects spell alike."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def save_row(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row, or replace the one with the same primary key."""
    await connection.run_sync(put_row, table, row)


def put_row(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """The same within a transaction at once."""
    sql = {name: value for name, value in row.items() if isinstance(value, ColumnElement)}
    plain = {name: value for name, value in row.items() if name not in sql}
    statement = _make_save(connection, table, tuple(row))
    connection.execute(statement.values(sql) if sql else statement, plain)


# Made once: to make a statement anew takes longer than to have it executed.
@cached({}, key=lambda connection, table, names: (connection.dialect.name, table.name, names))
def _make_save(
    connection: Connection, table: Table, names: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    statement = insert(connection, table)
    keys = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


async def save_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows that are not there."""
    await connection.run_sync(put_rows, table, rows)


def put_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """The same within a transaction at once."""
    if rows:
        connection.execute(table.insert(), rows)
