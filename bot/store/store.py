"""The store: everything durable, behind one object.

In: a `DATABASE_URL` and a clock. Out: a `Store`, migrated and ready, or a `UserError` in one line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import URL, select
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import Unavailable, UserError
from bot.core.ports import Clock
from bot.store.builds import SqlBuilds
from bot.store.commands import SqlCommands
from bot.store.engine.database import Database, make_database, parse_database_url
from bot.store.engine.errors import explain_fault, is_transient
from bot.store.engine.migrate import migrate
from bot.store.engine.sqlite_file import find_file_fault, protect_file
from bot.store.engine.tables import moments
from bot.store.inbox.inbox import SqlInbox
from bot.store.inbox.ingest import IngestQueue
from bot.store.inbox.webhook_deliveries import SqlDeliveries
from bot.store.incidents import SqlIncidents
from bot.store.notices import SqlNotices
from bot.store.read_models import ReadModels
from bot.store.reminders import SqlReminders
from bot.store.repository_settings import SqlRepositorySettings
from bot.store.requests import SqlRequests
from bot.store.tracker import SqlTracker

# A connection that could not be opened leaves a thread that still has a word for the event loop.
_FAREWELL_SECONDS = 0.05

# How often a database that is away is looked for.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of the store, on one database."""

    database: Database
    inbox: SqlInbox
    deliveries: SqlDeliveries
    facts: SqlBuilds
    incidents: SqlIncidents
    commands: SqlCommands
    requests: SqlRequests
    reminders: SqlReminders
    settings_files: SqlRepositorySettings
    notices: SqlNotices
    tracker: SqlTracker
    views: ReadModels

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
    folder that is missing, no rights, a read-only disk, a newer schema; `Unavailable`, in one line
    as well, for a server that is away or starts just now.
    """
    url = parse_database_url(database_url)
    fault = find_file_fault(url)
    if fault is not None:
        raise UserError(_explain(url, fault))
    protect_file(url)
    database = make_database(url)
    try:
        await _migrate(url)
        # Only a write shows that we may write.
        await SqlBuilds(database, clock).mark_done("opened")
    except BaseException as error:
        await database.close()
        await asyncio.sleep(_FAREWELL_SECONDS)
        if isinstance(error, Unavailable | SQLAlchemyError):
            words = _explain(url, explain_fault(error))
            raise (Unavailable if is_transient(error) else UserError)(words) from error
        raise
    database.listen()
    arrivals = IngestQueue(database, clock)
    return Store(
        database=database,
        inbox=SqlInbox(database, clock, arrivals),
        deliveries=SqlDeliveries(database, arrivals),
        facts=SqlBuilds(database, clock),
        incidents=SqlIncidents(database, clock),
        commands=SqlCommands(database, clock),
        requests=SqlRequests(database, clock),
        reminders=SqlReminders(database, clock),
        settings_files=SqlRepositorySettings(database, clock),
        notices=SqlNotices(database, clock),
        tracker=SqlTracker(database, clock),
        views=ReadModels(database, clock),
    )


async def wait_for_database(database_url: str, seconds: float, tell: Callable[[str], None]) -> None:
    """Until it answers, for so long at most; raises `Unavailable` in one line.

    After a power cut all machines start at once, and a database takes its time. What waiting would
    not mend is left to `open_store`, which says it better. `tell` hears once what is waited for.
    """
    url = parse_database_url(database_url)
    loop = asyncio.get_running_loop()
    end, told = loop.time() + seconds, False
    while (fault := await _find_passing_fault(url)) is not None:
        words = _explain(url, fault)
        if loop.time() >= end:
            raise Unavailable(f"{words}; gave up after {seconds:g} s")
        if not told:
            tell(f"{words}; waiting up to {seconds:g} s")
        told = True
        await asyncio.sleep(min(_LOOK_SECONDS, max(end - loop.time(), 0)))


async def _find_passing_fault(url: URL) -> str | None:
    """Why it does not answer now, where that may pass by itself."""
    if find_file_fault(url) is not None:
        return None
    database = make_database(url)
    try:
        async with database.read() as connection:
            await connection.exec_driver_sql("SELECT 1")
    except (Unavailable, SQLAlchemyError) as error:
        return explain_fault(error) if is_transient(error) else None
    finally:
        await database.close()
        await asyncio.sleep(_FAREWELL_SECONDS)
    return None


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
