"""People log in with the App: where they are sent, what comes back, and what is kept of it."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.clients.github.logins import GitHubLogins, find_login_site
from bot.core.checks.github import diagnose_logins
from bot.core.checks.result import Level
from bot.core.errors import Refused, Unavailable
from bot.fakes.github.server import FakeGitHub
from bot.web.pages.login import make_challenge
from tests.support.clock import NOON, FakeClock

BACK = "https://watch.example.org/login/callback"


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    server = FakeGitHub(lambda: NOON)
    server.create_repository("octo-org/open")
    server.create_repository("octo-org/vault").private = True
    server.logins.callbacks = [BACK]
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def make_logins(
    github: FakeGitHub, session: aiohttp.ClientSession, secret: str | None = None
) -> GitHubLogins:
    return GitHubLogins(
        session,
        FakeClock(NOON),
        client_id=github.logins.client_id,
        client_secret=secret or github.logins.client_secret,
        api_url=github.url,
    )


async def get_code(logins: GitHubLogins, verifier: str) -> str:
    """What GitHub's page sends a browser back with."""
    address = logins.make_address("a state", make_challenge(verifier), BACK)
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(address, allow_redirects=False) as answer,
    ):
        given = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert given["state"] == ["a state"]
    return given["code"][0]


async def test_a_visitor_may_read_what_github_shows_them(
    github: FakeGitHub, session: aiohttp.ClientSession
) -> None:
    numbers = [github.repository(f"octo-org/{name}").repo_id for name in ("open", "vault")]
    logins = make_logins(github, session)
    for roles, seen in (({}, numbers[:1]), ({"octocat": "read"}, numbers)):
        github.repository("octo-org/vault").roles = roles
        code = await get_code(logins, "a verifier")
        visitor = await logins.fetch_visitor(code, "a verifier", BACK, [*numbers, 999_999])
        assert (visitor.login, sorted(visitor.repositories)) == ("octocat", seen)
    assert github.door.visitors == {}, "both tokens are ended"


async def test_a_stolen_code_is_of_no_use_without_what_began_it(
    github: FakeGitHub, session: aiohttp.ClientSession
) -> None:
    logins = make_logins(github, session)
    code = await get_code(logins, "a verifier")
    with pytest.raises(Refused, match="knows this login no more"):
        await logins.fetch_visitor(code, "a guess", BACK, [])


async def test_doctor_tells_a_good_set_up_from_a_bad_one(
    github: FakeGitHub, session: aiohttp.ClientSession
) -> None:
    await make_logins(github, session).check(BACK)
    with pytest.raises(Refused, match="incorrect_client_credentials"):
        await make_logins(github, session, "another secret").check(BACK)
    await github.go_down()
    with pytest.raises(Unavailable, match="does not answer"):
        await make_logins(github, session).check(BACK)


@pytest.mark.parametrize(
    ("url", "level"),
    [(None, Level.WARN), ("http://watch.example.org", Level.WARN), (BACK, Level.OK)],
)
def test_where_people_come_back_is_told(url: str | None, level: Level) -> None:
    assert diagnose_logins(url).level is level


@pytest.mark.parametrize(
    ("api", "site"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.octocorp.ghe.com", "https://octocorp.ghe.com"),
        ("https://git.example.org/api/v3", "https://git.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_people_log_in_beside_the_api(api: str, site: str) -> None:
    assert find_login_site(api) == site
