"""An upgrade that is killed, two that begin together, and a version that is too old for its data.

Each works, or refuses in one line; no row is lost.
"""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from bot.core.errors import UserError
from bot.store import open_store
from bot.store.engine.database import make_database, parse_database_url
from bot.store.engine.migrate import find_schemas
from tests.store.engine.test_migrate import count, fill, make_config
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[3]
FIRST_RELEASE = "0006"  # the schema of the first release

# A process that upgrades a database, and is killed at the n-th change of a table.
KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from bot.store.engine.database import make_database, parse_database_url
from bot.store.engine.migrate import migrate

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= statement.split(None, 1)[0] in ("CREATE", "ALTER", "INSERT", "UPDATE", "DELETE")
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(migrate(make_database(parse_database_url(sys.argv[1]), patience=None)))
"""


async def prepare(database_url: str, revision: str) -> dict[str, int]:
    """A database as an earlier version left it, with rows in every table."""
    database = make_database(parse_database_url(database_url), patience=None)

    def begin(connection: Connection) -> dict[str, int]:
        command.upgrade(make_config(connection), revision)
        return fill(connection)

    async with database.write() as connection:
        before = await connection.run_sync(begin)
    await database.close()
    return before


async def load(database_url: str, tables: dict[str, int]) -> tuple[dict[str, int], str]:
    """How many rows there are, and the schema."""
    database = make_database(parse_database_url(database_url), patience=None)
    async with database.read() as connection:
        rows = await connection.run_sync(count, list(tables))
        found = await connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        schema = str(found.scalar_one())
    await database.close()
    return rows, schema


@pytest.mark.parametrize("changes", [1, 4, 9])
async def test_an_upgrade_that_is_killed_changes_nothing_and_is_begun_again(
    database_url: str, clock: FakeClock, changes: int
) -> None:
    """The machine lost its power while somebody pulled the new version."""
    before = await prepare(database_url, FIRST_RELEASE)
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, database_url, str(changes)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert await load(database_url, before) == (before, FIRST_RELEASE)
    store = await open_store(database_url, clock)
    await store.close()
    rows, schema = await load(database_url, before)
    assert schema == find_schemas()[0]
    # Opening notes the moment.
    assert {**rows, "moments": 2} == {**before, "moments": 2}


async def test_instances_that_upgrade_together_take_turns(
    database_url: str, clock: FakeClock
) -> None:
    """A platform starts all machines of a new version at once."""
    before = await prepare(database_url, FIRST_RELEASE)
    stores = await asyncio.gather(*(open_store(database_url, clock) for _ in range(3)))
    for store in stores:
        await store.close()
    rows, schema = await load(database_url, before)
    assert schema == find_schemas()[0]
    assert {**rows, "moments": 2} == {**before, "moments": 2}


async def test_a_version_that_is_too_old_refuses_and_touches_nothing(
    database_url: str, clock: FakeClock
) -> None:
    """Somebody rolled back: the old version must not write what the new one cannot read."""
    before = await prepare(database_url, "head")
    database = make_database(parse_database_url(database_url), patience=None)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await database.close()
    with pytest.raises(UserError) as caught:
        await open_store(database_url, clock)
    words = str(caught.value)
    assert "schema 9999, which is newer than this version" in words
    assert "restore a backup" in words
    assert "\n" not in words
    assert await load(database_url, before) == (before, "9999")
