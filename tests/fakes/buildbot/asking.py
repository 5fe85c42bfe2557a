"""Asking the small Buildbot over HTTP, as a client does; and somebody to push to."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.fakes.buildbot.server import FakeBuildbot

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


DATA = os.environ.get("NIGHTSWATCH_DATA")


recorded_only = pytest.mark.skipif(not DATA, reason="NIGHTSWATCH_DATA is not set")


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


async def get(
    bb: FakeBuildbot, path: str, status: int = 200, **headers: str
) -> tuple[Any, aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{bb.url}{path}", headers=headers) as answer,
    ):
        text = await answer.text()
        assert answer.status == status, text
        return (json.loads(text) if text.startswith("{") else text), answer


def load_recorded(name: str) -> Any:
    assert DATA
    return json.loads((Path(DATA) / "data/buildbot" / name).read_text())["body"]


def shape(value: object) -> object:
    """What a value is made of: names and types, but no contents."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class Receiver:
    """Somebody to push to."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.tokens: list[str | None] = []
        self.status = 202

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.tokens.append(request.headers.get("Authorization"))
        return web.Response(status=self.status)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
