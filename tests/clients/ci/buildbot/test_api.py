"""One call to Buildbot: what is a lasting no, what passes, and when to come back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.clients.ci.buildbot.api import BuildbotApi
from bot.clients.http_responses import find_retry_after
from bot.core.errors import Refused, Unavailable
from tests.clients.serving import Serving, buildbot_no, serve
from tests.support.clock import FakeClock

BUILD = "/api/v2/builds/45"


@pytest.fixture
async def master() -> AsyncIterator[Serving]:
    async with serve() as serving:
        yield serving


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def api(master: Serving, clock: FakeClock) -> AsyncIterator[BuildbotApi]:
    async with aiohttp.ClientSession() as session:
        yield BuildbotApi(master.url, session, clock, username=None, password=None)


def answer_with(
    master: Serving, status: int, text: str = "", headers: dict[str, str] | None = None
) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    master.set(BUILD, answer)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (404, "<html><h1>404 Not Found</h1>nginx</html>"),
        (404, "no available server"),
        (404, ""),
        (404, '{"message": "no Route matched with those values"}'),
        (404, '{"error": "not found"}'),
        (404, '{"error": "not found while getting from cache", "request_id": "1"}'),
        (404, '["not found while getting from endpoint"]'),
        (404, '{"error": {"code": -32600, "message": "not found while getting from"}}'),
        (400, "<html>The plain HTTP request was sent to HTTPS port</html>"),
        (405, "<html>Not Allowed</html>"),
        (407, "Proxy Authentication Required"),
        (408, "<html>Request Time-out</html>"),
        (410, "gone fishing"),
        (421, "Misdirected Request"),
        (423, "Locked"),
        (425, "Too Early"),
        (429, '{"error": "rate limit"}'),
        (451, "<html>blocked</html>"),
        (500, '{"error": "boom"}'),
        (502, "<html>Bad Gateway</html>"),
        (503, ""),
        (504, "upstream timed out"),
        (200, "<html><form action=/login>"),
        (204, ""),
        (206, '{"builds": []}'),
    ],
)
async def test_what_passes_is_no_lasting_no(
    api: BuildbotApi, master: Serving, status: int, text: str
) -> None:
    """A proxy that limited us for a minute once lost every build of that minute for good."""
    answer_with(master, status, text)
    with pytest.raises(Unavailable):
        await api.fetch_json("build 45", BUILD)
    assert api.last_error is not None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_login_page_is_no_lasting_no(
    api: BuildbotApi, master: Serving, status: int
) -> None:
    """Single sign-on in front of a master sends everybody elsewhere when a session ends."""
    answer_with(master, status, headers={"Location": f"{master.url}/login"})
    with pytest.raises(Unavailable, match="sends us elsewhere"):
        await api.fetch_json("build 45", BUILD)
    assert master.paths() == [BUILD]


async def test_only_buildbots_own_words_are_a_lasting_no(api: BuildbotApi, master: Serving) -> None:
    master.missing = buildbot_no
    with pytest.raises(Refused, match="build 45 is unknown to Buildbot"):
        await api.fetch_json("build 45", BUILD)
    answer_with(master, 404, '{"error": "Invalid path: builds/x"}')
    with pytest.raises(Refused):
        await api.fetch_json("build 45", BUILD)
    answer_with(master, 400, '{"error": "unknown field"}')
    with pytest.raises(Refused, match="answers 400"):
        await api.fetch_json("build 45", BUILD)


async def test_who_is_told_to_wait_waits(
    api: BuildbotApi, master: Serving, clock: FakeClock
) -> None:
    """Nothing at all is asked meanwhile; a thousand builds that wait must not knock each."""
    answer_with(master, 429, headers={"Retry-After": "30"})
    with pytest.raises(Unavailable) as caught:
        await api.fetch_json("build 45", BUILD)
    assert caught.value.retry_after == timedelta(seconds=30)
    master.set_json("/api/v2/masters", {"masters": []})
    clock.advance(10)
    with pytest.raises(Unavailable) as caught:
        await api.fetch_json("its masters", "/api/v2/masters")
    assert caught.value.retry_after == timedelta(seconds=20)
    assert len(master.calls) == 1
    clock.advance(20)
    assert await api.fetch_json("its masters", "/api/v2/masters") == {"masters": []}
    assert api.last_error is None


async def test_a_clock_that_is_set_back_does_not_shut_us_out(
    api: BuildbotApi, master: Serving, clock: FakeClock
) -> None:
    answer_with(master, 503, headers={"Retry-After": "60"})
    with pytest.raises(Unavailable):
        await api.fetch_json("build 45", BUILD)
    clock.advance(-3600)
    master.set_json(BUILD, {"builds": []})
    assert await api.fetch_json("build 45", BUILD) == {"builds": []}


NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "99999999999999"}, 86_400),
        ({"Retry-After": "9" * 4000}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sat, 28 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Sat, 28 Nov 2026 11:00:00 GMT"}, 1),
        ({"Retry-After": "Sat, 28 Nov 2099 11:00:00 GMT"}, 86_400),
        (
            {
                "Retry-After": "Sat, 28 Nov 2026 15:00:10 GMT",
                "Date": "Sat, 28 Nov 2026 15:00:00 GMT",
            },
            10,
        ),
    ],
)
def test_the_pause_that_is_asked_for(headers: dict[str, str], seconds: int | None) -> None:
    """In both of its forms, and never longer than a day."""
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert find_retry_after(headers, NOW) == wait
