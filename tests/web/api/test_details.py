"""The API of one thing, told through the doors; what is private is not there for strangers."""

import json
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.support.farm import Farm

TEST = "test.test_ssl.BasicTests.test_basic"
OF_ONE = (
    "/api/v1/pulls/octo-org/demo/101",
    "/api/v1/builders/AMD64%20Debian",
    f"/api/v1/tests/{TEST}",
    "/api/v1/builds/buildbot/2",
)
LISTS = {"builders": 1, "workers": 1, "flakes": 0, "activity": None}


async def test_an_incident_is_told_whole(farm: Farm) -> None:
    await farm.break_builder()
    incident = await farm.only_incident()
    found = await farm.get(f"/api/v1/incidents/{incident['id']}")
    assert found | incident == found, "the list tells a part of it"
    kinds = [event["kind"] for event in found["timeline"]]
    assert kinds[0] == "first red"
    assert "said" in kinds
    assert found["beliefs"][-1]["confidence"] == incident["confidence"]
    assert found["beliefs"][-1]["verdict"] == incident["verdict"]
    assert [build["number"] for build in found["builds"]] == [1, 2, 3]
    assert any("41 != 42" in line for line in found["builds"][1]["excerpt"])
    assert found["comments"][0]["standing"] == farm.only_comment(101)


async def test_an_incident_is_told_as_it_was_decided_then(farm: Farm) -> None:
    await farm.break_builder()
    red = farm.clock.now()
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    path = f"/api/v1/incidents/{(await farm.only_incident())['id']}"
    now, then = await farm.get(path), await farm.get(f"{path}?at={red.timestamp()}")
    assert (now["state"], then["state"]) == ("fixed", "open")
    assert (now["closed"] is None, then["closed"]) == (False, None)
    assert (then["verdict"], then["pull"]) == (now["verdict"], 101)
    before = await farm.get(f"{path}?at=2001-01-01")
    assert (before["verdict"], before["pull"], before["decided_at"]) == ("unknown", None, None)
    assert await farm.get_status(f"{path}?at=noon") == 400


async def test_everything_has_its_place_and_unknown_names_have_none(farm: Farm) -> None:
    await farm.break_builder()
    for path in OF_ONE:
        assert await farm.get_status(path) == 200, path
        assert await farm.get_status(f"{path}9") == 404, path
    for name, count in LISTS.items():
        found = await farm.get(f"/api/v1/{name}")
        assert count is None or len(found[name]) == count, name
        assert found["next"] is None
    worker = (await farm.get("/api/v1/workers"))["workers"][0]["name"]
    told = await farm.get(f"/api/v1/workers/{quote(worker)}")
    assert [build["result"] for build in told["builds"]] == ["failure", "failure", "success"]
    assert told["recovery"]["red_since"] is not None


async def test_a_build_is_told_with_its_steps_logs_and_incidents(farm: Farm) -> None:
    await farm.break_builder()
    found = await farm.get("/api/v1/builds/buildbot/2")
    assert (found["number"], found["result"], found["branch"]) == (2, "failure", "main")
    assert found["commit"]["pull"] == 101
    assert [step["ok"] for step in found["steps"]][-1] is False
    assert found["reading"]["failures"][0]["test"] == TEST
    assert [(i["role"], i["pull"]) for i in found["incidents"]] == [("shows it", 101)]
    green = await farm.get("/api/v1/builds/buildbot/1")
    assert [i["role"] for i in green["incidents"]] == ["last good before it"]
    for odd in ("x", "0x1", "9" * 19, "9" * 40, "-1"):
        assert await farm.get_status(f"/api/v1/builds/buildbot/{odd}") == 404, odd
    assert await farm.get_status("/api/v1/builds/elsewhere/2") == 404


async def test_what_is_private_is_not_there_for_strangers(farm: Farm) -> None:
    await farm.break_builder()
    incident = await farm.only_incident()
    private = (*OF_ONE, f"/api/v1/incidents/{incident['id']}")
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto", dashboard_password="open sesame")
    await farm.wait(660)
    for path in private:
        assert await farm.get_status(path) == 404, path
        assert await farm.get_status(path, "open sesame") == 200, path
    for name in LISTS:
        assert (await farm.get(f"/api/v1/{name}"))[name] == [], name


async def call(farm: Farm, path: str, **headers: str) -> tuple[int, Any, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{farm.url}{path}", headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


async def test_what_did_not_change_is_not_sent_again(farm: Farm) -> None:
    await farm.break_builder()
    for path in ("/api/v1/incidents", "/api/v1/activity", *OF_ONE):
        status, headers, _ = await call(farm, path)
        tag = headers["ETag"]
        assert status == 200
        again = await call(farm, path, **{"If-None-Match": tag})
        assert (again[0], again[2], again[1]["ETag"]) == (304, b"", tag)
        assert (await call(farm, path, **{"If-None-Match": '"other"'}))[0] == 200
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    status, _, body = await call(farm, "/api/v1/incidents", **{"If-None-Match": tag})
    assert (status, json.loads(body)["incidents"][0]["state"]) == (200, "fixed")


async def test_pages_elsewhere_read_what_everybody_may_and_nothing_else(farm: Farm) -> None:
    shown_to_all = (await call(farm, "/api/v1/incidents"))[1]
    assert "Access-Control-Allow-Origin" not in shown_to_all, "what is private on GitHub, too"
    await farm.stop_service()
    await farm.start_service(environ={"DASHBOARD": "auto"})
    headers = (await call(farm, "/api/v1/incidents"))[1]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for name, value in (("Cookie", "a=b"), ("Authorization", "Basic eDp5")):
        mine = (await call(farm, "/api/v1/incidents", **{name: value}))[1]
        assert "Access-Control-Allow-Origin" not in mine
        assert mine["Cache-Control"] == "private, no-store"
    for path in ("/", "/health"):
        assert "Access-Control-Allow-Origin" not in (await call(farm, path))[1], path
