"""Open pages hear of changes; too many are shed, and none outlives the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.core.errors import Unavailable
from bot.web import events
from bot.web.events import EventHub, find_sender
from tests.support.clock import FakeClock
from tests.support.farm import Farm


class Pulse:
    """A store whose pulse is what a test says."""

    def __init__(self) -> None:
        self.text = "1"
        self.looks = 0
        self.is_away = False

    async def load(self) -> str:
        self.looks += 1
        if self.is_away:
            raise Unavailable("database: away")
        return self.text


async def pass_on(clock: FakeClock, seconds: float = 0.5) -> None:
    """Let time pass, and everybody hear of it."""
    for step in (0.0, seconds):
        clock.advance(step)
        for _ in range(10):
            await asyncio.sleep(0)


async def test_one_look_serves_all_pages_and_nobody_looks_for_none() -> None:
    clock, pulse = FakeClock(), Pulse()
    hub = EventHub(pulse.load, clock)
    first, second = await hub.open(), await hub.open()
    assert first is not None
    assert second is not None
    assert pulse.looks == 1
    for bell in (first, second):
        bell.clear()
    await pass_on(clock)
    assert (pulse.looks, first.is_set()) == (2, False), "nothing changed"
    pulse.text = "2"
    await pass_on(clock)
    assert (pulse.looks, first.is_set(), second.is_set()) == (3, True, True)
    hub.leave(first)
    hub.leave(second)
    for _ in range(3):
        await pass_on(clock)
    assert (pulse.looks, hub.streams) == (3, 0)


async def test_a_database_that_is_away_ends_no_stream() -> None:
    clock, pulse = FakeClock(), Pulse()
    pulse.is_away = True
    hub = EventHub(pulse.load, clock)
    bell = await hub.open()
    assert bell is not None
    pulse.is_away = False
    await pass_on(clock)
    assert bell.is_set()
    hub.leave(bell)


async def test_there_is_room_for_so_many_and_again_when_one_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 2)
    hub = EventHub(Pulse().load, FakeClock())
    first, second = await hub.open(), await hub.open()
    assert first is not None
    assert await hub.open() is None
    hub.leave(first)
    third = await hub.open()
    assert third is not None
    await hub.close()
    assert await hub.open() is None, "the service ends"
    for bell in (second, third):
        assert bell is not None
        assert bell.is_set(), "who waits is woken"
        hub.leave(bell)


async def test_one_address_cannot_take_the_room_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_OF_ONE", 2)
    hub = EventHub(Pulse().load, FakeClock())
    greedy = [await hub.open("192.0.2.7") for _ in range(3)]
    assert [bell is not None for bell in greedy] == [True, True, False]
    others = [await hub.open(sender) for sender in ("192.0.2.8", None, None, None)]
    assert None not in others
    hub.leave(greedy[0] or asyncio.Event())
    again = await hub.open("192.0.2.7")
    assert again is not None
    for bell in (greedy[1], again, *others):
        hub.leave(bell or asyncio.Event())
    assert hub.streams == 0


@pytest.mark.parametrize(
    ("peer", "sender"),
    [
        ("8.8.4.4", "8.8.4.4"),
        ("2a00:1450::1", "2a00:1450::1"),
        ("127.0.0.1", None),  # nginx on this machine
        ("10.3.0.9", None),  # the router of a platform
        ("fd00::7", None),
        (None, None),
        ("unix:", None),
    ],
)
def test_a_proxy_speaks_for_everybody(peer: str | None, sender: str | None) -> None:
    assert find_sender(peer) == sender


@asynccontextmanager
async def listen(farm: Farm, **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{farm.url}/events", headers=headers) as answer,
    ):
        yield answer


async def read_event(farm: Farm, answer: aiohttp.ClientResponse) -> dict[str, str]:
    """The next event; the clock runs meanwhile."""

    async def read() -> dict[str, str]:
        lines: list[str] = []
        while (line := (await answer.content.readline()).decode().strip()) or not lines:
            lines.append(line)
        return dict(line.split(": ", 1) for line in lines if line)

    reading = asyncio.ensure_future(read())
    async with asyncio.timeout(20):
        while not reading.done():
            await farm.tick()
    return await reading


async def test_a_page_hears_of_a_red_build_and_of_what_it_missed(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    async with listen(farm) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "private, no-store"
        first = await read_event(farm, answer)
        await farm.red(builder, at=await farm.merge(101))
        told = await read_event(farm, answer)
        assert told["event"] == "changed"
        assert told["id"] != first["id"]
        assert "octo" not in str(told), "what happened is for who may see it"
    async with listen(farm, **{"Last-Event-ID": first["id"]}) as answer:
        await read_event(farm, answer)
        assert (await read_event(farm, answer))["event"] == "changed", "at once"


async def test_streams_end_with_the_service_and_ask_for_a_login_as_pages_do(farm: Farm) -> None:
    async with listen(farm) as answer:
        await read_event(farm, answer)
        await farm.stop_service()
        async with asyncio.timeout(5):
            assert await answer.content.read() == b""
    await farm.start_service(dashboard="basic", dashboard_password="open sesame")
    assert await farm.get_status("/events") == 401


async def test_a_page_too_many_is_told_to_come_back(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 0)
    async with listen(farm) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
