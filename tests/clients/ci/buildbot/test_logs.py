"""Logs of a master: in order, in pieces, whole, and without its letters."""

from dataclasses import replace

import pytest
from aiohttp import web

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.errors import Refused
from bot.core.model import Log
from tests.clients.ci.buildbot.masters import LOG, read
from tests.clients.serving import Serving


async def test_the_logs_of_a_build_come_in_the_order_of_its_steps(
    client: BuildbotClient, master: Serving
) -> None:
    steps = [
        {"stepid": 31, "number": 2, "name": "test", "results": 2},
        {"stepid": 30, "number": 1, "name": "compile", "results": 0},
    ]
    master.set_json("/api/v2/builds/45/steps", {"steps": steps})
    for stepid, kinds in ((30, "s"), (31, "sthd")):
        rows = [
            {"logid": stepid * 10 + i, "name": f"log{i}", "num_lines": 3, "type": kind}
            for i, kind in enumerate(kinds)
        ]
        master.set_json(f"/api/v2/steps/{stepid}/logs", {"logs": rows})
    logs = await client.fetch_logs(await client.fetch_steps(45))
    assert [(log.step, log.logid, log.lettered, log.deleted) for log in logs] == [
        ("compile", 300, True, False),
        ("test", 310, True, False),
        ("test", 311, False, False),
        ("test", 313, False, True),
    ]


def set_log(master: Serving, lines: list[str], *, lettered: bool = True) -> Log:
    """The log as its step lists it."""

    async def contents(request: web.Request) -> web.StreamResponse:
        first, limit = int(request.query["offset"]), int(request.query["limit"])
        assert limit <= 10_000
        text = "".join(f"{line}\n" for line in lines[first : first + limit])
        return web.json_response({"logchunks": [{"content": text, "firstline": first}]})

    master.set("/api/v2/logs/9/contents", contents)
    return replace(LOG, lines=len(lines), lettered=lettered)


async def test_a_long_log_comes_in_pieces(client: BuildbotClient, master: Serving) -> None:
    """Half a gigabyte of log must fit through a small machine."""
    lines = [f"oline {i}" for i in range(12_000)]
    lines[0] = "hmake test"
    log = set_log(master, lines)
    chunks = [chunk async for chunk in client.stream_log(log)]
    assert len(chunks) == 3
    expected = ["make test", *(f"line {i}" for i in range(1, 12_000))]
    assert b"".join(chunks).decode().splitlines() == expected


async def test_a_log_of_plain_text_keeps_its_first_letters(
    client: BuildbotClient, master: Serving
) -> None:
    log = set_log(master, ["hello", "error", "ok"], lettered=False)
    assert await read(client, log) == "hello\nerror\nok\n"


async def test_an_empty_log_is_empty(client: BuildbotClient, master: Serving) -> None:
    assert await read(client, set_log(master, [])) == ""


async def test_a_log_that_vanishes_midway_is_refused_by_name(
    client: BuildbotClient, master: Serving
) -> None:
    set_log(master, ["ox"])
    del master.answers["/api/v2/logs/9/contents"]
    with pytest.raises(Refused, match=r"^log test/stdio \(9\) is unknown to Buildbot$"):
        await read(client)


async def test_text_that_is_no_unicode_does_no_harm(
    client: BuildbotClient, master: Serving
) -> None:
    log = set_log(master, ["o\ud800x", "o\0y"])
    assert await read(client, log) == "?x\n\N{REPLACEMENT CHARACTER}y\n"
