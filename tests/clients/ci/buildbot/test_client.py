"""The Buildbot client against a real HTTP server that behaves, and misbehaves, like a master."""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.errors import Refused, Unavailable
from bot.core.model import FinishedBuild, ScheduledBy
from tests.clients.ci.buildbot.masters import CLOCK, SHA, make_row, read, set_build
from tests.clients.serving import FAULTS, Serving, serve

BUILDSET: dict[str, Any] = {"rebuilt_buildid": None, "reason": "", "sourcestamps": []}


async def collect(builds: AsyncIterator[FinishedBuild]) -> list[FinishedBuild]:
    return [build async for build in builds]


async def test_a_build_comes_with_its_properties(client: BuildbotClient, master: Serving) -> None:
    set_build(master, 45, BUILDSET)
    build = await client.fetch_build(45)
    assert (build.source, build.buildid, build.revision, build.worker) == ("buildbot", 45, SHA, "w")
    assert build.scheduled_by is ScheduledBy.BRANCH
    assert master.calls[0].headers["accept"] == "application/json"
    assert ("property", "got_revision") in master.calls[0].query
    assert client.build_url(build) == f"{master.url}/#/builders/1/builds/45"


async def test_a_rebuild_is_told_by_its_buildset(client: BuildbotClient, master: Serving) -> None:
    """Its properties are those of the build that it repeats, so that it would move a baseline."""
    set_build(master, 45, BUILDSET | {"rebuilt_buildid": 44, "reason": "rebuild"})
    assert (await client.fetch_build(45)).scheduled_by is ScheduledBy.REBUILD


async def test_a_swept_away_buildset_does_no_harm(client: BuildbotClient, master: Serving) -> None:
    master.set_json("/api/v2/builds/45", {"builds": [make_row(45)]})
    assert (await client.fetch_build(45)).revision == SHA


async def test_an_unknown_build_is_refused_by_name(client: BuildbotClient) -> None:
    with pytest.raises(Refused, match=r"^build 45 is unknown to Buildbot$") as caught:
        await client.fetch_build(45)
    assert caught.value.status == 404
    with pytest.raises(Refused, match=r"^builder 3 is unknown to Buildbot$"):
        await client.fetch_builder(3)


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_a_master_answers_it_is_asked_again_later(
    client: BuildbotClient, master: Serving, fault: str
) -> None:
    """A proxy's error page or a restart must not lose a build, nor end the worker."""
    for path in (
        "/api/v2/builds/45",
        "/api/v2/builders/1",
        "/api/v2/builds",
        "/api/v2/logs/9/contents",
    ):
        master.set_fault(path, fault)
    with pytest.raises(Unavailable):
        await client.fetch_build(45)
    with pytest.raises(Unavailable):
        await client.fetch_builder(1)
    with pytest.raises(Unavailable):
        await collect(client.fetch_completed(None))
    with pytest.raises(Unavailable):
        await client.fetch_latest()
    with pytest.raises(Unavailable):
        await read(client)


async def test_a_master_that_is_down_is_unavailable(session: aiohttp.ClientSession) -> None:
    async with serve() as gone:
        client = BuildbotClient(gone.url, session, CLOCK)
    with pytest.raises(Unavailable, match="does not answer"):
        await client.fetch_build(45)
    assert client.last_contact is None


async def test_when_buildbot_last_answered_is_known(
    client: BuildbotClient, master: Serving
) -> None:
    """`/health` says so: a 404 is an answer, a broken proxy is none."""
    master.set_fault("/api/v2/builders/1", "502 page")
    with pytest.raises(Unavailable):
        await client.fetch_builder(1)
    assert client.last_contact is None
    assert client.last_error == "Buildbot answers 502 when asked for builder 1"
    with pytest.raises(Refused):
        await client.fetch_builder(2)
    assert client.last_error is None
    assert client.last_contact == CLOCK.now()


