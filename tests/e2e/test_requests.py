"""Real masters with the lines of the page take our requests, and nobody else's."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.queries import fetch_change_repositories
from bot.clients.ci.buildbot.requests import BuildbotRequester
from bot.core.checks.requests import diagnose_scheduler
from bot.core.errors import Refused
from bot.core.model import ScheduledBy
from bot.core.model.build_results import Result
from bot.core.model.ci_requests import RequestProgress
from bot.core.model.request_records import RequestRecord
from tests.clients.serving import SwiftClock
from tests.e2e.conftest import require_buildbot
from tests.e2e.fleet import OLDEST_VENV, ROOT, VENV, Fleet, FleetBuilder
from tests.support.make_requests import make_record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

BUILDER = FleetBuilder("AMD64 Debian")
SLOW = FleetBuilder("ARM64 Debian", seconds=30)
PASSWORD = "a password: with $ and é"


def make_config(folder: Path) -> str:
    """The lines as the page shows them, but for the place of the password."""
    page = (ROOT / "docs" / "requests.md").read_text()
    found = re.search(r"<!-- snippet: requests.cfg -->\n```python\n(.*?)\n```", page, re.DOTALL)
    assert found is not None
    secret = folder / "login"
    secret.write_text(PASSWORD + "\n")
    shown = "/etc/buildbot/secrets/nightswatch-login"
    assert shown in found[1]
    return found[1].replace(shown, str(secret)).replace("owner/name", "octo-org/demo")


@pytest.fixture(scope="module", params=[VENV, OLDEST_VENV], ids=["newest", "oldest"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """A fleet on the Buildbot that all stories run on, and one on the oldest that we claim."""
    require_buildbot(request.param)
    folder = tmp_path_factory.mktemp("fleet")
    builders, config = [BUILDER, SLOW], make_config(folder)
    with Fleet(folder / "fleet", builders, "", "", config=config, venv=request.param) as fleet:
        yield fleet


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


def find_builderid(fleet: Fleet, name: str) -> int:
    rows = fleet.get("builders")["builders"]
    return next(int(row["builderid"]) for row in rows if row["name"] == name)


def make_request(fleet: Fleet, request_id: str, revision: str, builder: str) -> RequestRecord:
    builderid = find_builderid(fleet, builder)
    return make_record(request_id, revision=revision, builder=builder, builderid=builderid)


async def take_back(requester: BuildbotRequester, number: int) -> RequestProgress:
    """Again until it has ended, as the service does: a stop is lost while a worker takes it up."""
    async with asyncio.timeout(180):
        while True:
            await requester.cancel_request(number, "no longer needed")
            progress = await requester.fetch_progress(number)
            if progress is not None and progress.request.complete:
                return progress
            await asyncio.sleep(0.5)


async def test_a_stranger_gets_nothing(fleet: Fleet, session: aiohttp.ClientSession) -> None:
    """Whoever may read the pages may not ask for builds."""
    sha = fleet.make_commit("Begin", ())
    fleet.push_branch("main", sha)
    stranger = BuildbotRequester(BuildbotClient(fleet.url, session, SwiftClock()))
    assert not stranger.can_ask
    with pytest.raises(Refused, match="you need to have role 'control'"):
        await stranger.request_build(make_request(fleet, "c1.0.1", sha, BUILDER.name))
    assert fleet.get("buildrequests")["buildrequests"] == []


async def test_a_master_with_the_lines_of_the_page_builds_what_we_ask_for(
    fleet: Fleet, session: aiohttp.ClientSession
) -> None:
    """An older commit than the branch's tip, with our id, and no blame list is moved."""
    client = BuildbotClient(
        fleet.url, session, SwiftClock(), username="nightswatch", password=PASSWORD
    )
    requester = BuildbotRequester(client)
    older = fleet.make_commit("Begin", ())
    tip = fleet.make_commit("Go on", (older,))
    fleet.push_branch("main", tip)
    record = make_request(fleet, "c1.0.1", older, BUILDER.name)
    number = await requester.request_build(record)
    assert await requester.find_request(record) == number

    await fleet.wait_for(lambda: fleet.count_builds(complete="true") == 1, 180, "a build")
    progress = await requester.fetch_progress(number)
    assert progress is not None
    assert progress.build is not None
    build = await client.fetch_build(progress.build.buildid)
    assert build.revision == older
    assert build.result is Result.SUCCESS
    assert build.scheduled_by is ScheduledBy.REQUEST
    assert build.repository == "octo-org/demo"
    assert fleet.get(f"builds/{build.buildid}/changes")["changes"] == []

    waits = await requester.request_build(make_request(fleet, "c1.0.2", tip, SLOW.name))
    ended = await take_back(requester, waits)
    assert ended.request.result is Result.CANCELLED

    scheduler = await requester.fetch_scheduler()
    labels = await fetch_change_repositories(client)
    assert diagnose_scheduler("nightswatch", scheduler, scheduler.builders, labels).level == "ok"
    with pytest.raises(Refused, match="does not start"):
        await requester.request_build(
            replace(record, request=replace(record.request, builder="AMD64 Plan 9"))
        )
