"""The live road over a store of one's own writes nowhere, whatever the settings say."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from bot.app.dry_road import open_dry_road
from bot.app.wiring import open_buildbot, open_github
from bot.core.model import KeyKind, branch_key, build_key, pull_key
from bot.core.ports import Lease
from bot.store import open_store
from tests.cli.test_export import play
from tests.support.farm import Farm


async def test_what_it_would_say_it_says_to_nobody(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    await farm.stop_service()
    stood, settings = farm.comments(102), farm._settings(POST_COMMENTS="1")
    until = farm.clock.now() + timedelta(hours=1)
    async with AsyncExitStack() as stack:
        store = await open_store(f"sqlite:///{tmp_path}/own.db", farm.clock)
        stack.push_async_callback(store.close)
        buildbot = await open_buildbot(settings, farm.clock, stack)
        github = await open_github(settings, farm.clock, stack)
        road = open_dry_road(settings, farm.clock, store, stack, ci=buildbot, github=github)
        keys = [build_key(buildbot.source, n) for n in range(1, 7)]
        for key in keys:
            await road[key.kind](Lease(key, "test", 1, 0, until))
        ((repo_id, branch),) = await store.facts.load_branches()
        for key in (branch_key(repo_id, branch), pull_key(repo_id, 102)):
            assert key.kind in {KeyKind.BRANCH, KeyKind.PULL}
            await road[key.kind](Lease(key, "test", 1, 0, until))
        (incident,) = [i for i in await store.incidents.load_incidents(repo_id) if i.pull == 102]
    assert incident.signatures
    assert farm.comments(102) == stood
