"""Copies of a store: to think something through without touching it, and as a backup.

In: a database. Out: another one with the same rows, or a file. The first stays as it is, and goes
on being read and written meanwhile.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import Table, select

from bot.core.errors import UserError
from bot.store.engine.database import Database
from bot.store.engine.repository_tables import repository_settings
from bot.store.engine.sqlite_file import make_private
from bot.store.engine.tables import (
    branches,
    builders,
    builds,
    commits,
    failures,
    files,
    incidents,
    moments,
    posts,
    quiet,
    reminders,
    repositories,
    rulings,
    said,
    speech,
    test_runs,
)

# What the road reads; the inbox and the deliveries are work to do, not knowledge.
_KNOWLEDGE: tuple[Table, ...] = (
    repositories,
    branches,
    commits,
    files,
    builders,
    builds,
    failures,
    test_runs,
    repository_settings,
    incidents,
    speech,
    said,
    reminders,
    rulings,
    quiet,
    posts,
    moments,
)

_ROWS = 1000


async def copy_knowledge(source: Database, target: Database) -> None:
    """Facts, incidents and speech, as of one moment, over what is in `target`."""
    async with source.read() as reading, target.write() as writing:
        for table in _KNOWLEDGE:
            await writing.execute(table.delete())
            rows = await reading.stream(select(table))
            async for part in rows.mappings().partitions(_ROWS):
                await writing.execute(table.insert(), [dict(row) for row in part])


def save_sqlite_backup(source: Path, target: Path) -> int:
    """A whole copy of an SQLite database while others write to it; its size in bytes.

    Raises `UserError` where the target is there already, or either cannot be used. Source:
    https://www.sqlite.org/backup.html
    """
    if not source.exists():
        raise UserError(f"there is no database {source}")
    if target.exists():
        raise UserError(f"{target} is there already: give a new name")
    part = target.with_name(f"{target.name}.part")
    try:
        _copy_pages(source, part)
        part.rename(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise UserError(f"cannot back up {source} to {target}: {error}") from error
    return target.stat().st_size


def _copy_pages(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    make_private(target)
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    writing = sqlite3.connect(target)
    try:
        reading.backup(writing)  # in one step: in steps it begins again at each commit
        # One file that can be carried away: no write-ahead log beside it.
        writing.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = writing.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    finally:
        writing.close()
        reading.close()
