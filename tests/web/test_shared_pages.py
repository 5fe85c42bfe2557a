"""A hundred people look at the same page; what one of them may see alone is never another's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.events import EventHub
from bot.web.shared_pages import make_sharing
from tests.support.clock import FakeClock
from tests.web.test_events import pass_on

Client = TestClient[web.Request, web.Application]


class Fleet:
    """What is shown, and how often it was made."""

    def __init__(self) -> None:
        self.pulse = "one"
        self.made = 0

    async def load_pulse(self) -> str:
        return self.pulse

    async def show(self, _request: web.Request) -> web.Response:
        self.made += 1
        await asyncio.sleep(0)  # others come in between
        return web.Response(text=f"{self.pulse} {self.made}", content_type="text/html")

    async def greet(self, request: web.Request) -> web.Response:
        answer = await self.show(request)
        answer.set_cookie("state", str(self.made))
        return answer

    async def fail(self, request: web.Request) -> web.Response:
        await self.show(request)
        raise web.HTTPNotFound


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(fleet: Fleet, clock: FakeClock) -> EventHub:
    return EventHub(fleet.load_pulse, clock)


@pytest.fixture
async def client(fleet: Fleet, hub: EventHub, clock: FakeClock) -> AsyncIterator[Client]:
    app = web.Application(middlewares=[make_sharing(hub, clock)])
    app.router.add_get("/login", fleet.greet)
    app.router.add_get("/gone", fleet.fail)
    app.router.add_get("/{path:.*}", fleet.show)
    async with TestClient(TestServer(app)) as opened:
        yield opened


@pytest.fixture
async def open_page(hub: EventHub) -> AsyncIterator[None]:
    bell = await hub.open()
    assert bell is not None
    yield
    hub.leave(bell)


async def read(client: Client, path: str = "/", **headers: str) -> str:
    async with client.get(path, headers=headers) as answer:
        return await answer.text()


@pytest.mark.usefixtures("open_page")
async def test_a_hundred_who_ask_at_once_get_what_was_made_once(
    client: Client, fleet: Fleet
) -> None:
    shown = await asyncio.gather(*(read(client) for _ in range(100)))
    assert set(shown) == {"one 1"}
    assert fleet.made == 1


@pytest.mark.usefixtures("open_page")
async def test_after_an_event_it_is_made_anew(
    client: Client, fleet: Fleet, clock: FakeClock
) -> None:
    assert await read(client) == "one 1"
    fleet.pulse = "two"
    await pass_on(clock)
    assert [await read(client), await read(client)] == ["two 2", "two 2"]


@pytest.mark.usefixtures("open_page")
async def test_without_an_event_it_is_kept_for_two_seconds(
    client: Client, clock: FakeClock
) -> None:
    assert await read(client) == "one 1"
    clock.advance(1.9)
    assert await read(client) == "one 1"
    clock.advance(0.1)
    assert await read(client) == "one 2"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Cookie": "session=1"}),
        ("/", {"Authorization": "Basic Og=="}),
        ("/api/v1/pulls", {}),
        ("/login", {}),  # a browser is to remember something from it
    ],
)
@pytest.mark.usefixtures("open_page")
async def test_what_may_be_for_one_alone_is_made_for_each(
    client: Client, fleet: Fleet, path: str, headers: dict[str, str]
) -> None:
    shown = [await read(client, path, **headers) for _ in range(3)]
    assert shown == ["one 1", "one 2", "one 3"]


@pytest.mark.usefixtures("open_page")
async def test_a_viewer_who_is_known_leaves_nothing_for_strangers(client: Client) -> None:
    assert await read(client, "/", Cookie="session=1") == "one 1"
    assert await read(client) == "one 2"
    assert await read(client, "/", Cookie="session=1") == "one 3"


@pytest.mark.usefixtures("open_page")
async def test_other_filters_are_other_pages(client: Client) -> None:
    assert await read(client, "/grid?branch=main") == "one 1"
    assert await read(client, "/grid?branch=3.13") == "one 2"
    assert await read(client, "/grid?branch=main") == "one 1"


@pytest.mark.usefixtures("open_page")
async def test_a_page_that_is_not_there_is_looked_for_each_time(
    client: Client, fleet: Fleet
) -> None:
    for _ in range(2):
        async with client.get("/gone") as answer:
            assert answer.status == 404
    assert fleet.made == 2


async def test_while_no_page_is_open_nobody_looks_for_events_and_each_is_made(
    client: Client,
) -> None:
    assert [await read(client), await read(client)] == ["one 1", "one 2"]


@pytest.mark.usefixtures("open_page")
async def test_addresses_without_end_are_not_all_kept(client: Client, fleet: Fleet) -> None:
    for number in range(20):
        await read(client, f"/?{number}")
    assert await read(client, "/?0") == "one 21"
    assert await read(client, "/?19") == "one 20"
