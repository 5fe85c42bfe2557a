"""Upgrades: from every earlier schema, with rows in every table; and old beside new."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.core.model import build_key
from bot.store import Store, open_store
from bot.store.engine import migrate
from bot.store.engine.database import make_database, parse_database_url
from tests.support.clock import FakeClock
from tests.support.make_stored import make_facts, make_incident
from tests.support.refs import refs

_SCRIPTS = migrate._MIGRATIONS
_MOMENT = datetime(2026, 3, 2, 11, tzinfo=UTC)


def make_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


EARLIER = [
    script.revision
    for script in ScriptDirectory.from_config(make_config()).walk_revisions()
    if not script.is_head
][::-1]


def make_value(column: sa.Column[Any], number: int) -> Any:
    """Something that fits, another one for each row."""
    if column.nullable and number % 2:
        return None
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return bool(number % 2)
    if isinstance(kind, sa.Integer):
        return number + 1
    if isinstance(kind, sa.Float):
        return number / 2
    if isinstance(kind, sa.DateTime):
        return _MOMENT
    # What is JSON by name has to be some; all other text may be anything.
    return "[]" if column.name in {"tags", "sources", "paths", "incidents"} else f"text {number}"


def fill(connection: Connection) -> dict[str, int]:
    """Two rows in every table, as that schema has it; the counts."""
    schema = sa.MetaData()
    schema.reflect(connection)
    counts = {}
    for table in schema.sorted_tables:
        # The tables of trigrams follow `search` by themselves.
        if table.name == "alembic_version" or table.name.startswith("search_text"):
            continue
        rows = [{c.name: make_value(c, n) for c in table.columns} for n in (1, 2)]
        for row in rows:
            row |= {c.name: row[c.name] or "x" for c in table.primary_key.columns}
        connection.execute(table.insert(), rows)
        counts[table.name] = len(rows)
    return counts


def count(connection: Connection, tables: list[str]) -> dict[str, int]:
    return {
        name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in tables
    }


@pytest.mark.parametrize("revision", EARLIER)
async def test_an_upgrade_keeps_every_row(
    database_url: str, clock: FakeClock, revision: str
) -> None:
    """A year of facts must survive the Tuesday on which somebody pulls the new version."""
    database = make_database(parse_database_url(database_url), patience=None)

    def prepare(connection: Connection) -> dict[str, int]:
        command.upgrade(make_config(connection), revision)
        return fill(connection)

    async with database.write() as connection:
        before = await connection.run_sync(prepare)
    await database.close()
    store = await open_store(database_url, clock)
    async with store.database.read() as connection:
        after = await connection.run_sync(count, list(before))
    # Opening notes the moment.
    assert {**after, "moments": 2} == {**before, "moments": 2}
    await store.facts.save_build(make_facts(7), [build_key("bb", 7)])
    await store.close()


async def test_an_old_instance_goes_on_while_a_new_one_upgrades(
    store: Store, clock: FakeClock
) -> None:
    """A rolling upgrade: for a minute the old version works on what the new one has added."""
    async with store.database.write() as connection:
        for statement in (
            "ALTER TABLE builds ADD COLUMN mood TEXT",
            "ALTER TABLE inbox ADD COLUMN mood INTEGER",
            "CREATE TABLE moods (mood TEXT PRIMARY KEY)",
            "UPDATE alembic_version SET version_num = '9999'",
        ):
            await connection.exec_driver_sql(statement)
    await store.inbox.put([build_key("bb", 1)])
    lease = await store.inbox.take("old", 20)
    assert lease is not None
    await store.facts.save_build(make_facts(1), [])
    assert [f.build.buildid for f in await store.facts.load_builds(refs(1))] == [1]
    await store.incidents.save_incidents(1, "main", [make_incident("a")], [])
    assert len(await store.incidents.load_incidents(1)) == 1
    await store.inbox.finish(lease)
    assert await store.inbox.next_run_at() is None
