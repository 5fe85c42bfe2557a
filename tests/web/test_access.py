"""What GitHub calls private is shown to nobody who did not log in: on no page, feed or figure."""

from dataclasses import replace
from typing import Any

import aiohttp

from bot.cli.service_status import _fetch_health
from bot.core.model import Repository
from tests.support.farm import Farm

PAGES = (
    *("/", "/api/v1/pulls", "/api/v1/incidents", "/api/v1/audit", "/api/v1/labels", "/health"),
    *("/api/v1/fleet", "/report", "/report.md", "/api/v1/report", "/record", "/api/v1/record"),
)
SECRETS = ("octo-org", "test_ssl", "Break the vault", "AMD64 Debian", "41 != 42")
BASIC = {"dashboard_password": "open sesame"}


async def break_it(farm: Farm, *, private: bool, **settings: Any) -> None:
    """A pull stands accused, and an order was given, in a repository that is private or not."""
    await farm.stop_service()
    farm.github.repository().private = private
    await farm.start_service(dashboard="auto", **settings)
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101, "Break the vault")
    for _ in range(2):
        await farm.red(builder, at=broken)
    await farm.say(101, "/buildbot status")


async def read(farm: Farm, path: str, password: str | None = None) -> str:
    token = aiohttp.encode_basic_auth("anybody", password or "")
    headers = {"Authorization": token} if password is not None else {}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(farm.url + path) as answer,
    ):
        return await answer.text()


async def test_nothing_of_a_private_repository_is_told_to_strangers(farm: Farm) -> None:
    """A service on the internet showed pulls, titles and log lines of one to anybody."""
    await break_it(farm, private=True, **BASIC)
    found = await read(farm, "/api/v1/incidents", "open sesame")
    assert "octo-org" in found
    assert "test_ssl" in found
    incident = found.partition('"id": "')[2].partition('"')[0]
    for path in (*PAGES, f"/incidents/{incident}"):
        text = await read(farm, path)
        assert [word for word in SECRETS if word in text] == [], path
    assert await farm.get_status(f"/incidents/{incident}") == 404
    assert await farm.get_status(f"/incidents/{incident}", "open sesame") == 200
    assert await farm.get_status("/", "guessed") == 401


async def test_what_is_public_is_shown_to_everybody(farm: Farm) -> None:
    await break_it(farm, private=False)
    assert "octo-org" in await read(farm, "/api/v1/incidents")
    assert "Break the vault" in await read(farm, "/")


async def test_a_repository_that_turns_private_leaves_the_pages(farm: Farm) -> None:
    """Within ten minutes, without a restart."""
    await break_it(farm, private=False)
    farm.github.repository().private = True
    await farm.wait(660)
    assert "octo-org" not in await read(farm, "/api/v1/incidents")


async def test_where_one_of_two_is_private_the_other_is_shown(farm: Farm) -> None:
    await break_it(farm, private=False)
    farm.github.create_repository("octo-org/vault").private = True
    vault = farm.github.repository("octo-org/vault").repo_id
    await farm.store.facts.save_repository(Repository(vault, "octo-org/vault", private=True))
    assert "octo-org/demo" in await read(farm, "/")
    assert "not shown without a login" in await read(farm, "/")
    assert "octo-org" not in await read(farm, "/health")


async def test_no_page_may_be_framed_or_kept(farm: Farm) -> None:
    async with aiohttp.ClientSession() as session, session.get(farm.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store"
    for word in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert word in policy


async def test_a_name_that_passes_to_a_public_repository_opens_nothing(farm: Farm) -> None:
    """It is asked for by its number: the old name is somebody else's now."""
    await break_it(farm, private=True, **BASIC)
    farm.github.rename_repository("octo-org/demo", "octo-org/secret")
    farm.github.create_repository("octo-org/demo").private = False
    await farm.wait(660)
    assert "Break the vault" not in await read(farm, "/")
    assert "octo-org" not in await read(farm, "/api/v1/incidents")


async def test_a_browser_is_asked_for_the_password_and_sees_everything_then(farm: Farm) -> None:
    await break_it(farm, private=True, **BASIC)
    assert '/login">a login</a>' in await read(farm, "/")
    assert await farm.get_status("/login") == 401
    headers = {"Authorization": aiohttp.encode_basic_auth("anybody", "open sesame")}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{farm.url}/login", allow_redirects=False) as answer,
    ):
        assert (answer.status, answer.headers["Location"]) == (303, "https://watch.example.org/")


async def test_without_a_password_there_is_no_login(farm: Farm) -> None:
    await break_it(farm, private=True)
    assert await farm.get_status("/login") == 404
    assert "/login" not in await read(farm, "/")


async def test_a_name_in_somebodys_reason_is_no_more_public_than_others(farm: Farm) -> None:
    """Builds of a repository that we may not read: why they have no place holds its name."""
    await break_it(farm, private=False, **BASIC)
    farm.buildbot.master.repository = "https://github.com/octo-org/shut"
    await farm.red(farm.builder("AMD64 Shut"), at="a" * 40)
    await farm.wait(60)
    told = await read(farm, "/health", "open sesame")
    assert "octo-org/shut" in told
    for path in (*PAGES, "/metrics"):
        assert "shut" not in (await read(farm, path)).replace("is shut", "").lower(), path


async def test_no_figure_names_a_repository_builder_or_host(farm: Farm) -> None:
    await break_it(farm, private=True, **BASIC)
    text = await read(farm, "/metrics")
    assert "nightswatch_incidents" in text
    assert [word for word in (*SECRETS, "127.0.0.1", "octocat") if word in text] == []


async def test_status_sends_the_password_so_that_names_are_told(farm: Farm) -> None:
    await break_it(farm, private=True, **BASIC)
    port = int(farm.url.rpartition(":")[2])
    here = replace(farm._settings(), host="127.0.0.1", port=port)
    settings = replace(here, dashboard_password="open sesame")
    found = await _fetch_health(settings)
    assert found["notes"] != "not shown without a login"
    found = await _fetch_health(replace(settings, dashboard_password=None))
    assert found["notes"] == "not shown without a login"
