"""Media are opened for whoever subscribed by them, and mail to one person can be ended by them."""

from contextlib import AsyncExitStack

from bot.app.notice_senders import open_senders
from bot.app.settings import Settings
from bot.core.notices.subscriptions import Medium
from bot.core.notices.words import render_message
from tests.clients.serving import SwiftClock
from tests.support.mail import open_post
from tests.support.notices import make_notice

MAIL = """
[[subscriptions]]
name = "one"
mail = "one@example.org"
[[subscriptions]]
name = "list"
mail = "list@example.org"
list = true
"""
BASE = {"BUILDBOT_URL": "http://buildbot.example.org", "GITHUB_TOKEN": "a-token"}


async def test_one_reader_of_a_list_cannot_end_it_for_all() -> None:
    async with open_post() as post, AsyncExitStack() as stack:
        server = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(post.port), "SMTP_TLS": "off"}
        more = {"PUBLIC_URL": "https://watch.example.org", "UNSUBSCRIBE_SECRET": "a-secret"}
        given = {**BASE, **server, **more, "MAIL_FROM": "w@example.net", "SUBSCRIPTIONS": MAIL}
        settings = Settings.from_environ(given)
        senders = await open_senders(settings, SwiftClock(), stack)
        assert set(senders) == {Medium.MAIL}
        for subscription in settings.notices.subscriptions:
            await senders[Medium.MAIL].send(subscription, render_message([make_notice()], None))
    to_one, to_list = (mail["List-Unsubscribe"] for mail in post.mails)
    assert to_one.startswith("<https://watch.example.org/unsubscribe?to=one&token=")
    assert to_list is None
