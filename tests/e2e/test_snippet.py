"""Whoever copies our lines into a master.cfg is pushed to us: they are taken from the page itself.

On the Buildbot that all stories here run on, and on the oldest that the page claims.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.payloads import BuildPush
from bot.store import Store, open_store
from bot.web.webhooks.buildbot import make_handler
from tests.clients.serving import SwiftClock
from tests.e2e.conftest import require_buildbot
from tests.e2e.fleet import HERE, OLDEST_VENV, ROOT, VENV, Fleet, FleetBuilder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

MARKER = "<!-- snippet: master.cfg -->"
ADDRESS, SECRETS = "https://example.org/nightswatch/buildbot", "/etc/buildbot/secrets"
TOKEN = "a token: with $ and é"


def find_page() -> str:
    """The page that shows the lines; there is one."""
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    (page,) = (text for path in pages if MARKER in (text := path.read_text()))
    return page


def make_config(address: str, secrets: Path) -> str:
    """The lines as they are shown, but for our address and the folder of secrets."""
    found = re.search(MARKER + r"\n```python\n(.*?)\n```", find_page(), re.DOTALL)
    assert found is not None
    assert ADDRESS in found[1]
    assert SECRETS in found[1]
    return found[1].replace(ADDRESS, address).replace(SECRETS, str(secrets))


class Door:
    """Our own door, and what it took and refused."""

    def __init__(self) -> None:
        self.pushes: list[BuildPush] = []
        self.statuses: set[int] = set()
        self.address = ""

    async def open(self, store: Store) -> web.AppRunner:
        take = make_handler(TOKEN, "buildbot", store.inbox, self.pushes.append)

        async def handle(request: web.Request) -> web.StreamResponse:
            answer: web.StreamResponse = await take(request)
            self.statuses.add(answer.status)
            return answer

        app = web.Application()
        app.router.add_post("/buildbot", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}/buildbot"
        return runner


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'door.db'}", SwiftClock())
    door = Door()
    runner = await door.open(store)
    yield door
    await runner.cleanup()
    await store.close()


@pytest.mark.parametrize("venv", [VENV, OLDEST_VENV], ids=["newest", "oldest"])
async def test_a_master_with_the_lines_of_the_page_pushes_and_we_take_it(
    tmp_path: Path, door: Door, venv: Path
) -> None:
    """A token in `headers=` was sent as an object's name, the push failed, and nobody saw it."""
    require_buildbot(venv)
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "nightswatch").write_text(TOKEN)
    (secrets / "nightswatch").chmod(0o600)
    config = make_config(door.address, secrets)
    builders = [FleetBuilder("AMD64 Debian")]
    with Fleet(tmp_path / "fleet", builders, "", "", config=config, venv=venv) as fleet:
        sha = fleet.make_commit("Begin", ())
        fleet.announce("main", sha, "Begin")
        await fleet.wait_for(lambda: bool(door.pushes), 180, "a push")
    assert door.statuses == {202}
    (push,) = door.pushes
    assert push.complete
    assert push.complete_at is not None


def test_the_page_names_the_oldest_version_that_is_tested() -> None:
    """What is claimed is what a test shows."""
    requirements = (HERE / "requirements-oldest.txt").read_text()
    pinned = re.search(r"^buildbot==(\d+\.\d+)", requirements, re.MULTILINE)
    assert pinned is not None
    assert f"Buildbot {pinned[1]} and newer" in find_page()
