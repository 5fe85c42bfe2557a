"""An answer that is asked for again: its tag, nothing where nothing changed, and for whom."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.api.conditional import make_tagging

BODY = {"rows": ["a" * 2000]}


async def ask(
    path: str, method: str = "GET", headers: Mapping[str, str] | None = None, *, shares: bool = True
) -> Any:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response(BODY, status=404 if path.endswith("gone") else 200)

    app = web.Application(middlewares=[make_tagging(shares=shares)])
    app.router.add_route("*", "/{rest:.*}", handle)
    async with TestClient(TestServer(app)) as client:
        answer = await client.request(method, path, headers=headers)
        await answer.read()
        return answer


async def test_the_same_answer_has_the_same_tag_and_is_sent_once() -> None:
    first = await ask("/api/v1/x")
    tag = first.headers["ETag"]
    assert await first.json() == BODY
    assert "Content-Encoding" in first.headers
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await ask("/api/v1/x", headers={"If-None-Match": known})
        assert (again.status, await again.text()) == (304, "")
        assert again.headers["ETag"] == tag
    assert (await ask("/api/v1/x", headers={"If-None-Match": '"other"'})).status == 200


async def test_only_answers_to_readers_of_the_api_are_tagged() -> None:
    assert "ETag" not in (await ask("/page")).headers
    assert "ETag" not in (await ask("/api/v1/gone")).headers
    assert "ETag" not in (await ask("/api/v1/x", "POST")).headers


async def test_who_sends_credentials_shares_nothing_with_other_pages() -> None:
    assert (await ask("/api/v1/x")).headers["Access-Control-Allow-Origin"] == "*"
    assert (await ask("/api/v1/gone")).headers["Access-Control-Allow-Origin"] == "*"
    for name in ("Cookie", "Authorization"):
        answer = await ask("/api/v1/x", headers={name: "a=b"})
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_where_whoever_reaches_us_sees_all_other_pages_read_nothing() -> None:
    """On loopback or behind a VPN a browser reaches us for whatever page it shows."""
    answer = await ask("/api/v1/x", shares=False)
    assert answer.headers.keys().isdisjoint(
        {"Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"}
    )
    assert "ETag" in answer.headers
