"""Those who run it must not be told that all is well when it is not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.farm import Farm, open_farm


async def test_a_healthy_service_says_so(farm: Farm) -> None:
    farm.builder("AMD64 Debian")
    await farm.merge(100)
    health = await farm.get("/health")
    assert health["status"] == "ok"
    assert health["problems"] == []
    assert health["database"] == "ok"
    assert health["inbox"] == {"depth": 0, "oldest_age_seconds": None}
    assert health["stuck"] == []
    assert health["buildbot"]["last_contact"]
    assert health["last_sweep"]
    assert health["version"]
    assert await farm.get("/livez") == {"status": "ok"}
    assert await farm.get("/readyz") == {"status": "ok"}


async def test_shut_doors_are_named(farm: Farm) -> None:
    await farm.stop_service()
    await farm.start_service(github_webhook_secret=None, buildbot_webhook_token=None)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    assert any("POST /github is shut" in problem for problem in health["problems"])
    assert any("POST /buildbot is shut" in problem for problem in health["problems"])


async def test_a_buildbot_out_of_reach_is_named_within_a_minute(farm: Farm) -> None:
    await farm.buildbot.go_down()
    await farm.wait(61)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    assert any(problem.startswith("Buildbot: ") for problem in health["problems"])
    await farm.buildbot.come_back()
    await farm.wait(300)
    assert (await farm.get("/health"))["status"] == "ok"


async def test_a_key_that_keeps_failing_is_called_stuck_and_blocks_nobody(farm: Farm) -> None:
    """GitHub answers everything but the files of commits."""
    farm.github.fail_next("502", "commit", times=0)
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    await farm.red(one, at=broken)
    await farm.wait(3700)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    (stuck,) = health["stuck"]
    assert stuck["key"].startswith("branch/")
    assert "502" in stuck["error"]

    farm.github.clear_faults()
    await farm.red(two, at=broken)
    await farm.wait(60)
    assert farm.only_comment(101)
    assert (await farm.get("/health"))["stuck"] == []


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(tmp_path) as farm:
        await farm.stop_service()
        await farm.start_service(dashboard="basic", dashboard_password="open sesame")
        yield farm


async def test_a_password_guards_the_pages_but_not_the_health(private: Farm) -> None:
    for path in ("/", "/api/v1/pulls", "/api/v1/incidents", "/incidents/x"):
        assert await private.get_status(path) == 401
        assert await private.get_status(path, password="wrong") == 401
    assert await private.get_status("/", password="open sesame") == 200
    assert await private.get_status("/health") == 200


async def test_a_dashboard_that_is_off_is_not_there(farm: Farm) -> None:
    await farm.stop_service()
    await farm.start_service(dashboard="off")
    assert await farm.get_status("/") == 404
    assert await farm.get_status("/api/v1/pulls") == 404
    assert await farm.get_status("/health") == 200


@pytest.mark.parametrize("offset", ["-1", "x", "1e9", "٣", "9" * 400])
async def test_an_offset_that_is_no_number_is_malformed(farm: Farm, offset: str) -> None:
    assert await farm.get_status(f"/api/v1/pulls?offset={offset}") == 400


async def test_long_lists_come_in_pages(farm: Farm) -> None:
    """A fleet has hundreds of incidents; no answer holds them all."""
    builder = farm.builder("AMD64 Debian")
    at = await farm.merge(100)
    await farm.green(builder, at=at)
    for number in range(52):
        at = await farm.merge(101 + number)
        await farm.red(builder, at=at, failing=[f"test_{number:03}"])
    first = await farm.get("/api/v1/incidents")
    assert len(first["incidents"]) == 50
    rest = await farm.get(first["next"].removeprefix("https://watch.example.org"))
    assert len(rest["incidents"]) == 2
    assert rest["next"] is None
    ids = {incident["id"] for incident in first["incidents"] + rest["incidents"]}
    assert len(ids) == 52


async def test_hostile_text_is_shown_as_text(farm: Farm) -> None:
    """What a log says is on our page, too; it must not become part of it."""
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken, message="<script>alert(1)</script> != 42")
    page = await farm.get("/")
    assert "<script" not in page
    incident = await farm.only_incident()
    assert "<script" not in await farm.get(f"/incidents/{incident['id']}")
    assert await farm.get_status("/incidents/unknown") == 404


async def test_draining_says_so_and_takes_no_new_work(farm: Farm) -> None:
    draining = asyncio.create_task(farm.drain())
    await asyncio.sleep(0)
    await draining
    assert await farm.get_status("/readyz") == 503
    assert "draining" in (await farm.get("/health"))["problems"]
