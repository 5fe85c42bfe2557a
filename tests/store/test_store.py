"""Opening the store: it migrates, or says in one line why not."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.core.errors import Unavailable, UserError
from bot.core.model import build_key
from bot.store import Store, open_store
from bot.store.engine.database import parse_database_url
from bot.store.engine.search_tables import TRIGRAM_INDEX
from bot.store.engine.tables import metadata
from tests.support.clock import FakeClock
from tests.support.databases import make_sqlite_url as make_url
from tests.support.databases import sqlite_only

ROOT = Path(__file__).parent.parent.parent


def is_ours(name: str | None, kind: str, _: Any) -> bool:
    """What SQLite keeps for the trigrams of a search, and PostgreSQL's index of them, is theirs."""
    of_trigrams = (kind == "table" and f"{name}".startswith("search_text"), name == TRIGRAM_INDEX)
    return not any(of_trigrams)


async def test_an_empty_database_gets_the_tables_that_the_code_knows(store: Store) -> None:
    """A column that code and migrations spell differently fails on the first red build."""
    await store.ping()

    def compare(connection: Connection) -> None:
        opts = {"target_metadata": metadata, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        for table in metadata.tables.values():
            found = {index["name"] for index in inspect(connection).get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= found

    async with store.database.read() as connection:
        await connection.run_sync(compare)


async def test_what_was_put_survives_a_restart(database_url: str, clock: FakeClock) -> None:
    """The power fails a moment after the door said 202."""
    first = await open_store(database_url, clock)
    await first.inbox.put([build_key("bb", 1)])
    second = await open_store(database_url, clock)  # and nobody closed the first
    assert await second.inbox.take("a", 20) is not None
    await second.close()
    await first.close()


@sqlite_only
async def test_sqlite_is_as_durable_as_it_can_be(database_url: str, clock: FakeClock) -> None:
    """With less than FULL, WAL loses the last commits when the power fails."""
    store = await open_store(database_url, clock)
    async with store.database.read() as connection:
        pragmas = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous")
        ]
    assert pragmas == ["wal", 2]
    await store.close()


async def test_a_newer_schema_is_refused_and_left_as_it_is(
    store: Store, database_url: str, clock: FakeClock
) -> None:
    """An old version started by mistake must not write into tables it does not understand."""
    async with store.database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match=r"schema 9999, which is newer than this version"):
        await open_store(database_url, clock)
    async with store.database.read() as connection:
        found = await connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        assert found.scalar_one() == "9999"


async def test_several_processes_may_start_at_once(database_url: str) -> None:
    """A rolling restart starts the new instance while others start, too: one migrates."""
    script = (
        "import asyncio, sys\n"
        "from bot.store import open_store\n"
        "from tests.support.clock import FakeClock\n"
        "asyncio.run(open_store(sys.argv[1], FakeClock()))\n"
    )
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, database_url, cwd=ROOT)
        for _ in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]


def make_directory(folder: Path) -> str:
    (folder / "nightswatch.db").mkdir()
    return make_url(folder)


def make_read_only(folder: Path) -> str:
    asyncio.run(_open_and_close(make_url(folder)))
    return f"sqlite+aiosqlite:///file:{folder}/nightswatch.db?mode=ro&uri=true"


async def _open_and_close(url: str) -> None:
    await (await open_store(url, FakeClock())).close()


def make_garbage(folder: Path) -> str:
    (folder / "nightswatch.db").write_bytes(b"this is no database at all\n" * 100)
    return make_url(folder)


BROKEN: dict[str, tuple[Callable[[Path], str], str]] = {
    "a folder that is missing": (lambda folder: make_url(folder / "nowhere"), "does not exist"),
    "a directory": (make_directory, "is a directory"),
    "a read-only disk": (make_read_only, "readonly"),
    "a file of another kind": (make_garbage, "not a database"),
    "in memory": (lambda _: "sqlite+aiosqlite:///:memory:", "must name a file"),
    "no file": (lambda _: "sqlite+aiosqlite://", "must name a file"),
    "nonsense": (lambda _: "nightswatch.db", "must start with"),
    "nothing": (lambda _: "", "must start with"),
    "another product": (lambda _: "mysql://u:hunter2@h/d", "must start with"),
    "a port that is no number": (lambda _: "postgresql://u:hunter2@h:x/d", "must start with"),
    "nobody there": (lambda _: "postgresql://u:hunter2@127.0.0.1:1/d", "DATABASE_URL|database"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_database_is_one_clear_line(name: str, tmp_path: Path) -> None:
    """Whoever runs us sees what to change, no traceback and no password."""
    make, words = BROKEN[name]
    url = make(tmp_path)
    away = name == "nobody there"  # which may pass
    with pytest.raises(Unavailable if away else UserError, match=words) as caught:
        asyncio.run(_open_and_close(url))
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
    ],
)
def test_the_usual_spellings_work(given: str, used: str) -> None:
    """Heroku says postgres://, most tutorials leave the driver out."""
    assert parse_database_url(given).render_as_string(hide_password=False) == used
