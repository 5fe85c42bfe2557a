"""Bodies of strangers: what is held of them is bounded, and nobody waits for one that drips."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.app.wiring import SystemClock
from bot.store import Store, open_store
from bot.web.webhooks import github
from bot.web.webhooks.bodies import SMALL, Bodies
from bot.web.webhooks.requests import answer_errors
from tests.web.webhooks.test_requests import SECRET, make_headers

UNSIGNED = "sha256=" + "0" * 64


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """The doors differ on no database."""
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'doors.db'}", SystemClock())
    yield store
    await store.close()


class Door:
    """The door as we serve it, and callers by hand."""

    def __init__(self, store: Store, bodies: Bodies) -> None:
        app = web.Application(middlewares=[answer_errors])
        app.router.add_post("/github", github.make_handler(SECRET, store.deliveries, bodies=bodies))
        self._runner = web.AppRunner(
            app, access_log=None, auto_decompress=False, shutdown_timeout=0.1
        )

    @property
    def port(self) -> int:
        port: int = self._runner.addresses[0][1]
        return port

    async def open(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def close(self) -> None:
        await self._runner.cleanup()

    async def post(self, body: bytes, guid: str = "g-1") -> int:
        headers = make_headers(body, guid=guid)
        url = f"http://127.0.0.1:{self.port}/github"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(url, data=body) as answer,
        ):
            return answer.status

    async def knock(self, declared: int, sent: bytes, signature: str = UNSIGNED) -> "Caller":
        """Headers, and the beginning of a body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = (
            f"POST /github HTTP/1.1\r\nHost: x\r\nContent-Length: {declared}\r\n"
            "X-GitHub-Event: ping\r\nX-GitHub-Delivery: g\r\n"
            f"X-Hub-Signature-256: {signature}\r\n\r\n"
        )
        writer.write(head.encode() + sent)
        await writer.drain()
        return Caller(reader, writer)


class Caller:
    """A connection by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read_status(self) -> int:
        async with asyncio.timeout(30):
            line = await self._reader.readline()
        self.close()
        return int(line.split()[1])

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def open_door(store: Store, bodies: Bodies | None = None) -> AsyncIterator[Door]:
    door = Door(store, bodies or Bodies())
    await door.open()
    yield door
    await door.close()


async def wait_until_held(bodies: Bodies, count: int) -> None:
    async with asyncio.timeout(30):
        while bodies.held != count:
            await asyncio.sleep(0.01)


async def test_who_does_not_even_try_to_sign_is_not_read(store: Store) -> None:
    """24 MiB without a signature were held until the last byte had come."""
    async with open_door(store) as door:
        caller = await door.knock(24 * 2**20, b"", signature="sha1=abc")
        assert await caller.read_status() == 401


async def test_a_body_that_drips_is_not_waited_for(store: Store) -> None:
    async with open_door(store, Bodies(seconds=0.2)) as door:
        caller = await door.knock(1000, b"{")
        assert await caller.read_status() == 400


async def test_what_is_held_of_all_is_bounded(store: Store) -> None:
    """The next one is shed, and taken once there is room again."""
    bodies = Bodies(large=3000, small=2000)
    async with open_door(store, bodies) as door:
        first = await door.knock(1900, b"x" * 1500)
        await wait_until_held(bodies, 1500)
        second = await door.knock(1000, b"x" * 1000)
        assert await second.read_status() == 503
        assert bodies.shed == 1
        first.close()
        await wait_until_held(bodies, 0)
        assert await door.post(json.dumps({"zen": "x" * 1000}).encode()) == 202


async def test_large_ones_do_not_keep_small_ones_out(store: Store) -> None:
    bodies = Bodies(large=2 * SMALL)
    async with open_door(store, bodies) as door:
        large = [await door.knock(3 * SMALL, b"x" * SMALL) for _ in range(2)]
        await wait_until_held(bodies, 2 * SMALL)
        assert await door.post(b"{}") == 202
        for caller in large:
            caller.close()


async def test_hanging_up_is_nobodys_error(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Each was an ERROR, and a message to Sentry: anybody could flood both."""
    caplog.set_level(logging.INFO)
    bodies = Bodies()
    async with open_door(store, bodies) as door:
        caller = await door.knock(1000, b"{")
        await wait_until_held(bodies, 1)
        caller.close()
        await wait_until_held(bodies, 0)
    assert bodies.hung_up == 1
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("guid", ["gu\xe4id", "a b", "x" * 101, ""])
async def test_a_delivery_id_is_plain_text(store: Store, guid: str) -> None:
    """One in another encoding could not be stored, and took the keys of its neighbours along."""
    async with open_door(store) as door:
        assert await door.post(b"{}", guid=guid) == 400
