"""Webhooks over real HTTP: signed, sent once, and never led elsewhere."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.notices.webhook import WebhookSender, open_webhooks
from bot.core.errors import Refused, Unavailable
from bot.core.notices.words import render_message
from tests.clients.serving import SwiftClock
from tests.support.notices import WEBHOOK, Receiver, make_notice, open_receiver

SECRET = "webhook-secret"
MESSAGE = render_message([make_notice()], None)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    async with AsyncExitStack() as stack:
        own = ["127.0.0.1", "localhost"]
        yield await open_webhooks(SwiftClock(), stack, secret=SECRET, own=own)


async def send(sender: WebhookSender, url: str) -> None:
    await sender.send(replace(WEBHOOK, address=url), MESSAGE)


async def test_a_notice_arrives_signed(sender: WebhookSender, receiver: Receiver) -> None:
    await send(sender, receiver.url)
    (body,), (headers,) = receiver.bodies, receiver.calls
    told = json.loads(body)
    assert told["text"].startswith("[main] broken: test_ssl")
    assert told["notices"][0]["range"] == ["a" * 40, "b" * 40]
    stamp = headers["webhook-timestamp"]
    signed = f"{MESSAGE.id}.{stamp}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert headers["webhook-id"] == told["id"] == MESSAGE.id
    assert headers["content-type"] == "application/json"


async def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    async with AsyncExitStack() as stack:
        plain = await open_webhooks(SwiftClock(), stack, secret=None, own=["127.0.0.1"])
        await send(plain, receiver.url)
    assert "webhook-signature" not in receiver.calls[0]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(
    sender: WebhookSender, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    with pytest.raises(Refused, match="redirects are not followed"):
        await send(sender, receiver.url)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [500, 503, 408, 429])
async def test_what_is_wrong_for_now_is_tried_again(
    sender: WebhookSender, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": "90"}
    with pytest.raises(Unavailable) as raised:
        await send(sender, receiver.url)
    assert raised.value.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_a_lasting_no_is_one(sender: WebhookSender, receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(Refused, match=str(status)):
        await send(sender, receiver.url)


async def test_who_is_away_is_away_and_the_address_is_told_to_nobody(
    sender: WebhookSender,
) -> None:
    with pytest.raises(Unavailable) as raised:
        await send(sender, "http://127.0.0.1:1/secret-token-of-the-hook")
    assert "secret-token" not in raised.value.reason
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.8", "169.254.169.254", "localhost"])
async def test_a_private_address_is_not_called(receiver: Receiver, host: str) -> None:
    """Whoever writes a subscription reaches no door of our own house through us."""
    async with AsyncExitStack() as stack:
        strict = await open_webhooks(SwiftClock(), stack, secret=SECRET, own=[])
        port = receiver.url.split(":")[2].partition("/")[0]
        with pytest.raises(Refused, match="WEBHOOK_PRIVATE_HOSTS"):
            await send(strict, f"https://{host}:{port}/hook")
        with pytest.raises(Refused, match="WEBHOOK_PRIVATE_HOSTS"):
            await send(strict, f"http://{host}:{port}/hook")
    assert receiver.calls == []


async def test_the_world_is_reached_by_tls_only(receiver: Receiver) -> None:
    async with AsyncExitStack() as stack:
        strict = await open_webhooks(SwiftClock(), stack, secret=SECRET, own=[])
        with pytest.raises(Refused, match="only https"):
            await send(strict, "http://chat.example.org/hook")
