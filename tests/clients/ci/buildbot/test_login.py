"""Logging in to a private Buildbot."""

import base64

import aiohttp
import pytest
from aiohttp import web

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.errors import Unavailable, UserError
from tests.clients.ci.buildbot.masters import CLOCK
from tests.clients.serving import Serving


def make_private(master: Serving) -> list[str]:
    """UserPasswordAuth: Basic only at the login, which sets two cookies; the last one counts."""
    sessions: list[str] = []

    async def login(request: web.Request) -> web.StreamResponse:
        good = "Basic " + base64.b64encode(b"bot:s3cret").decode()
        if request.headers.get("Authorization") != good:
            return web.Response(status=401)
        sessions.append(f"token{len(sessions)}")
        response = web.Response(status=302, headers={"Location": "/"})
        response.headers.add("Set-Cookie", "TWISTED_SESSION=anonymous; Path=/; HttpOnly")
        response.headers.add("Set-Cookie", f"TWISTED_SESSION={sessions[-1]}; Path=/; HttpOnly")
        return response

    async def builder(request: web.Request) -> web.StreamResponse:
        if not sessions or request.cookies.get("TWISTED_SESSION") != sessions[-1]:
            return web.json_response({"error": "forbidden"}, status=403)
        return web.json_response({"builders": [{"builderid": 1, "name": "x", "tags": []}]})

    master.set("/auth/login", login)
    for builderid in range(1, 4):
        master.set(f"/api/v2/builders/{builderid}", builder)
    return sessions


async def test_we_log_in_once_and_again_when_the_session_ends(
    master: Serving, session: aiohttp.ClientSession
) -> None:
    sessions = make_private(master)
    client = BuildbotClient(master.url, session, CLOCK, username="bot", password="s3cret")
    await client.fetch_builder(1)
    await client.fetch_builder(2)
    assert sessions == ["token0"]
    sessions.append("restarted")
    await client.fetch_builder(3)
    assert sessions == ["token0", "restarted", "token2"]


async def test_a_wrong_password_is_said_plainly(
    master: Serving, session: aiohttp.ClientSession
) -> None:
    make_private(master)
    client = BuildbotClient(master.url, session, CLOCK, username="bot", password="wrong")
    with pytest.raises(Unavailable, match="user name and password"):
        await client.fetch_builder(1)


async def test_a_login_that_gives_no_session_is_unavailable(
    master: Serving, session: aiohttp.ClientSession
) -> None:
    client = BuildbotClient(master.url, session, CLOCK, username="bot", password="x")
    with pytest.raises(Unavailable, match="404"):
        await client.fetch_builder(1)


async def test_without_credentials_a_private_buildbot_is_named(
    client: BuildbotClient, master: Serving
) -> None:
    make_private(master)
    with pytest.raises(Unavailable, match="does not let us read builder 1"):
        await client.fetch_builder(1)


async def test_a_user_name_that_basic_cannot_carry(session: aiohttp.ClientSession) -> None:
    with pytest.raises(UserError, match="colon"):
        BuildbotClient("http://127.0.0.1", session, CLOCK, username="a:b", password="x")
