"""The small Buildbot answers as Buildbot 4.3 does; else everything tested on it is tested on air.

With NIGHTSWATCH_DATA set, shapes are compared with answers recorded from a real master.
"""

import aiohttp
import pytest

from bot.fakes.buildbot.server import FakeBuildbot
from tests.fakes.buildbot.asking import Clock, get, is_json


async def test_a_red_build_is_found_with_its_step_and_its_log(bb: FakeBuildbot) -> None:
    """The way from a build to the lines that matter, as a client walks it."""
    buildid = await bb.build("AMD64 Debian main", "a" * 40, log="one\ntwo\n", step="test")

    (build,) = (await get(bb, f"/api/v2/builds/{buildid}?property=got_revision"))[0]["builds"]
    assert (build["results"], build["state_string"]) == (2, "failed test (failure)")
    assert build["properties"] == {"got_revision": ["a" * 40, "Git"]}

    steps = (await get(bb, f"/api/v2/builds/{buildid}/steps"))[0]["steps"]
    assert [(s["name"], s["results"]) for s in steps][-2:] == [("test", 2), ("clean", 0)]
    (failed,) = (step for step in steps if step["results"] == 2)
    (log,) = (await get(bb, f"/api/v2/steps/{failed['stepid']}/logs"))[0]["logs"]
    (chunk,) = (await get(bb, f"/api/v2/logs/{log['logid']}/contents"))[0]["logchunks"]
    lines = chunk["content"].splitlines()
    assert len(lines) == log["num_lines"]
    assert [line for line in lines if line.startswith("o")] == ["oone", "otwo"]
    assert bb.counts() == {"build": 1, "build-steps": 1, "step-logs": 1, "log-contents": 1}


async def test_a_log_is_read_by_lines_or_raw(bb: FakeBuildbot) -> None:
    """`contents` counts lines and keeps the letters; `raw` has neither, and a title of its own."""
    buildid = await bb.build("AMD64 Debian main", "a" * 40, log="one\ntwo\n")
    there = f"/api/v2/builds/{buildid}/steps/test/logs/stdio"
    whole = (await get(bb, f"{there}/contents"))[0]["logchunks"][0]["content"].splitlines()
    some = (await get(bb, f"{there}/contents?offset=1&limit=2"))[0]["logchunks"][0]
    assert (some["firstline"], some["content"].splitlines()) == (1, whole[1:3])
    raw, answer = await get(bb, f"{there}/raw")
    assert raw.startswith("Builder: AMD64 Debian main\nBuild number: 1\nWorker name: wk-debian\n")
    assert "\none\ntwo\n" in raw
    assert answer.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize(
    ("path", "plural", "number"),
    [
        ("builders", "builders", 2),
        ("builders/1", "builders", 1),
        ("builders/AMD64%20Debian%20main", "builders", 1),
        ("builders/1/builds", "builds", 1),
        ("builders/1/builds/1", "builds", 1),
        ("workers", "workers", 2),
        ("workers/1", "workers", 1),
        ("workers/wk-debian", "workers", 1),
        ("workers/1/builds", "builds", 1),
        ("builds/1/steps/4", "steps", 1),
        ("builds/1/steps/test/logs", "logs", 1),
        ("steps/1", "steps", 1),
        ("steps/5/logs/stdio", "logs", 1),
        ("logs/1", "logs", 1),
        ("buildrequests/1", "buildrequests", 1),
        ("buildsets/1", "buildsets", 1),
        ("sourcestamps/1", "sourcestamps", 1),
        ("builds/1/properties", "properties", 1),
    ],
)
async def test_every_endpoint_answers(
    bb: FakeBuildbot, path: str, plural: str, number: int
) -> None:
    """A list under its plural, also where it is one thing."""
    await bb.build("AMD64 Debian main", "a" * 40, log="x")
    assert len((await get(bb, f"/api/v2/{path}"))[0][plural]) == number


async def test_the_changes_of_a_build_reach_back_to_the_last_green_one(bb: FakeBuildbot) -> None:
    """Why nobody may blame with them: they grow while a builder is red."""
    for revision, result in (("a", 0), ("b", 2), ("c", 2)):
        await bb.build("AMD64 Debian main", revision * 40, result=result)
    changes = (await get(bb, "/api/v2/builds/3/changes"))[0]["changes"]
    assert [change["revision"][0] for change in changes] == ["c", "b"]


async def test_json_is_typed_as_json_only_when_asked_for(bb: FakeBuildbot) -> None:
    """As on a real master; a client that trusts the content type must send Accept."""
    _, plain = await get(bb, "/api/v2/builders")
    _, typed = await get(bb, "/api/v2/builders", Accept="application/json")
    assert (plain.content_type, typed.content_type) == ("text/plain", "application/json")


async def test_properties_are_there_only_when_asked_for(bb: FakeBuildbot) -> None:
    """Without `property=` a build has none; with `*` it has all."""
    await bb.build("AMD64 Debian main", "a" * 40, scheduler="force", reason="try again")
    (bare,) = (await get(bb, "/api/v2/builds"))[0]["builds"]
    (full,) = (await get(bb, "/api/v2/builds?property=*"))[0]["builds"]
    assert bare["properties"] == {}
    assert full["properties"]["scheduler"] == ["force", "Scheduler"]
    assert full["properties"]["reason"] == ["try again", "Force Build Form"]


