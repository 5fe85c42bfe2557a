"""From the first release to today: what stands, stands; nobody is told anything again.

The first release itself writes the database: it is taken out of the history of this repository and
runs as it was, beside the same small Buildbot and GitHub as today's service after it.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.model.build_results import Result
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.databases import SqliteDatabase
from tests.support.farm import TOKEN, Farm, make_log

ROOT = Path(__file__).parents[2]
FIRST_RELEASE = "ee35a4d"
SECONDS = 120


def check_out(folder: Path) -> Path:
    """The tree of the first release; a clone without its commit has to do without this test."""
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", FIRST_RELEASE, "bot"],
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        pytest.skip(f"the commit of the first release, {FIRST_RELEASE}, is not in this clone")
    folder.mkdir()
    subprocess.run(["tar", "x", "-C", folder], input=archive.stdout, check=True)
    return folder


@asynccontextmanager
async def serving(farm: Farm, folder: Path, code: Path) -> AsyncIterator[ServiceProcess]:
    """A service of some version on the farm's database, as long as it lasts."""
    service = ServiceProcess(folder, {**farm.environ, "PYTHONPATH": str(code)}, find_free_port())
    await service.start()
    farm.buildbot.push_url = f"{service.url}/buildbot"
    farm.buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
    farm.github.hook_url = f"{service.url}/github"
    try:
        yield service
    finally:
        await service.stop()


async def find_states(service: ServiceProcess, want: dict[str, str]) -> list[dict[str, Any]]:
    """The incidents, once those of these tests have these states."""

    def arrived(found: dict[str, Any]) -> bool:
        states = {i["tests"][0].split(".")[1]: i["state"] for i in found["incidents"]}
        return states == want

    found = await service.wait_for("/api/v1/incidents", arrived, SECONDS)
    return list(found["incidents"])


async def wait_for_comment(farm: Farm, pull: int, begins: str) -> None:
    async with asyncio.timeout(SECONDS):
        while [body.startswith(begins) for body in farm.comments(pull)] != [True]:
            await asyncio.sleep(0.1)


async def wait_until_idle(service: ServiceProcess) -> None:
    """Nothing is due any more, twice in a row."""
    for _ in range(2):
        await service.wait_for("/health", lambda h: h["inbox"]["oldest_age_seconds"] is None, 90)


async def wait_until_folded(service: ServiceProcess, builds: int) -> None:
    """Its log says that the branch was done after the build with this id was read."""
    done = f"key=build/buildbot/{builds} outcome=done"
    async with asyncio.timeout(SECONDS):
        while "key=branch/" not in service.log.read_text().partition(done)[2]:
            await asyncio.sleep(0.1)


class Builds:
    """Builds that end one after another."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm

    async def add(self, builder: str, at: str, *failing: str) -> None:
        self._farm.clock.advance(60)
        result = Result.FAILURE if failing else Result.SUCCESS
        log = make_log(failing, "41 != 42") if failing else ""
        await self._farm.buildbot.build(builder, at, result=result, log=log)


async def test_an_upgrade_from_the_first_release_tells_nothing_again(tmp_path: Path) -> None:
    """One comment says "fixed", one accuses, one pull is only suspected in silence."""
    first = check_out(tmp_path / "first")
    farm = Farm(SqliteDatabase(tmp_path, "first.db", with_tables=False), post_comments=True)
    await farm.buildbot.start()
    await farm.github.start()
    builds = Builds(farm)
    ssl, zlib, other = (farm.builder(name) for name in ("AMD64 Debian", "ARM64 Fedora", "s390x"))
    try:
        async with serving(farm, tmp_path, first) as service:
            base = await farm.github.merge(100, "Begin")
            for builder in (ssl, zlib, other):
                await builds.add(builder, base)
            broken = await farm.github.merge(101, "Break ssl")
            for _ in range(2):
                await builds.add(ssl, broken, "test_ssl")
            await wait_for_comment(farm, 101, "🔴")
            mended = await farm.github.merge(102, "Mend ssl")
            for builder in (ssl, zlib, other):
                await builds.add(builder, mended)
            await wait_for_comment(farm, 101, "🟢 **Fixed")
            worse = await farm.github.merge(103, "Break zlib")
            for _ in range(2):
                await builds.add(zlib, worse, "test_zlib")
            await builds.add(other, worse, "test_io")
            await wait_for_comment(farm, 103, "🔴")
            old = await find_states(
                service, {"test_ssl": "fixed", "test_zlib": "open", "test_io": "open"}
            )
            await wait_until_idle(service)
        over = farm.only_comment(101)
        writes = len(find_writes(farm))
        async with serving(farm, tmp_path, ROOT) as service:
            # A build that says nothing new has the branch folded anew, by today's beliefs.
            await builds.add(other, base)
            await wait_until_folded(service, builds=12)
            await wait_until_idle(service)
            new = await find_states(
                service, {"test_ssl": "fixed", "test_zlib": "open", "test_io": "open"}
            )
            # What is open is told by today's beliefs from the next build on, where it stood.
            assert {method for method, _ in find_writes(farm)[writes:]} <= {"PATCH"}
            assert farm.only_comment(101) == over
            assert farm.only_comment(103).startswith("🔴 **This PR is suspected of breaking")
            assert [i["id"] for i in new] == [i["id"] for i in old]
            assert find(new, "test_ssl") == find(old, "test_ssl"), "it is over, and stays as it was"
            assert find(new, "test_zlib")["pull"] == 103
            again = await farm.github.merge(104, "Mend zlib")
            await builds.add(zlib, again)
            await wait_for_comment(farm, 103, "🟢 **Fixed")
            await wait_until_idle(service)
        assert farm.only_comment(101) == over
        assert all(not farm.comments(pull) for pull in (100, 102, 104))
    finally:
        await farm.buildbot.stop()
        await farm.github.stop()


def find(incidents: list[dict[str, Any]], test: str) -> dict[str, Any]:
    (found,) = [i for i in incidents if test in i["tests"][0]]
    return found


def find_writes(farm: Farm) -> list[tuple[str, str]]:
    """What was written to GitHub; GraphQL is posted, too, and mostly reads."""
    return [
        (call.method, call.path)
        for call in farm.github.journal
        if call.method in {"POST", "PATCH", "PUT", "DELETE"}
        and (call.op != "graphql" or b"mutation" in call.body)
    ]
