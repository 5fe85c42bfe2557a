"""Keys as rows of the inbox: how they are put within a transaction that may write more.

In: keys. Out: rows. The inbox, the doors' arrivals and whoever saves facts put keys this way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cachetools import cached
from sqlalchemy import Connection, Executable, Row, case
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Malformed
from bot.core.model import Key, KeyKind
from bot.store.engine.db_clock import DbClock
from bot.store.engine.tables import inbox
from bot.store.engine.upserts import insert

# PostgreSQL's index takes 2,704 bytes; no honest branch or id comes near.
LONGEST_NAME = 600

# Of a kind that a newer version put, we know nothing: it is left to that version.
KNOWN_KINDS = tuple(kind.value for kind in KeyKind)


async def put_keys(connection: AsyncConnection, keys: Sequence[Key], times: DbClock) -> None:
    """Look at these now; ring the bell after the commit."""
    await connection.run_sync(insert_keys, dict.fromkeys(keys, times.here), times)


def insert_keys(connection: Connection, run_at: Mapping[Key, datetime], times: DbClock) -> None:
    """Look at these, each at its time; ring the bell after the commit.

    In the order of the keys, so that two transactions never wait for each other in a circle.
    Raises `Malformed` for a name that no honest key has.
    """
    if not run_at:
        return
    for key in run_at:
        check_name(key.name)
    put_at = times.value(times.here)
    rows = [
        {"kind": key.kind.value, "key": key.name, "due": times.value(run_at[key]), "put": put_at}
        for key in sorted(run_at)
    ]
    connection.execute(_make_upsert(connection, times), rows)


# Made once for each dialect: to make the statement anew took longer than to have it executed.
@cached({}, key=lambda connection, _: connection.dialect.name)
def _make_upsert(connection: Connection, times: DbClock) -> Executable:
    """A key that is there already is looked at again, as soon as anybody asked for."""
    statement = insert(connection, inbox).values(
        run_at=times.named("due"), put_at=times.named("put"), attempts=0, generation=1
    )
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_={
            "generation": inbox.c.generation + 1,
            "run_at": case((new.run_at < inbox.c.run_at, new.run_at), else_=inbox.c.run_at),
        },
    )


def check_name(name: str) -> None:
    """Raises `Malformed` for a name that does not fit an index."""
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise Malformed(f"a name of more than {LONGEST_NAME} bytes: {name[:60]!r}…")


def make_key(row: Row[*tuple[Any, ...]]) -> Key:
    """The key of a row."""
    return Key(KeyKind(row.kind), row.key)
