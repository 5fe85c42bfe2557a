"""Doctor names the address that it asked, and the line to change where another one answers."""

import pytest

from bot.app.settings import Settings
from bot.app.setup_checks.likely_address import name_addresses
from bot.core.checks.result import fail, ok
from tests.clients.serving import Serving, serve

MASTERS = "/api/v2/masters"


def make_settings(url: str) -> Settings:
    return Settings.from_environ({"BUILDBOT_URL": url, "GITHUB_TOKEN": "t"})


async def ask(server: Serving, path: str) -> tuple[str, str]:
    settings = make_settings(server.url + path)
    (told,) = await name_addresses(settings, [fail("buildbot", "it answers HTML", "look")])
    return told.words.replace(server.url, "H"), told.todo.replace(server.url, "H")


@pytest.mark.parametrize(
    ("given", "real"),
    [
        ("", "/buildbot"),  # trimmed
        ("", "/all"),
        ("/api/v2", ""),  # of the API
        ("/bb/index.html", "/bb"),
        ("/bb/#/builders/3", "/bb"),  # of a page
        ("/bb/builders/3/builds/4", "/bb"),
        ("/bb/api/v2/builders", "/bb"),
    ],
)
async def test_the_line_to_change_is_told(given: str, real: str) -> None:
    async with serve() as server:
        server.set_json(real + MASTERS, {"masters": []})
        words, todo = await ask(server, given)
    assert words == f"H{given}/api/v2: it answers HTML"
    assert todo == f"set BUILDBOT_URL=H{real}: a Buildbot answers there"


async def test_where_none_answers_it_is_as_it_was() -> None:
    async with serve() as server:
        assert await ask(server, "/x") == ("H/x/api/v2: it answers HTML", "look")


async def test_what_is_well_is_left_alone() -> None:
    results = [ok("buildbot", "it answers"), fail("github", "no", "look")]
    assert await name_addresses(make_settings("http://127.0.0.1:1"), results) == results
