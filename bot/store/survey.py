"""Looking at a database without changing it: for `doctor`, `status`, `incidents` and `replay`.

In: a `DATABASE_URL`. Out: a `Survey` of what is there, or a `View` of a store that is up to date.
Nothing is migrated, and nothing is written; what has to be tried is rolled back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import Unavailable, UserError
from bot.ports import Clock
from bot.store.engine import Database, make_database, parse_database_url
from bot.store.facts import Facts
from bot.store.faults import explain_fault
from bot.store.figures import Figures
from bot.store.files import find_file_fault
from bot.store.hearings import Hearings
from bot.store.incidents import Incidents
from bot.store.migrate import find_schemas
from bot.store.views import Views


@dataclass(frozen=True, slots=True)
class Survey:
    """What is there; `fault` is what keeps the store from working, in a few words."""

    shown: str  # the URL without its password
    fault: str | None = None
    schema: str | None = None  # None: no table yet
    newest: str = ""  # the schema that this version of the code makes
    is_newer: bool = False  # than this version knows


class _Undo(Exception):
    """Rolls a trial back."""


@dataclass(frozen=True, slots=True)
class View:
    """The parts of a store that only read."""

    database: Database
    facts: Facts
    incidents: Incidents
    hearings: Hearings
    views: Views
    figures: Figures


async def fetch_survey(database_url: str, *, try_to_write: bool) -> Survey:
    """Connect and read the schema, maybe try to write; raises `UserError` for a URL that is none.

    What is written for a trial is rolled back.
    """
    url = parse_database_url(database_url)
    # A query may hold a password, too.
    shown = url.set(query={}).render_as_string(hide_password=True)
    if _is_missing_file(url):
        return Survey(shown, fault=find_file_fault(url), newest=find_schemas()[0])
    database = make_database(url, only_looks=True)
    try:
        async with database.read() as connection:
            schema = await connection.run_sync(_read_schema)
        if try_to_write:
            await _try_to_write(database)
    except (Unavailable, SQLAlchemyError, OSError) as error:
        reason = explain_fault(error)
        return Survey(shown, fault=reason)
    finally:
        await database.close()
    newest, known = find_schemas()
    is_newer = schema is not None and schema not in known
    return Survey(shown, schema=schema, newest=newest, is_newer=is_newer)


@asynccontextmanager
async def open_view(database_url: str, clock: Clock) -> AsyncIterator[View]:
    """A store to read; raises `UserError` where there is none, or of another version."""
    survey = await fetch_survey(database_url, try_to_write=False)
    problem = survey.fault
    if problem is None and survey.schema is None:
        problem = "it is empty: `python -m bot serve` fills it"
    if problem is None and survey.schema != survey.newest:
        problem = f"it has schema {survey.schema}, and this version needs {survey.newest}"
    if problem is not None:
        raise UserError(f"cannot read the database {survey.shown}: {problem}")
    database = make_database(parse_database_url(database_url), only_looks=True)
    try:
        yield View(
            database=database,
            facts=Facts(database, clock),
            incidents=Incidents(database, clock),
            hearings=Hearings(database, clock),
            views=Views(database, clock),
            figures=Figures(database, clock),
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
