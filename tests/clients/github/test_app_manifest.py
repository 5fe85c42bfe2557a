"""A code becomes an App once; what GitHub says instead is told by name."""

from typing import Any

import pytest

from bot.clients.github.app_manifest import fetch_created_app
from bot.core.errors import Refused, Unavailable
from tests.clients.serving import serve
from tests.core.payloads.test_app_manifest import TOLD

PATH = "/app-manifests/a%2Fb/conversions"


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (404, {"message": "Not Found"}, Refused, "good once"),
        (422, {"message": "Validation"}, Refused, "good once"),
        (500, {}, Unavailable, "GitHub answers 500"),
        (201, {"id": "x"}, Unavailable, "GitHub's answer is broken"),
    ],
)
async def test_what_is_not_an_app_is_told(
    status: int, body: Any, error: type[Exception], words: str
) -> None:
    async with serve() as server:
        server.set_json("/app-manifests/code/conversions", body, status=status)
        with pytest.raises(error, match=words):
            await fetch_created_app(server.url, "code")


async def test_an_app_is_read_and_nobody_has_to_be_known_for_it() -> None:
    async with serve() as server:
        server.set_json("/app-manifests/code/conversions", TOLD, status=201)
        app = await fetch_created_app(server.url, "code")
    assert app.app_id == 7
    (call,) = server.calls
    assert (call.method, call.headers.get("Authorization")) == ("POST", None)


async def test_nobody_there() -> None:
    with pytest.raises(Unavailable, match="GitHub does not answer"):
        await fetch_created_app("http://127.0.0.1:1", "code")
