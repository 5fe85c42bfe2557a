"""Looking at a database without changing it: for `doctor`, `status`, `incidents` and `replay`.

In: a `DATABASE_URL`. Out: a `Inspection` of what is there, or a `ReadOnlyStore` of a store that is
up to date. Nothing is migrated, and nothing is written; what has to be tried is rolled back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import Unavailable, UserError
from bot.core.ports import Clock
from bot.store.builds import SqlBuilds
from bot.store.commands import SqlCommands
from bot.store.engine.database import Database, make_database, parse_database_url
from bot.store.engine.errors import explain_fault
from bot.store.engine.migrate import find_schemas
from bot.store.engine.search_tables import TRIGRAM_INDEX
from bot.store.engine.sqlite_file import find_file_fault
from bot.store.incidents import SqlIncidents
from bot.store.read_models import ReadModels
from bot.store.repository_settings import SqlRepositorySettings
from bot.store.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is there; `fault` is what keeps the store from working, in a few words."""

    shown: str  # the URL without its password
    fault: str | None = None
    schema: str | None = None  # None: no table yet
    newest: str = ""  # the schema that this version of the code makes
    is_newer: bool = False  # than this version knows
    reads_all: bool = False  # a search reads all rows: its index could not be made


class _Undo(Exception):
    """Rolls a trial back."""


@dataclass(frozen=True, slots=True)
class ReadOnlyStore:
    """The parts of a store that only read."""

    database: Database
    facts: SqlBuilds
    incidents: SqlIncidents
    commands: SqlCommands
    settings_files: SqlRepositorySettings
    views: ReadModels
    figures: Statistics


async def fetch_survey(database_url: str, *, try_to_write: bool) -> Inspection:
    """Connect and read the schema, maybe try to write; raises `UserError` for a URL that is none.

    What is written for a trial is rolled back.
    """
    url = parse_database_url(database_url)
    # A query may hold a password, too.
    shown = url.set(query={}).render_as_string(hide_password=True)
    if _is_missing_file(url):
        return Inspection(shown, fault=find_file_fault(url), newest=find_schemas()[0])
    database = make_database(url, only_looks=True)
    try:
        async with database.read() as connection:
            schema = await connection.run_sync(_read_schema)
            reads_all = await connection.run_sync(_lacks_trigrams)
        if try_to_write:
            await _try_to_write(database)
    except (Unavailable, SQLAlchemyError, OSError) as error:
        reason = explain_fault(error)
        return Inspection(shown, fault=reason)
    finally:
        await database.close()
    newest, known = find_schemas()
    is_newer = schema is not None and schema not in known
    return Inspection(shown, schema=schema, newest=newest, is_newer=is_newer, reads_all=reads_all)


@asynccontextmanager
async def open_view(database_url: str, clock: Clock) -> AsyncIterator[ReadOnlyStore]:
    """A store to read; raises `UserError` where there is none, or of another version."""
    inspection = await fetch_survey(database_url, try_to_write=False)
    problem = inspection.fault
    if problem is None and inspection.schema is None:
        problem = "it is empty: `nightswatch serve` fills it"
    if problem is None and inspection.schema != inspection.newest:
        problem = f"it has schema {inspection.schema}, and this version needs {inspection.newest}"
    if problem is not None:
        raise UserError(f"cannot read the database {inspection.shown}: {problem}")
    database = make_database(parse_database_url(database_url), only_looks=True)
    try:
        yield ReadOnlyStore(
            database=database,
            facts=SqlBuilds(database, clock),
            incidents=SqlIncidents(database, clock),
            commands=SqlCommands(database, clock),
            settings_files=SqlRepositorySettings(database, clock),
            views=ReadModels(database, clock),
            figures=Statistics(database, clock),
        )
    finally:
        await database.close()


def find_sqlite_file(database_url: str) -> Path | None:
    """The file of an SQLite database; None for another one."""
    url = parse_database_url(database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _is_missing_file(url: URL) -> bool:
    """Connecting would make it."""
    if url.get_backend_name() != "sqlite" or (url.database or "").startswith("file:"):
        return False
    return not Path(url.database or "").exists()


async def _try_to_write(database: Database) -> None:
    try:
        async with database.write() as connection:
            await connection.exec_driver_sql("CREATE TABLE nightswatch_trial (x INTEGER)")
            raise _Undo
    except _Undo:
        return


def _read_schema(connection: Connection) -> str | None:
    heads = MigrationContext.configure(connection).get_current_heads()
    return ", ".join(sorted(heads)) or None


def _lacks_trigrams(connection: Connection) -> bool:
    """Whether PostgreSQL did not let us have `pg_trgm` when the search was made."""
    if connection.dialect.name != "postgresql" or not inspect(connection).has_table("search"):
        return False
    names = {index["name"] for index in inspect(connection).get_indexes("search")}
    return TRIGRAM_INDEX not in names
