"""Asking a master for builds: what was asked for is believed when it is found there.

On our small Buildbot; a real one is asked in `tests/e2e/test_requests.py`.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.requests import BuildbotRequester
from bot.core.errors import Refused, Unavailable
from bot.core.model.build_results import Result
from bot.core.model.request_records import RequestRecord
from bot.core.payloads.build_requests import parse_forced, parse_waiting
from bot.fakes.buildbot.server import FakeBuildbot
from tests.support.clock import FakeClock
from tests.support.make_requests import make_record

CLOCK = FakeClock()
BUILDER = "AMD64 Debian"


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    master = FakeBuildbot(CLOCK.now, asker=("nightswatch", "secret"))
    master.add_builder(BUILDER)
    master.add_builder("ARM64 Debian")
    await master.start()
    yield master
    await master.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as opened:
        yield opened


def make_client(buildbot: FakeBuildbot, session: aiohttp.ClientSession) -> BuildbotRequester:
    client = BuildbotClient(buildbot.url, session, CLOCK, username="nightswatch", password="secret")
    return BuildbotRequester(client)


@pytest.fixture
def requester(buildbot: FakeBuildbot, session: aiohttp.ClientSession) -> BuildbotRequester:
    buildbot.add_force_scheduler()
    return make_client(buildbot, session)


async def find_state(requester: BuildbotRequester, number: int) -> tuple[bool, Result | None, bool]:
    """Complete, result, and whether a build is there."""
    progress = await requester.fetch_progress(number)
    assert progress is not None
    return progress.request.complete, progress.request.result, progress.build is not None


RECORD = make_record("c1.0.1")


async def test_a_request_is_found_by_our_id_and_followed_to_its_build(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    assert await requester.find_request(RECORD) is None
    number = await requester.request_build(RECORD)
    assert await requester.find_request(RECORD) == number
    assert await find_state(requester, number) == (False, None, False)
    assert buildbot.waiting() == [(number, BUILDER, RECORD.request.revision)]

    buildid = await buildbot.answer(number, result=Result.FAILURE)
    progress = await requester.fetch_progress(number)
    assert progress is not None
    assert progress.build is not None
    assert (progress.build.buildid, progress.build.result) == (buildid, Result.FAILURE)


async def test_what_waits_or_runs_is_taken_back(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    waits = await requester.request_build(RECORD)
    await requester.cancel_request(waits, "no longer needed")
    assert await find_state(requester, waits) == (True, Result.CANCELLED, False)

    runs = await requester.request_build(make_record("c1.0.2"))
    await buildbot.start_build(BUILDER, "e" * 40, request=runs)
    await requester.cancel_request(runs, "no longer needed")
    assert await find_state(requester, runs) == (True, Result.CANCELLED, True)
    await requester.cancel_request(9999, "it never was")


async def test_a_lost_worker_begins_another_build_of_the_same_request(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    number = await requester.request_build(RECORD)
    await buildbot.answer(number, result=Result.RETRY)
    assert await find_state(requester, number) == (False, None, True)
    second = await buildbot.answer(number, result=Result.SUCCESS)
    progress = await requester.fetch_progress(number)
    assert progress is not None
    assert progress.build is not None
    assert progress.build.buildid == second


REFUSALS = {
    "no such scheduler": ({}, "unknown to Buildbot"),
    "another builder's": ({"builders": ["ARM64 Debian"]}, "does not start AMD64 Debian"),
    "no field for the revision": (
        {"fields": ["branch", "reason", "nightswatch_request"]},
        "has no field revision",
    ),
    "no property": (
        {"fields": ["branch", "revision", "reason"]},
        "has no field nightswatch_request",
    ),
}


@pytest.mark.parametrize(("how", "words"), REFUSALS.values(), ids=REFUSALS)
async def test_a_master_that_is_not_set_up_says_why(
    buildbot: FakeBuildbot,
    session: aiohttp.ClientSession,
    how: dict[str, Any],
    words: str,
) -> None:
    """The tip would have been built in the place of an older commit, and told as if it were it."""
    if how:
        buildbot.add_force_scheduler(**how)
    with pytest.raises(Refused, match=words):
        await make_client(buildbot, session).request_build(RECORD)
    assert buildbot.waiting() == []


async def test_null_is_no_yes(buildbot: FakeBuildbot, session: aiohttp.ClientSession) -> None:
    """A force scheduler answers 200 and null to what it does not know, and does nothing."""
    buildbot.add_force_scheduler()
    client = BuildbotClient(buildbot.url, session, CLOCK, username="nightswatch", password="secret")
    path = "/forceschedulers/nightswatch"
    answer = await client.call_method("a build", path, "enforce", {"builderid": "1"})
    assert parse_forced(answer, 1) is None
    assert buildbot.waiting() == []


async def test_who_may_not_ask_hears_buildbots_own_words(
    buildbot: FakeBuildbot, session: aiohttp.ClientSession
) -> None:
    buildbot.add_force_scheduler()
    client = BuildbotRequester(BuildbotClient(buildbot.url, session, CLOCK))
    assert not client.can_ask
    with pytest.raises(Refused, match="you need to have role"):
        await client.request_build(RECORD)


async def test_an_answer_that_was_lost_is_not_taken_for_a_no(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    """The request was made, and only the answer broke off: it is found, and not made again."""
    buildbot.fail_next("commit_then_reset", "force")
    with pytest.raises(Unavailable):
        await requester.request_build(RECORD)
    assert await requester.find_request(RECORD) is not None
    assert len(buildbot.waiting()) == 1


async def test_queues_leave_out_what_we_asked_for(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    await requester.request_build(RECORD)
    assert await requester.fetch_queues() == {}
    await buildbot.start_build("ARM64 Debian", "d" * 40)
    (load,) = (await requester.fetch_queues()).values()
    assert load.running_since is not None
    assert load.waiting_since is None


async def test_what_waits_is_listed_until_a_builder_begins_it(
    buildbot: FakeBuildbot, requester: BuildbotRequester, session: aiohttp.ClientSession
) -> None:
    client = BuildbotClient(buildbot.url, session, CLOCK)
    assert await client.fetch_waiting() == ()
    number = await requester.request_build(RECORD)
    (waiting,) = await client.fetch_waiting()
    assert (waiting.number, waiting.builderid) == (number, RECORD.builderid)
    await buildbot.answer(number)
    assert await client.fetch_waiting() == ()


def test_a_request_that_is_malformed_hides_no_other() -> None:
    row = {"buildrequestid": 7, "builderid": 2, "submitted_at": 1_772_000_000}
    found = parse_waiting({"buildrequests": [{"buildrequestid": "x"}, row, 3]})
    assert [(one.number, one.builderid) for one in found] == [(7, 2)]


async def test_a_build_of_another_revision_is_taken_back(
    buildbot: FakeBuildbot, requester: BuildbotRequester
) -> None:
    """A form whose field is called so, and fixed by the master all the same."""
    other: RequestRecord = replace(RECORD, request=replace(RECORD.request, revision="x"))
    with pytest.raises(Refused, match="another revision"):
        await requester.request_build(other)
    assert buildbot.waiting() == []
