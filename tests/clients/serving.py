"""A real HTTP server on loopback that answers as a test tells it, and a clock that never waits."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SwiftClock:
    """The real time, moved on by whatever is slept."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.offset += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Call:
    """One request that arrived."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: Any


@dataclass
class Serving:
    """Answers by path; the last one set holds, and what is not set is a 404."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    missing: Answer = field(default_factory=lambda: _not_found)

    def set(self, path: str, answer: Answer) -> None:
        self.answers[path] = answer

    def set_json(
        self, path: str, body: Any, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status, headers=headers)

        self.set(path, answer)

    def set_fault(self, path: str, kind: str) -> None:
        self.set(path, FAULTS[kind])

    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.calls.append(
            Call(
                request.method,
                request.path,
                tuple(request.query.items()),
                {name.lower(): value for name, value in request.headers.items()},
                json.loads(body) if body else None,
            )
        )
        answer = self.answers.get(f"{request.method} {request.path}")
        answer = answer or self.answers.get(request.path) or self.missing
        return await answer(request)


async def _not_found(_: web.Request) -> web.StreamResponse:
    return web.json_response({"message": "Not Found", "error": "not found"}, status=404)


async def buildbot_no(request: web.Request) -> web.StreamResponse:
    """Buildbot's own 404, which it types as text."""
    path = request.path.removeprefix("/api/v2")
    words = f"not found while getting from endpoint for {path} with arguments and {{}}"
    return web.Response(text=json.dumps({"error": words}), status=404, content_type="text/plain")


async def _drop(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _drop_midway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(b'{"a":')
    return await _drop(request)


def _text(text: str, content_type: str = "application/json", status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type=content_type, status=status)

    return answer


FAULTS: dict[str, Answer] = {
    "500": _text('{"message": "Server Error"}', status=500),
    "502 page": _text("<html>Unicorn!</html>", "text/html", 502),
    "dropped": _drop,
    "dropped midway": _drop_midway,
    "broken JSON": _text('{"a": '),
    "HTML for JSON": _text("<html>Unicorn!</html>", "text/html"),
    "empty": _text(""),
    "null": _text("null"),
    "a list": _text("[[1]]"),
    "deep nesting": _text("[" * 100_000 + "]" * 100_000),
    "a huge number": _text("[" + "9" * 5000 + "]"),
}


@asynccontextmanager
async def serve() -> AsyncIterator[Serving]:
    """A server for one test."""
    serving = Serving()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{tail:.*}", serving.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    serving.url = f"http://{host}:{port}"
    try:
        yield serving
    finally:
        await runner.cleanup()
