"""The store: everything durable, behind one object.

In: a `DATABASE_URL` and a clock. Out: a `Store`, migrated and ready, or a `UserError` in one line.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, select
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import Unavailable, UserError
from bot.ports import Clock
from bot.store.arrivals import Arrivals
from bot.store.deliveries import Deliveries
from bot.store.engine import Database, find_first_line, make_database, parse_database_url
from bot.store.facts import Facts
from bot.store.hearings import Hearings
from bot.store.inbox import Inbox
from bot.store.incidents import Incidents
from bot.store.migrate import migrate
from bot.store.tables import moments
from bot.store.views import Views

# A connection that could not be opened leaves a thread that still has a word for the event loop.
_FAREWELL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of the store, on one database."""

    database: Database
    inbox: Inbox
    deliveries: Deliveries
    facts: Facts
    incidents: Incidents
    hearings: Hearings
    views: Views

    async def ping(self) -> None:
        """Raises `Unavailable` when the database does not answer."""
        async with self.database.read() as connection:
            await connection.execute(select(moments.c.name).limit(1))

    async def close(self) -> None:
        """Close all connections; what was committed stays."""
        await self.database.close()


async def open_store(database_url: str, clock: Clock) -> Store:
    """Connect and migrate.

    Raises `UserError` in one line for anything that keeps the store from working: a wrong URL, a
    folder that is missing, no rights, a read-only disk, a newer schema, a server that is away.
    """
    url = parse_database_url(database_url)
    fault = _find_file_fault(url)
    if fault is not None:
        raise UserError(_explain(url, fault))
    database = make_database(url)
    try:
        await _migrate(url)
        # Only a write shows that we may write.
        await Facts(database, clock).save_time("opened", clock.now())
    except BaseException as error:
        await database.close()
        await asyncio.sleep(_FAREWELL_SECONDS)
        if isinstance(error, Unavailable | SQLAlchemyError):
            reason = find_first_line(error).removeprefix("database: ")
            raise UserError(_explain(url, reason)) from error
        raise
    database.listen()
    arrivals = Arrivals(database, clock)
    return Store(
        database=database,
        inbox=Inbox(database, clock, arrivals),
        deliveries=Deliveries(arrivals),
        facts=Facts(database, clock),
        incidents=Incidents(database, clock),
        hearings=Hearings(database, clock),
        views=Views(database, clock),
    )


async def _migrate(url: URL) -> None:
    """With all the time that it takes."""
    database = make_database(url, patience=None)
    try:
        await migrate(database)
    finally:
        await database.close()


def _explain(url: URL, reason: str) -> str:
    """One line, without the password; a query may hold one, too."""
    shown = url.set(query={}).render_as_string(hide_password=True)
    return f"cannot use the database {shown}: {reason}"


def _find_file_fault(url: URL) -> str | None:
    """What SQLite would only call "unable to open database file"."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return None
    path = Path(url.database)
    faults = (
        (path.is_dir(), "it is a directory"),
        (not path.parent.is_dir(), "its directory does not exist"),
        (path.is_file() and not os.access(path, os.W_OK), "no right to write to it"),
        (not os.access(path.parent, os.W_OK), "no right to write into its directory"),
    )
    return next((words for found, words in faults if found), None)
