"""Notices with as little in them as a test needs, and a receiver of webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.core.model import RegressionRange
from bot.core.notices.notice import NoticeFacts, NoticeKind, NoticeRecord, NoticeStatus
from bot.core.notices.subscriptions import Medium, Subscription
from tests.support.farm import Farm
from tests.support.make_stored import MOMENT

FACTS = NoticeFacts(
    kind=NoticeKind.BROKEN,
    repository="octo-org/demo",
    branch="main",
    incident="aa0001",
    tests=("test_ssl",),
    builders=("AMD64 Debian",),
    workers=("wk",),
    opened_at=MOMENT,
    range=RegressionRange("a" * 40, "b" * 40),
)

WEBHOOK = Subscription("core", Medium.WEBHOOK, "https://chat.example.org/hook")


def make_facts(kind: NoticeKind = NoticeKind.BROKEN, **changes: Any) -> NoticeFacts:
    return replace(FACTS, kind=kind, **changes)


def make_notice(
    position: int = 0,
    status: NoticeStatus = NoticeStatus.WAITING,
    facts: NoticeFacts = FACTS,
    **changes: Any,
) -> NoticeRecord:
    notice = NoticeRecord(
        subscription="core",
        repo_id=1,
        incident_id=facts.incident,
        position=position,
        status=status,
        facts=facts,
        caused_at=MOMENT,
        due_at=MOMENT,
    )
    return replace(notice, **changes)


@dataclass
class Receiver:
    """A real HTTP server that webhooks go to."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)  # of its answers
    bodies: list[bytes] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)  # headers
    after: Callable[[], Any] = lambda: None  # called when it took one, before it answers

    @property
    def kinds(self) -> list[str]:
        """What was told, in its order."""
        return [n["kind"] for body in self.bodies for n in json.loads(body)["notices"]]

    @property
    def texts(self) -> list[str]:
        return [json.loads(body)["text"] for body in self.bodies]

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.status == 200:
            self.bodies.append(body)
        self.calls.append({name.lower(): value for name, value in request.headers.items()})
        self.after()
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def make_environ(url: str, *lines: str) -> dict[str, str]:
    """Settings of a service with one subscription, called `chat`."""
    rows = ["[[subscriptions]]", 'name = "chat"', f'webhook = "{url}"', *lines]
    return {
        "SUBSCRIPTIONS": "\n".join(rows),
        "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
        "WEBHOOK_SECRET": "webhook-secret",
    }


async def subscribe(farm: Farm, url: str, *lines: str) -> dict[str, str]:
    """The service starts again, with one subscription."""
    environ = make_environ(url, *lines)
    await farm.stop_service()
    await farm.start_service(environ=environ)
    return environ


async def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """In real time; a generous wait, which a quick machine never sees the end of."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)
