"""Bring a database's schema to what this version of the code knows, or refuse.

In: a `Database`. Out: the same at the newest schema. Alembic runs inside one write transaction
(SQLite) or under an advisory lock (PostgreSQL), so instances that start together take turns.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.core.errors import UserError
from bot.store.engine.database import Database, lock_migrations

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


async def migrate(database: Database) -> None:
    """Run what is missing; raises `UserError` for a schema newer than we know."""
    async with database.write() as connection:
        await lock_migrations(connection)
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    newest, known = find_schemas()
    present = set(MigrationContext.configure(connection).get_current_heads())
    if not present <= known:
        raise UserError(
            f"the database has schema {', '.join(sorted(present - known))}, which is newer than"
            " this version: start the newer version, or restore a backup"
        )
    if present != {newest}:
        config = _make_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def find_schemas() -> tuple[str, frozenset[str]]:
    """The newest schema, and all that we know."""
    scripts = ScriptDirectory.from_config(_make_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return ", ".join(sorted(scripts.get_heads())), known


def _make_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
