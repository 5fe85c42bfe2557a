"""Those who run it must not be told that all is well when it is not."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.model import KeyKind, TroubleKind
from bot.core.ports import Result
from bot.web.health.probes import Probe, find_error
from tests.support.clock import NOON
from tests.support.farm import GITHUB_TOKEN, Farm, open_farm


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


async def test_shut_doors_are_no_problem_of_who_only_reads(farm: Farm) -> None:
    """Two exports and `make run`: an alarm that never ends is one that nobody hears."""
    await farm.stop_service()
    shut = {"github_webhook_secret": None, "buildbot_webhook_token": None}
    await farm.start_service(**shut, post_comments=False)
    health = await farm.get("/health")
    assert (health["status"], health["problems"]) == ("ok", [])
    assert [note.partition(" is")[0] for note in health["notes"]["doors"]] == [
        "POST /github", "POST /buildbot",
    ]  # fmt: skip


async def test_a_buildbot_out_of_reach_is_named_within_a_minute(farm: Farm) -> None:
    await farm.buildbot.go_down()
    await farm.wait(61)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    assert any(problem.startswith("Buildbot: ") for problem in health["problems"])
    await farm.buildbot.come_back()
    await farm.wait(300)
    assert (await farm.get("/health"))["status"] == "ok"


async def test_a_branch_that_github_refuses_is_named_until_it_is_shown_again(farm: Farm) -> None:
    """A permission that was taken away: no commit comes, nobody is ever accused, and all is quiet.

    The service asks again by itself, and finds out who did it once it may look.
    """
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    said = "Resource not accessible by integration"
    farm.github.fail_next("status", "graphql", times=0, status=403, message=said)
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    (problem,) = health["problems"]
    assert problem.startswith("octo-org/demo@main: ")
    assert "no permission for branch main" in problem
    assert 'nightswatch_problems{about="refused"} 1.0' in await farm.get("/metrics")
    assert farm.comments(101) == []

    farm.github.clear_faults()
    await farm.wait(700)
    assert (await farm.get("/health"))["problems"] == []
    assert "test_ssl" in farm.only_comment(101)


async def test_an_installation_that_is_taken_away_is_named(farm: Farm) -> None:
    """Builds of a repository where we are not installed have no place; until somebody sees it."""
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    farm.github.fail_next("status", "repository", times=0, status=404, message="Not Found")
    await farm.green(builder, at=base)
    health = await farm.get("/health")
    assert [problem.partition(":")[0] for problem in health["problems"]] == ["octo-org/demo"]
    farm.github.clear_faults()
    await farm.green(builder, at=base)
    assert (await farm.get("/health"))["problems"] == []


async def test_a_commit_that_github_never_shows_is_a_note(farm: Farm) -> None:
    """Somebody forced a build of a commit of his own: nothing is wrong, but he may ask."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    lost = "e" * 40
    await farm.red(builder, at=lost)
    await farm.wait(400)
    health = await farm.get("/health")
    assert (health["status"], health["problems"]) == ("ok", [])
    (note,) = health["notes"]["commits"]
    assert note.startswith("octo-org/demo@main: GitHub does not show eeeeeeeeeeee")


async def test_what_an_exception_says_by_itself_is_for_the_log_only(farm: Farm) -> None:
    """Anybody may read `/health`; a bug's text may hold a row, a path, or a password."""

    async def fail(_: object) -> Result:
        raise RuntimeError("postgresql://u:hunter2@10.0.0.5/d in /srv/private.py")

    farm._worker._reconcile = {**farm._worker._reconcile, KeyKind.BUILD: fail}
    await farm.green(farm.builder("AMD64 Debian"), at="a" * 40)
    await farm.wait(3700)
    (stuck,) = (await farm.get("/health"))["stuck"]
    assert stuck["error"] == "a bug of ours (RuntimeError): the log has it"
    await farm.buildbot.go_down()
    await farm.wait(61)
    text = json.dumps(await farm.get("/health"))
    assert "no connection to its address" in text
    for inside in ("hunter2", "10.0.0.5", "private.py", str(farm.buildbot.url)):
        assert inside not in text


async def test_a_secret_that_others_quote_is_not_told(farm: Farm) -> None:
    await farm.store.facts.save_trouble(
        "octo-org/demo", TroubleKind.REFUSED, f"bad token {GITHUB_TOKEN}"
    )
    (problem,) = (await farm.get("/health"))["problems"]
    assert GITHUB_TOKEN not in problem
    assert "bad token [secret]" in problem


async def test_a_slow_service_that_answers_others_is_not_away() -> None:
    """Calls to GitHub wait in line: a ping that only waited for its turn says nothing."""
    answered: list[datetime] = []

    async def wait_in_line() -> None:
        answered.append(NOON)
        await asyncio.sleep(10)

    busy = Probe(wait_in_line, lambda: answered[-1] if answered else None)
    assert await find_error(busy, patience=0.05) is None
    silent = Probe(lambda: asyncio.sleep(10))
    assert await find_error(silent, patience=0.05) == "no answer within 0.05 seconds"


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
    await farm.break_builder(message="<script>alert(1)</script> != 42")
    page = await farm.get("/")
    assert "<script>" not in page
    incident = await farm.only_incident()
    assert "<script>" not in await farm.get(f"/incidents/{incident['id']}")
    assert await farm.get_status("/incidents/unknown") == 404


async def test_draining_says_so_and_takes_no_new_work(farm: Farm) -> None:
    draining = asyncio.create_task(farm.drain())
    await asyncio.sleep(0)
    await draining
    assert await farm.get_status("/readyz") == 503
    assert "draining" in (await farm.get("/health"))["problems"]
