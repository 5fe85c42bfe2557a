"""Who may ask the small GitHub, and as whom."""

from typing import Any

import jwt
import pytest

from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import NOON, call


def make_jwt(key: str, **claims: Any) -> dict[str, str]:
    now = int(NOON.timestamp())
    payload = {"iat": now - 60, "exp": now + 540, "iss": "1"} | claims
    return {"Authorization": f"Bearer {jwt.encode(payload, key, algorithm='RS256')}"}


async def test_the_app_gets_a_token_and_speaks_as_a_bot(gh: FakeGitHub, app_key: str) -> None:
    """JWT, installation, token, comment: the way of a GitHub App."""
    await gh.merge(101)
    as_app = make_jwt(app_key)
    assert (await call(gh, "GET", "/app", 200, headers=as_app))["slug"] == "nightswatch"
    found = await call(gh, "GET", "/repos/octo-org/demo/installation", 200, headers=as_app)
    path = f"/app/installations/{found['id']}/access_tokens"
    token = (await call(gh, "POST", path, 201, headers=as_app))["token"]
    as_bot = {"Authorization": f"token {token}"}
    where = "/repos/octo-org/demo/issues/101/comments"
    said = await call(gh, "POST", where, 201, json={"body": "hello"}, headers=as_bot)
    assert said["user"]["login"] == "nightswatch[bot]"
    await call(gh, "GET", "/user", 403, headers=as_bot)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic demo-token"}],
)
async def test_strangers_are_refused(gh: FakeGitHub, headers: dict[str, str]) -> None:
    """No credentials, wrong ones, the wrong scheme."""
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=headers)


async def test_bad_jwts_are_refused(gh: FakeGitHub, app_key: str) -> None:
    """Another key, another App, too long a life; and a JWT is no good for repositories."""
    await call(gh, "GET", "/app", 401, headers=make_jwt(make_app_key()))
    await call(gh, "GET", "/app", 401, headers=make_jwt(app_key, iss="2"))
    await call(gh, "GET", "/app", 401, headers=make_jwt(app_key, exp=int(NOON.timestamp()) + 9999))
    await call(gh, "GET", "/app", 401)
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=make_jwt(app_key))


async def test_tokens_end(gh: FakeGitHub) -> None:
    """After an hour, or when a fault takes them."""
    token, end = gh.door.grant("octo-org")
    as_bot = {"Authorization": f"Bearer {token}"}
    await call(gh, "GET", "/repos/octo-org/demo", 200, headers=as_bot)
    gh.fail_next("token_expired")
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=as_bot)
    token, end = gh.door.grant("octo-org")
    gh._clock.time = end  # type: ignore[attr-defined]  # our own clock
    as_bot = {"Authorization": f"Bearer {token}"}
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=as_bot)


async def test_a_repository_without_the_app_is_not_found(gh: FakeGitHub, app_key: str) -> None:
    """Until it is put back."""
    await gh.uninstall()
    where = "/repos/octo-org/demo/installation"
    await call(gh, "GET", where, 404, headers=make_jwt(app_key))
    await gh.install()
    await call(gh, "GET", where, 200, headers=make_jwt(app_key))