async def test_a_killed_worker_gives_a_second_build_of_the_same_request(bb: FakeBuildbot) -> None:
    """Both builds belong to one request; the last that is not a retry is the verdict."""
    lost = await bb.build("AMD64 Debian main", "a" * 40, result=5)
    again = await bb.build("AMD64 Debian main", "a" * 40, result=0, request=bb.request_of(lost))
    request = bb.request_of(lost)
    found = (await get(bb, f"/api/v2/buildrequests/{request}/builds"))[0]["builds"]
    assert [(b["buildid"], b["results"]) for b in found] == [(lost, 5), (again, 0)]


async def test_a_rebuilt_build_is_told_by_its_buildset_alone(bb: FakeBuildbot) -> None:
    """Buildbot copies the properties of the first build, its scheduler among them."""
    first = await bb.build("AMD64 Debian main", "a" * 40)
    again = await bb.build("AMD64 Debian main", "a" * 40, rebuilt=first)
    request = (await get(bb, f"/api/v2/buildrequests/{bb.request_of(again)}"))[0]
    bsid = request["buildrequests"][0]["buildsetid"]
    (buildset,) = (await get(bb, f"/api/v2/buildsets/{bsid}"))[0]["buildsets"]
    assert (buildset["rebuilt_buildid"], buildset["reason"]) == (first, "rebuild")


async def test_a_build_that_fails_in_git_got_no_revision(bb: FakeBuildbot) -> None:
    """Such a build says nothing about the commit that was asked for."""
    await bb.build("AMD64 Debian main", "a" * 40, step="git", log="fatal: bad object")
    (build,) = (await get(bb, "/api/v2/builds?property=*"))[0]["builds"]
    assert "got_revision" not in build["properties"]
    assert build["properties"]["revision"][0] == "a" * 40


async def test_logs_and_builds_can_vanish(bb: FakeBuildbot) -> None:
    """Janitors prune both while somebody is reading."""
    buildid = await bb.build("AMD64 Debian main", "a" * 40, log="gone soon")
    bb.hide_logs(buildid)
    await get(bb, f"/api/v2/builds/{buildid}/steps/test/logs/stdio/contents", 404)
    assert (await get(bb, f"/api/v2/builds/{buildid}/steps/test/logs"))[0]["logs"]
    bb.forget_build(buildid)
    await get(bb, f"/api/v2/builds/{buildid}", 404)
    assert await bb.build("AMD64 Debian main", "b" * 40) == buildid + 1


@pytest.mark.parametrize("kind", ["status", "502", "invalid_json", "html", "empty"])
async def test_faults_strike_as_often_as_told(bb: FakeBuildbot, kind: str) -> None:
    """One spoilt answer, then all is well again."""
    bb.fail_next(kind, op="builders")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{bb.url}/api/v2/builders") as spoilt:
            text = await spoilt.text()
            assert spoilt.status >= 500 or not is_json(text)
        async with session.get(f"{bb.url}/api/v2/builders") as sound:
            assert is_json(await sound.text())
    assert [call.fault for call in bb.journal] == [kind, None]


@pytest.mark.parametrize("kind", ["reset", "commit_then_reset", "cut"])
async def test_connections_can_break(bb: FakeBuildbot, kind: str) -> None:
    """Before the work, after it, or in the middle of the answer."""
    bb.fail_next(kind, times=0)
    with pytest.raises(aiohttp.ClientError):
        await get(bb, "/api/v2/builders")
    bb.clear_faults()
    await get(bb, "/api/v2/builders")


async def test_it_can_be_down_and_come_back_at_the_same_address(bb: FakeBuildbot) -> None:
    """Builds happen meanwhile, and are found afterwards."""
    url = bb.url
    await bb.go_down()
    await bb.build("AMD64 Debian main", "a" * 40)
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(bb, "/api/v2/builds")
    await bb.come_back()
    assert bb.url == url
    assert (await get(bb, "/api/v2/builds"))[0]["meta"]["total"] == 1


async def test_a_build_can_run_for_ever(bb: FakeBuildbot) -> None:
    """A frozen worker leaves it unfinished; one that wakes up finishes it."""
    buildid = await bb.start_build("AMD64 Debian main", "a" * 40)
    (running,) = (await get(bb, f"/api/v2/builds/{buildid}"))[0]["builds"]
    assert (running["complete"], running["state_string"]) == (False, "starting")
    killed = "command timed out: 1200 seconds without output running make, attempting to kill"
    await bb.finish_build(buildid, result=2, log="hangs\n", killed=killed)
    text, _ = await get(bb, f"/api/v2/builds/{buildid}/steps/test/logs/stdio/contents")
    assert f"\nohangs\nh{killed}\n" in text["logchunks"][0]["content"]


async def test_a_private_master_wants_the_last_of_two_cookies() -> None:
    """A client that keeps the first cookie reads nothing."""
    bb = FakeBuildbot(Clock(), login=("reader", "pw"))
    await bb.start()
    try:
        await get(bb, "/api/v2/builders", 403)
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                f"{bb.url}/auth/login",
                headers={"Authorization": aiohttp.encode_basic_auth("reader", "pw")},
                allow_redirects=False,
            ) as answer,
        ):
            cookies = [c.partition(";")[0] for c in answer.headers.getall("Set-Cookie")]
        await get(bb, "/api/v2/builders", 403, Cookie=cookies[0])
        await get(bb, "/api/v2/builders", 200, Cookie=cookies[1])
    finally:
        await bb.stop()
