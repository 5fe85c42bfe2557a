"""Looking at a store changes nothing, on either database, and tells what is there."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.setup_checks.database import diagnose_database
from bot.core.errors import UserError
from bot.core.model import (
    Announcement,
    IncidentState,
    PullComment,
    RefusedComment,
    Repository,
    build_key,
    pull_key,
    sweep_key,
)
from bot.store import Store, open_store
from bot.store.backup import copy_knowledge
from bot.store.inspection import fetch_survey, open_view
from bot.store.statistics import Statistics
from tests.support.clock import FakeClock
from tests.support.databases import make_sqlite_url
from tests.support.make_stored import MOMENT, make_facts, make_incident

REPOSITORY = Repository(1, "o/r")
SPEECH = PullComment(
    1,
    5,
    wanted="text",
    why_silent="it is locked",
    said=(Announcement("i", "suspected", "open", MOMENT),),
)


async def test_an_empty_database_is_one_that_the_first_start_fills(
    database_url: str, clock: FakeClock
) -> None:
    inspection = await fetch_survey(database_url, try_to_write=True)
    assert (inspection.fault, inspection.schema, inspection.is_newer) == (None, None, False)
    with pytest.raises(UserError, match="cannot read the database"):
        async with open_view(database_url, clock):
            pass


async def test_a_look_leaves_a_strange_file_as_it_is(tmp_path: Path) -> None:
    """Doctor was asked whether this will do, not to turn somebody's database into one of ours."""
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x INTEGER)")
    before = file.read_bytes()
    inspection = await fetch_survey(make_sqlite_url(tmp_path, "other.db"), try_to_write=True)
    assert inspection.fault is None
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]


async def test_a_database_in_use_is_up_to_date(database_url: str, store: Store) -> None:
    inspection = await fetch_survey(database_url, try_to_write=True)
    assert inspection.fault is None
    assert inspection.schema == inspection.newest
    assert not inspection.is_newer


async def test_another_version_s_database_is_not_read(
    database_url: str, store: Store, clock: FakeClock
) -> None:
    async with store.database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert (await fetch_survey(database_url, try_to_write=True)).is_newer
    with pytest.raises(UserError, match="it has schema 9999"):
        async with open_view(database_url, clock):
            pass


async def test_a_copy_knows_all_that_the_store_knows(
    database_url: str, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """Replay thinks with a copy; what is missing there is another verdict."""
    facts, incident, speech = make_facts(7), make_incident("i"), SPEECH
    await store.facts.save_repository(REPOSITORY)
    await store.facts.save_build(facts, [build_key("bb", 7)])
    await store.incidents.save_incidents(1, "main", [incident], [])
    await store.incidents.save_pull_comment(speech)
    await store.facts.save_time("a moment", clock.now())
    copy = await open_store(make_sqlite_url(tmp_path, "copy.db"), clock)
    async with open_view(database_url, clock) as view:
        await copy_knowledge(view.database, copy.database)
        await copy_knowledge(view.database, copy.database)  # over what is there
    assert await copy.facts.load_builds([facts.build.ref]) == (facts,)
    assert await copy.incidents.load_incidents(1) == (incident,)
    assert await copy.incidents.load_pull_comment(speech.repo_id, speech.number) == speech
    assert await copy.facts.load_time("a moment") == clock.now()
    assert (await copy.views.load_depth()).depth == 0  # work is not knowledge
    await copy.close()


async def test_the_figures_are_those_of_the_tables(store: Store, clock: FakeClock) -> None:
    figures = Statistics(store.database, clock)
    assert list(await figures.load_keys()) == []
    await store.inbox.put([build_key("bb", 1), build_key("bb", 2), pull_key(1, 5)])
    clock.advance(60)
    await store.inbox.put([sweep_key("buildbot")], clock.now().replace(year=2100))
    lease = await store.inbox.take("somebody", 20)
    assert lease is not None
    assert lease.key == build_key("bb", 1)
    found = {one.kind: one for one in await figures.load_keys()}
    assert {kind: one.count for kind, one in found.items()} == {"build": 2, "pull": 1, "sweep": 1}
    oldest = found["build"].oldest_due_at
    assert oldest is not None
    assert 59 <= (clock.now() - oldest).total_seconds() <= 61
    assert found["sweep"].oldest_due_at is None


async def test_a_refused_comment_is_told_while_its_incident_is_open(
    store: Store, clock: FakeClock
) -> None:
    figures = Statistics(store.database, clock)
    await store.facts.save_repository(REPOSITORY)
    incident = make_incident("i", pull=SPEECH.number)
    await store.incidents.save_pull_comment(SPEECH)
    await store.incidents.save_incidents(1, "main", [incident], [])
    (line,) = await figures.load_refusals(posts=True)
    assert line == RefusedComment("o/r#5", stands=False, why="it is locked")
    over = replace(incident, state=IncidentState.FIXED)
    await store.incidents.save_incidents(1, "main", [over], [])
    assert list(await figures.load_refusals(posts=True)) == []
    (count,) = await figures.load_incidents()
    assert (count.state, count.count) == ("fixed", 1)


async def test_a_search_that_reads_all_rows_is_told_and_finds_all_the_same(
    store: Store, database_url: str
) -> None:
    """Where PostgreSQL lets nobody have pg_trgm, nothing breaks."""
    assert not (await fetch_survey(database_url, try_to_write=False)).reads_all
    await store.facts.save_repository(REPOSITORY)
    await store.facts.save_build(make_facts(1), [])
    async with store.database.write() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        if is_postgresql:
            await connection.exec_driver_sql("DROP EXTENSION pg_trgm CASCADE")
    survey = await fetch_survey(database_url, try_to_write=False)
    assert survey.reads_all is is_postgresql
    told = [
        found.words for found in diagnose_database(survey, database_url) if found.check == "search"
    ]
    assert told == ["a search reads all rows: pg_trgm was not to be had"] * is_postgresql
    assert [hit.name for hit in await store.views.search("debian", 0, 9)] == ["AMD64 Debian"]
