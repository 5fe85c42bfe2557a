"""Two machines, one database: they share the work, one dies half-way, and still one comment."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.farm import GITHUB_TOKEN, TOKEN, make_log
from tests.support.postgres import PASSWORD, PostgresDatabase, PostgresServer

BUILDERS = tuple(f"Builder {n:02}" for n in range(24))

# A lease lasts twenty seconds, and who looks for one that ran out looks each second.
TAKEOVER_SECONDS = 30


@pytest.fixture
async def instances(
    settings: dict[str, str], tmp_path: Path, postgres: PostgresServer
) -> AsyncIterator[tuple[ServiceProcess, ServiceProcess, PostgresDatabase]]:
    with postgres.database() as database:
        settings = {**settings, "DATABASE_URL": database.url}
        folders = [tmp_path / "one", tmp_path / "two"]
        for folder in folders:
            folder.mkdir()
        one, two = (ServiceProcess(folder, settings, find_free_port()) for folder in folders)
        yield one, two, database
        for service in (one, two):
            await service.stop()


def count_red_builds(service: ServiceProcess) -> int:
    """How many its log says that it read."""
    lines = service.log.read_text().splitlines()
    return sum("build read" in line and "result=FAILURE" in line for line in lines)


async def wait_until(condition: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)
    return time.monotonic() - began


class Leases:
    """Who works on what now, as the database has it."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def find(self) -> dict[str, str]:
        """Lease owner by key."""
        rows = await self._connection.fetch("SELECT kind, key, lease_owner FROM inbox")
        return {f"{kind}/{key}": owner for kind, key, owner in rows if owner is not None}


async def test_one_of_two_is_killed_and_the_other_takes_over(
    buildbot: FakeBuildbot,
    github: FakeGitHub,
    instances: tuple[ServiceProcess, ServiceProcess, PostgresDatabase],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A machine loses its power while both read logs: what it held is read by the other."""
    one, two, database = instances
    base = github.repository().tip("main")
    for name in BUILDERS:
        buildbot.add_builder(name)
        await buildbot.build(name, base, result=Result.SUCCESS)
    await asyncio.gather(one.start(), two.start())  # an empty database, and both migrate
    await two.wait_for("/health", lambda health: bool(health["last_sweep"]), 90)
    buildbot.push_url = f"{one.url}/buildbot"  # only one of them hears of builds
    buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
    github.hook_url = f"{two.url}/github"  # and only the other of merges
    await asyncio.sleep(1.1)  # Buildbot counts whole seconds: what comes now is not the past

    buildbot.fail_next("latency", "log-contents", times=0, seconds=1)
    broken = await github.merge(101, "Break ssl")
    for name in BUILDERS:
        await buildbot.build(name, broken, log=make_log(["test_ssl"], "41 != 42"))
    connection = await asyncpg.connect(database.url)
    leases = Leases(connection)

    async def both_work() -> bool:
        return min(map(count_red_builds, (one, two))) >= 4

    await wait_until(both_work, 60)
    assert one._process is not None
    first = f"{socket.gethostname()}:{one._process.pid}/"
    await one.kill()
    lost = {key: owner for key, owner in (await leases.find()).items() if owner.startswith(first)}
    assert lost

    async def all_taken_over() -> bool:
        present = await leases.find()
        return not any(present.get(key) == owner for key, owner in lost.items())

    takeover = await wait_until(all_taken_over, TAKEOVER_SECONDS)
    await two.wait_for("/health", lambda health: health["inbox"]["depth"] == 0, 60)
    shares = [count_red_builds(service) for service in (one, two)]
    await connection.close()
    with capsys.disabled():
        print(
            f"\ntwo instances read {len(BUILDERS)} red builds, {shares[0]} and {shares[1]};"
            f" the first was killed with {len(lost)} keys in hand,"
            f" which the second had taken over {takeover:.1f} s later"
        )
    assert shares[0] + shares[1] >= len(BUILDERS)
    (comment,) = github.comments(101)
    assert github.count("post-comment") == 1
    assert "test_ssl" in comment.body


async def test_a_service_that_starts_before_its_database_waits_for_it(
    buildbot: FakeBuildbot, github: FakeGitHub, tmp_path: Path, postgres: PostgresServer
) -> None:
    """After a power cut both machines start at once, and PostgreSQL reads its log first."""
    with postgres.another() as server:
        settings = {
            "BUILDBOT_URL": buildbot.url,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "DATABASE_URL": server.make_url("postgres", password="").replace(":@", "@"),
            "DATABASE_PASSWORD": PASSWORD,
        }
        server.stop()
        service = ServiceProcess(tmp_path, settings, find_free_port())
        starting = asyncio.create_task(service.start())

        async def it_waits() -> bool:
            return service.log.exists() and "waiting up to" in service.log.read_text()

        await wait_until(it_waits, 60)
        await asyncio.to_thread(server.start)
        await starting
        health = await service.get("/health")
        await service.stop()
    assert health["database"] == "ok"
    assert PASSWORD not in service.log.read_text()
    assert "Traceback" not in service.log.read_text()
