"""The Buildbot under what was pasted is found; where there is none, each try is told."""

import aiohttp
import pytest
from aiohttp import web

from bot.clients.ci.buildbot.find_address import FoundBuildbot, find_buildbot
from bot.core.errors import UserError
from tests.clients.serving import Serving, serve

MASTERS = "/api/v2/masters"


async def find(server: Serving, path: str) -> FoundBuildbot:
    async with aiohttp.ClientSession() as session:
        return await find_buildbot(session, server.url + path)


@pytest.mark.parametrize(
    "path", ["", "/#/builders/1", "/bb/api/v2/builds/4", "/bb/#/about", "/bb/deeper"]
)
async def test_it_is_found_below_its_prefix(path: str) -> None:
    prefix = "/bb" if path.startswith("/bb") else ""
    async with serve() as server:
        server.set_json(prefix + MASTERS, {"masters": [], "meta": {}})
        assert await find(server, path) == FoundBuildbot(server.url + prefix)


async def test_one_that_asks_for_a_login_is_found_too() -> None:
    async with serve() as server:
        server.set_json(MASTERS, {"error": "you need to log in"}, status=403)
        assert await find(server, "/") == FoundBuildbot(server.url, is_private=True)


async def test_a_way_that_its_own_host_shows_is_gone() -> None:
    async def go_there(_: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently("/new" + MASTERS)

    async with serve() as server:
        server.set(MASTERS, go_there)
        server.set_json("/new" + MASTERS, {"masters": []})
        assert await find(server, "/") == FoundBuildbot(server.url + "/new")


async def send_to_login(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("https://login.example.org/?token=hunter2")


async def send_round(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(MASTERS)


async def show_page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>log in</html>", content_type="text/html")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (send_to_login, "it sends us to https://login.example.org/: a login page?"),
        (show_page, "a page for people, not Buildbot's API"),
        (send_round, "it is at "),
        (None, "status 404"),
    ],
    ids=["login elsewhere", "a page", "in a circle", "nothing"],
)
async def test_each_try_is_told_where_there_is_none(answer: object, told: str) -> None:
    async with serve() as server:
        if answer is not None:
            server.set(MASTERS, answer)  # type: ignore[arg-type]  # a table of all kinds
        with pytest.raises(UserError, match="no Buildbot was found") as raised:
            await find(server, "/x")
        said = str(raised.value)
        assert f"{server.url}/x{MASTERS}" in said
        assert f"{server.url}{MASTERS}" in said
        assert told in said
        assert said.count("status 404") == 1, "what is the same of several is said once"
        assert "hunter2" not in str(raised.value)
    with pytest.raises(UserError, match="no connection to its address"):
        await find(server, "")
