"""Fixtures that several rooms share."""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.store import Store, open_store
from tests.support.clock import FakeClock
from tests.support.databases import NAMES, Database, SqliteDatabase
from tests.support.farm import Farm, open_farm
from tests.support.postgres import PostgresServer, open_server

# Stories that are told on PostgreSQL, too. The road is the same code on both databases, and each
# method of the store has its tests on both; what a story adds is how they follow one another. These
# go through every one: doors and sweeps, facts and incidents folded, an intent left open by a lost
# answer, an edit that is refused, notes, a restart on what was stored. The others differ from them
# in what is computed or in what GitHub says, which no database sees.
ON_POSTGRESQL = {
    "test_everything_told_twice_is_said_once",
    "test_pushes_that_are_lost_are_caught_up_on_within_a_minute",
    "test_what_happened_while_we_were_away_is_found",
    "test_a_restart_says_nothing_again",
    "test_a_lost_answer_to_the_post_is_not_a_second_comment",
    "test_a_comment_that_somebody_deleted_stays_deleted",
    "test_a_log_that_vanished_leaves_a_note_and_everything_else_goes_on",
    "test_a_command_told_twice_acts_once",
    "test_the_same_failure_in_two_repositories_is_two_incidents",
}

# What takes longest begins first, so that nobody waits for it alone at the end; the others fill up.
BEGIN_WITH = (
    "tests/e2e/test_batches",
    "tests/e2e/test_witnesses",
    "tests/e2e/test_request_stories",
    "tests/e2e/test_strict_github",
    "tests/e2e/test_strict_conversation",
    "tests/e2e/test_odd_merges",
    "tests/scenarios/test_delivery_stories",
    "tests/e2e",
    "tests/cli/test_commands",
    "tests/scenarios",
    "tests/store/engine/test_postgres",
    "tests/clients/github/test_client.py",
    "tests/app/setup_checks",
    "tests/web",
)

# Real masters, browsers and test runners, and services that are killed or flooded: `make e2e`.
FOREIGN = (
    "tests/e2e/",
    "tests/logs/rerun/test_pasted.py",
    "tests/scenarios/test_crash_stories.py",
    "tests/scenarios/test_instance_stories.py",
    "tests/scenarios/test_siege_stories.py",
)

# Where databases and repositories need not wait for a disk, stories are told in half the time, and
# a database of PostgreSQL is made and dropped in a fifth of it.
_IN_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30  # bytes, many times of what the tests of three processes hold at once


# How long an example takes is the machine's affair: on a busy one, properties that hold failed.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Temporary folders in memory, where there is room; somebody else's choice comes first."""
    if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first; what foreign tools play in is marked."""
    for item in items:
        if item.nodeid.startswith(FOREIGN):
            item.add_marker("e2e")

    def find_place(item: pytest.Item) -> int:
        places = (n for n, begin in enumerate(BEGIN_WITH) if item.nodeid.startswith(begin))
        return next(places, len(BEGIN_WITH))

    items.sort(key=find_place)


def pytest_collection_finish() -> None:
    """To look through all that was imported, again and again, was a sixth of a test's time."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Who asks for a database gets each in turn; a farm has SQLite, and some PostgreSQL, too."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "database" not in metafunc.fixturenames or any("database" in m.args for m in marks):
        return
    on_sqlite = "farm" in metafunc.fixturenames and metafunc.function.__name__ not in ON_POSTGRESQL
    metafunc.parametrize("database", NAMES[:1] if on_sqlite else NAMES, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of our own; without its binaries the tests are skipped, but never where CI is."""
    with open_server(parent=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as server:
        if server is None:
            words = "no PostgreSQL here: `apt-get install postgresql` for these tests"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
        yield server


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, with tables where a store was opened on it."""
    with_tables = not {"store", "farm"}.isdisjoint(request.fixturenames)
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield SqliteDatabase(tmp_path, with_tables=with_tables)
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            here = server.database(real_time=False, with_tables=with_tables)
            yield stack.enter_context(here)


@pytest.fixture
def database_url(database: Database) -> str:
    return database.url


@pytest.fixture
def clock(database: Database) -> FakeClock:
    return database.make_clock()


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    opened = await open_store(database_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def farm(tmp_path: Path, database: Database) -> AsyncIterator[Farm]:
    """The service on an empty database, posting comments, with an empty fleet and repository."""
    async with open_farm(tmp_path, database=database) as farm:
        yield farm
