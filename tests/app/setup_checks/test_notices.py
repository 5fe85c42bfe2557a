"""Doctor asks each medium that somebody subscribed by, and sends nothing."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bot.app.notice_senders import open_senders
from bot.app.settings import Settings
from bot.app.setup_checks.notices import check_notices
from bot.core.checks.result import Level
from tests.clients.serving import SwiftClock
from tests.support.mail import open_post
from tests.support.notices import open_receiver

BASE = {"BUILDBOT_URL": "http://buildbot.example.org", "GITHUB_TOKEN": "a-token"}


@dataclass
class Here:
    settings: Settings
    senders: dict[Any, Any] = field(default_factory=dict)


async def look(**environ: str) -> list[tuple[str, Level, str]]:
    settings = Settings.from_environ(BASE | environ)
    async with AsyncExitStack() as stack:
        here: Any = Here(settings, await open_senders(settings, SwiftClock(), stack))
        return [(r.check, r.level, r.words) for r in await check_notices(here)]


async def test_where_nobody_subscribed_nothing_is_asked() -> None:
    assert await look() == []


async def test_each_medium_is_asked_for_what_it_is() -> None:
    rows = '[[subscriptions]]\nname = "a"\nmail = "a@example.org"\n'
    mail = {"SMTP_TLS": "off", "SMTP_HOST": "127.0.0.1", "MAIL_FROM": "watch@example.net"}
    async with open_post() as post, open_receiver() as receiver:
        rows += f'[[subscriptions]]\nname = "b"\nwebhook = "{receiver.url}"\n'
        found = await look(
            **mail,
            SUBSCRIPTIONS=rows,
            SMTP_PORT=str(post.port),
            WEBHOOK_PRIVATE_HOSTS="127.0.0.1",
        )
        assert found == [
            ("notices by webhook", Level.OK, "1 lead where they may"),
            ("notices by mail", Level.OK, "127.0.0.1 takes mail from watch@example.net"),
        ]
        assert (post.mails, receiver.calls) == ([], [])
        wrong = await look(**mail, SUBSCRIPTIONS=rows, SMTP_PORT="1")
    assert [level for _, level, _ in wrong] == [Level.FAIL, Level.FAIL]
    assert "WEBHOOK_PRIVATE_HOSTS" in wrong[0][2]
    assert "the mail server cannot be reached" in wrong[1][2]
