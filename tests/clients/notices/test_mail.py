"""Mail over a real server: threaded, unsubscribed with one click, and no password in clear."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clients.notices.mail import MailSender, MailServer
from bot.core.errors import Refused, Unavailable
from bot.core.notices.notice import NoticeKind
from bot.core.notices.subscriptions import Medium, Subscription
from bot.core.notices.words import render_message
from tests.clients.serving import SwiftClock
from tests.support.certificates import make_contexts
from tests.support.mail import PASSWORD, USER, Post, open_post
from tests.support.notices import make_facts, make_notice

TO = Subscription("core", Medium.MAIL, "status@example.org")
SERVER = MailServer("127.0.0.1", 25, "off", "watch@example.net")
WAY_OUT = "https://watch.example.org/unsubscribe?to=core&token=abc"


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with open_post() as opened:
        yield opened


def make_sender(post: Post, way_out: str | None = WAY_OUT, **changes: Any) -> MailSender:
    context = changes.pop("context", None)
    server = replace(SERVER, port=post.port, **changes)
    return MailSender(
        server, SwiftClock(), lambda _: way_out, tls_context=context, step_seconds=5.0
    )


async def send(sender: MailSender, *kinds: NoticeKind, **facts: Any) -> None:
    for position, kind in enumerate(kinds or (NoticeKind.BROKEN,)):
        notice = make_notice(position, facts=make_facts(kind, **facts))
        await sender.send(TO, render_message([notice], None))


async def test_a_mail_is_plain_and_says_what_it_is(post: Post) -> None:
    await send(make_sender(post))
    (mail,) = post.mails
    assert post.recipients == ["status@example.org"]
    assert mail["Subject"] == (
        "[main] broken: test_ssl on AMD64 Debian, since 2026-03-02 11:00 UTC"
    )
    assert mail.get_content_type() == "text/plain"
    assert "First red commit: bbbbbbbbbbbb" in mail.get_content()
    assert mail["List-Id"].endswith("<core.nightswatch.example.net>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None


async def test_all_mails_of_an_incident_stand_in_one_thread(post: Post) -> None:
    sender = make_sender(post)
    await send(sender, NoticeKind.BROKEN, NoticeKind.FIXED)
    await send(sender, incident="bb0002")
    first, second, other = post.mails
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert first["References"] != other["References"]
    ids = {mail["Message-ID"] for mail in post.mails}
    assert len(ids) == 3
    assert all(one.endswith("@example.net>") for one in ids)


async def test_a_retry_is_the_same_mail(post: Post) -> None:
    sender = make_sender(post)
    await send(sender)
    await send(sender)
    assert len({mail["Message-ID"] for mail in post.mails}) == 1


async def test_one_click_ends_a_subscription(post: Post) -> None:
    await send(make_sender(post))
    await send(make_sender(post, way_out=None))
    with_it, without = post.mails
    assert with_it["List-Unsubscribe"] == f"<{WAY_OUT}>"
    assert with_it["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert WAY_OUT in with_it.get_content()
    assert without["List-Unsubscribe"] is None


async def test_a_name_of_a_test_forges_no_header(post: Post) -> None:
    hostile = "t\r\nBcc: everybody@example.org\r\n\r\nHello"
    await send(make_sender(post), tests=(hostile,), builders=(hostile,), branch=hostile)
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert post.recipients == ["status@example.org"]
    assert "Bcc: everybody" in mail["Subject"], "it is shown, in the line where it stands"


async def test_the_password_goes_over_tls(tmp_path: Path) -> None:
    served, believed = make_contexts(tmp_path)
    login = {"tls": "starttls", "username": USER, "password": PASSWORD}
    async with open_post(served) as post:
        sender = make_sender(post, context=believed, **login)
        assert await sender.check([]) == "127.0.0.1 takes mail from watch@example.net"
        await send(sender)
        assert (len(post.mails), set(post.logins)) == (1, {USER.encode()})
        wrong = make_sender(post, context=believed, **{**login, "password": "guessed"})
        with pytest.raises(Unavailable, match="does not take our login"):
            await send(wrong)
        stranger = make_sender(post, **login)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await send(stranger)
        assert len(post.mails) == 1


async def test_a_server_without_tls_never_sees_a_password(post: Post) -> None:
    sender = make_sender(post, tls="starttls", username=USER, password=PASSWORD)
    with pytest.raises(Unavailable, match="offers no STARTTLS"):
        await send(sender)
    assert (post.logins, post.mails) == ([], [])


async def test_tls_from_the_first_byte_shows_the_password_to_whom_it_believes(
    tmp_path: Path,
) -> None:
    """As on port 465: nothing is said before the certificate is good, and is this host's."""
    served, believed = make_contexts(tmp_path)
    login = {"tls": "tls", "username": USER, "password": PASSWORD}
    async with open_post(served, from_first_byte=True) as post:
        await send(make_sender(post, context=believed, **login))
        assert (len(post.mails), set(post.logins)) == (1, {USER.encode()})
        with pytest.raises(Unavailable, match="cannot be reached: its certificate is not good"):
            await send(make_sender(post, **login))
    elsewhere, believed = make_contexts(tmp_path, "mail.example.org", "192.0.2.1")
    async with open_post(elsewhere, from_first_byte=True) as post:
        with pytest.raises(Unavailable, match="cannot be reached: its certificate is not good"):
            await send(make_sender(post, context=believed, **login))
        assert (post.logins, post.mails) == ([], [])


async def test_a_server_that_speaks_no_tls_where_it_should_hears_no_password() -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        while data := await reader.read(1000):
            heard.extend(data)
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        post = Post(port=server.sockets[0].getsockname()[1])
        with pytest.raises(Unavailable):
            await send(make_sender(post, tls="tls", username=USER, password=PASSWORD))
    assert heard.startswith(b"\x16\x03"), "a hello of TLS, and nothing of SMTP"
    assert PASSWORD.encode() not in heard


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 no such user", Refused),
        ("RCPT", "450 try later", Unavailable),
        ("MAIL", "553 not from you", Refused),
        ("DATA", "554 spam", Refused),
        ("DATA", "451 try later", Unavailable),
    ],
)
async def test_a_no_is_for_good_or_for_now(
    post: Post, command: str, answer: str, error: type[Exception]
) -> None:
    post.answers[command] = answer
    with pytest.raises(error, match=answer[:3]) as raised:
        await send(make_sender(post))
    assert "status@example.org" not in str(raised.value)


async def test_a_server_that_is_silent_is_given_up() -> None:
    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(be_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    silent = MailSender(replace(SERVER, port=port), SwiftClock(), lambda _: None, step_seconds=0.2)
    with pytest.raises(Unavailable, match="does not answer in time"):
        await send(silent)
    server.close()


async def test_nobody_there_is_away() -> None:
    sender = MailSender(replace(SERVER, port=1), SwiftClock(), lambda _: None)
    with pytest.raises(Unavailable, match=r"cannot be reached: no connection|the connection broke"):
        await send(sender)
