"""Incidents are a function of the facts: what `rebuild` gives is what the live service had."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app.settings import Settings
from bot.cli.rebuild_incidents import rebuild
from bot.core.model import (
    Incident,
    Observation,
    branch_key,
)
from bot.store import Store, open_store
from bot.store.engine.tables import builds, failures, incidents, test_runs
from tests.core.blame.test_state import LINE, histories
from tests.support.clock import FakeClock
from tests.support.folding import (
    OPTIONS,
    REPOSITORY,
    make_branch_folder,
    make_facts,
    prepare,
    prepare_red_pull,
)
from tests.support.make_observations import LATE, make_line


def make_settings(database_url: str) -> Settings:
    return Settings.from_environ(
        {
            "BUILDBOT_URL": "http://127.0.0.1:1",
            "GITHUB_TOKEN": "t",
            "DATABASE_URL": database_url,
        }
    )


async def fold_live(store: Store, deliveries: Sequence[Sequence[Observation]]) -> None:
    """What a service does that reads these builds, a few at a time."""
    folding = make_branch_folder(store)
    for delivery in deliveries:
        for o in delivery:
            await store.facts.save_build(make_facts(o), ())
        folded = await folding.fold(REPOSITORY, "main", LATE, OPTIONS)
        await folding.save(REPOSITORY, "main", folded)


async def run_rebuild(url: str, *, dry_run: bool = False) -> list[str]:
    """The ids of all incidents that changed."""
    came = []
    async for rebuilt in rebuild(make_settings(url), FakeClock(), dry_run=dry_run):
        came += [i.id for i in (*rebuilt.changes.changed, *rebuilt.changes.gone)]
    return came


def tell(found: Sequence[Incident]) -> list[Incident]:
    """What does not depend on the order of arrival: neither names nor what was taken back is."""
    left = [replace(i, id="") for i in found if i.state != "withdrawn"]
    return sorted(left, key=lambda i: (i.opened_at, i.signatures))


async def empty(store: Store) -> None:
    async with store.database.write() as connection:
        for table in (builds, failures, test_runs, incidents):
            await connection.execute(table.delete())


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Store, str]]:
    """One database for all examples: migrating takes longer than the rest."""
    folder: Path = tmp_path_factory.mktemp("rebuild")
    url = f"sqlite:///{folder}/facts.db"
    with asyncio.Runner() as runner:
        store = runner.run(open_store(url, FakeClock()))
        yield runner, store, url
        runner.run(store.close())


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_rebuilt_is_what_the_live_run_had(
    shelf: tuple[asyncio.Runner, Store, str],
    history: list[Observation],
    random: Random,
    parts: int,
) -> None:
    """Shuffled, late and doubled: a rebuild finds nothing to change, not even from nothing."""
    runner, store, url = shelf
    late = history + random.sample(history, len(history) // 2)
    random.shuffle(late)

    async def story() -> None:
        await empty(store)
        await prepare(store, LINE.commits)
        await fold_live(store, [late[part::parts] for part in range(parts)])
        live = await store.incidents.load_incidents(1, "main")
        assert await run_rebuild(url) == []
        async with store.database.write() as connection:
            await connection.execute(incidents.delete())
        await run_rebuild(url)
        rebuilt = await store.incidents.load_incidents(1, "main")
        assert tell(rebuilt) == tell(live)

    runner.run(story())


async def test_a_dry_run_tells_and_saves_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/facts.db"
    store = await open_store(url, FakeClock())
    await prepare_red_pull(store)
    told = await run_rebuild(url, dry_run=True)
    assert len(told) == 1
    assert await store.incidents.load_incidents(1) == ()
    assert await run_rebuild(url) == told
    (saved,) = await store.incidents.load_incidents(1)
    assert saved.pull == 2
    lease = await store.inbox.take("a service", 20)
    assert lease is not None
    assert str(lease.key) == "pull/1#2", "its text has to follow, and only the service speaks"
    await store.close()


async def test_it_waits_for_a_service_that_folds_the_same_branch(tmp_path: Path) -> None:
    """Two that write the same incidents at once would each undo the other's."""
    url, clock = f"sqlite:///{tmp_path}/facts.db", FakeClock()
    store = await open_store(url, clock)
    await prepare(store, make_line(("a", 1)).commits)
    key = branch_key(1, "main")
    await store.inbox.put([key])
    held = await store.inbox.take("a service", 20)
    assert held is not None
    assert held.key == key

    async def rebuild_all() -> None:
        async for _ in rebuild(make_settings(url), clock, dry_run=False):
            pass

    waiting = asyncio.create_task(rebuild_all())
    for _ in range(10):
        clock.advance(timedelta(seconds=1))
        await asyncio.sleep(0.01)
        assert not waiting.done()
    await store.inbox.finish(held)
    async with asyncio.timeout(60):
        while not waiting.done():
            clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.01)
    await waiting
    await store.close()