async def test_no_other_host_is_ever_called(client: BuildbotClient, master: Serving) -> None:
    """Whoever gets a word in must not make us fetch from inside the house."""
    async with serve() as other:

        async def redirect(_: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(other.url + "/api/v2/builds/45")

        master.set("/api/v2/builds/45", redirect)
        with pytest.raises(Unavailable, match="302"):
            await client.fetch_build(45)
        assert other.calls == []


async def test_an_answer_without_end_is_cut_off(client: BuildbotClient, master: Serving) -> None:
    """Compressed as well, a small answer could grow until we are killed."""
    master.set_json("/api/v2/builders/1", {"builders": ["x" * 70_000_000]})
    with pytest.raises(Refused, match="more than 67108864 bytes"):
        await client.fetch_builder(1)


async def test_builders_are_asked_for_once_in_a_while(
    client: BuildbotClient, master: Serving
) -> None:
    row = {"builderid": 1, "name": "AMD64 Debian", "tags": ["stable"]}
    master.set_json("/api/v2/builders/1", {"builders": [row]})
    first, second = await client.fetch_builder(1), await client.fetch_builder(1)
    assert first == second
    assert first.tags == ("stable",)
    assert len(master.calls) == 1


def set_builds(master: Serving, rows: list[Any]) -> None:
    """A master that filters, orders and pages as Buildbot does."""

    async def answer(request: web.Request) -> web.StreamResponse:
        since = int(request.query.get("complete_at__ge", "0"))
        offset, limit = int(request.query.get("offset", "0")), int(request.query["limit"])
        found = [row for row in rows if row is None or row["complete_at"] >= since]
        if request.query.getall("order")[0] == "-complete_at":
            found.reverse()
        page = found[offset : offset + limit]
        return web.json_response({"builds": page, "meta": {"total": len(page)}})

    master.set("/api/v2/builds", answer)


async def test_all_pages_of_finished_builds_are_read(
    client: BuildbotClient, master: Serving
) -> None:
    """`meta.total` is the size of the page, so that only a short page is the last."""
    set_builds(master, [make_row(i) for i in range(1, 451)])
    builds = await collect(client.fetch_completed(datetime.fromtimestamp(2011, UTC)))
    assert [build.buildid for build in builds] == list(range(11, 451))
    assert len(master.calls) == 3
    latest = await client.fetch_latest()
    assert latest is not None
    assert latest.buildid == 450


async def test_a_build_on_two_pages_comes_once(client: BuildbotClient, master: Serving) -> None:
    """Pages shift while builds finish."""
    set_builds(master, [make_row(i) for i in [*range(1, 201), 200, 201]])
    builds = await collect(client.fetch_completed(None))
    assert [build.buildid for build in builds] == list(range(1, 202))


async def test_one_malformed_build_hides_no_other(client: BuildbotClient, master: Serving) -> None:
    """And is not lost itself, as long as its id is told: it is asked for by itself then."""
    odd = [make_row(2, number="two"), make_row(4, complete_at=True), make_row(5, results=99)]
    set_builds(master, [make_row(1), *odd, None, make_row(6) | {"buildid": "x"}, make_row(3)])
    builds = await collect(client.fetch_completed(None))
    assert [build.buildid for build in builds] == [1, 2, 4, 5, 3]
    assert [build.complete_at is None for build in builds] == [False, False, True, True, False]


async def test_a_master_without_builds_has_no_latest(
    client: BuildbotClient, master: Serving
) -> None:
    set_builds(master, [])
    assert await client.fetch_latest() is None
    assert await collect(client.fetch_completed(None)) == []


DATA = os.environ.get("NIGHTSWATCH_DATA")


@pytest.mark.skipif(not DATA, reason="NIGHTSWATCH_DATA names no recordings")
async def test_the_recorded_answers_of_a_real_master(
    client: BuildbotClient, master: Serving
) -> None:
    """What Buildbot 4.3 said, word for word, over HTTP."""
    folder = Path(DATA or ".", "data", "buildbot", "rest")
    recorded = {file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}
    master.set_json("/api/v2/builds/77", recorded["build"]["body"])
    request = recorded["buildrequests"]["body"]["buildrequests"][0]
    master.set_json("/api/v2/buildrequests/83", {"buildrequests": [request]})
    master.set_json(
        "/api/v2/buildsets/47", {"buildsets": recorded["buildsets"]["body"]["buildsets"][:1]}
    )
    master.set_json("/api/v2/builds", recorded["catchup"]["body"])
    master.set_json("/api/v2/builds/77/steps", recorded["build_steps"]["body"])
    master.set_json("/api/v2/builds/99999", recorded["rpc_error_404"]["body"], 404)
    build = await client.fetch_build(77)
    assert build.revision == "ac73f2feaaed5d19e3174a5dd5e63b08a6a9e852"
    assert build.repository == "python/cpython"
    assert [b.buildid async for b in client.fetch_completed(None)] == [41, 42, 43, 44, 45]
    with pytest.raises(Refused, match="build 99999 is unknown"):
        await client.fetch_build(99999)
