"""Stories of messages on their way: receivers that are away, that refuse, and restarts."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.notices.notice import NoticeStatus, sending_key
from tests.support.farm import Farm
from tests.support.mail import open_post
from tests.support.notices import Receiver, open_receiver, subscribe

DEBIAN = "AMD64 Debian"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def test_mail_about_an_incident_is_one_thread(farm: Farm) -> None:
    async with open_post() as post:
        environ = {
            "SUBSCRIPTIONS": '[[subscriptions]]\nname = "list"\nmail = "status@example.org"',
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(post.port),
            "SMTP_TLS": "off",
            "MAIL_FROM": "watch@example.net",
        }
        await farm.stop_service()
        await farm.start_service(environ=environ)
        await farm.break_builder()
        await farm.skip(130)
        for number in (103, 104):
            await farm.green(DEBIAN, at=await farm.merge(number))
        await farm.skip(130)
        broken, fixed = post.mails
        assert "broken: test.test_ssl" in broken["Subject"]
        assert "fixed: test.test_ssl" in fixed["Subject"]
        assert broken["References"] == fixed["References"]


async def test_a_receiver_that_is_down_gets_it_when_it_is_back_once(
    farm: Farm, receiver: Receiver
) -> None:
    await subscribe(farm, receiver.url)
    receiver.status = 503
    await farm.break_builder()
    await farm.wait(600)
    assert receiver.bodies == []
    assert (await farm.store.views.load_outbox()).late_reason == "chat: the webhook answered 503"
    assert (await farm.get("/health"))["outbox"] == {"waiting": 1, "failed": 0}
    receiver.status = 200
    await farm.wait(900)
    assert len(receiver.bodies) == 1
    assert (await farm.store.views.load_outbox()).waiting == 0


async def test_a_receiver_that_says_no_is_not_asked_again(farm: Farm, receiver: Receiver) -> None:
    await subscribe(farm, receiver.url)
    receiver.status = 410
    await farm.break_builder()
    await farm.wait(1200)
    assert len(receiver.calls) == 1
    assert (await farm.store.views.load_outbox()).failed == 1
    words = " ".join(check["words"] for check in (await farm.get("/health"))["checks"])
    assert "the webhook answered 410" in words
    assert "chat.example.org" not in words


async def test_a_restart_tells_nothing_again(farm: Farm, receiver: Receiver) -> None:
    environ = await subscribe(farm, receiver.url)
    await farm.break_builder()
    await farm.skip(130)
    for _ in range(2):
        await farm.stop_service()
        await farm.start_service(environ=environ)
    await farm.skip(130)
    assert len(receiver.bodies) == 1
    # Killed between the answer and its record: in this window alone it comes again, and is known.
    ((repo_id, incident),) = await farm.store.notices.load_open_incidents()
    stored = await farm.store.notices.load_notices(repo_id, incident.id)
    (sent,) = [notice for notice in stored if notice.status is NoticeStatus.SENT]
    killed = replace(sent, status=NoticeStatus.SENDING, sent_at=None)
    await farm.store.notices.save_notices([killed])
    await farm.store.inbox.put([sending_key("chat")])
    await farm.wait(10)
    first, second = receiver.calls
    assert first["webhook-id"] == second["webhook-id"]


async def test_what_was_stored_before_a_stop_is_sent_after_it(
    farm: Farm, receiver: Receiver
) -> None:
    environ = await subscribe(farm, receiver.url)
    await farm.break_builder()
    await farm.stop_service()
    assert receiver.bodies == []
    await farm.start_service(environ=environ)
    await farm.skip(130)
    assert len(receiver.bodies) == 1
