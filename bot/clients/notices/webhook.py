"""Notices as signed JSON, by the rules of https://www.standardwebhooks.com: what Zulip, Matrix
bridges, Slack-like doors and people's own programs take.

In: a subscription's address and a message. Out: taken (2xx), `Unavailable` to be tried again, or
`Refused` for good. No redirect is followed: a POST that a 302 turns into a GET would count as sent.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import aiohttp

from bot import __version__
from bot.clients.http_responses import describe, find_retry_after
from bot.clients.notices.public_addresses import PublicResolver, check_host
from bot.core.errors import Refused, Unavailable
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage
from bot.core.ports import Clock

_TIMEOUT = aiohttp.ClientTimeout(total=15)

# By https://www.rfc-editor.org/rfc/rfc9110: not now, or not so much; all others below 500 are a no.
_LATER = frozenset({408, 423, 425, 429})


class WebhookSender:
    """Implements `ports.NoticeSender`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        resolver: PublicResolver,
        *,
        secret: str | None,
        own: Collection[str],
    ) -> None:
        self._session = session
        self._clock = clock
        self._secret = secret
        self._resolver = resolver
        self._own = frozenset(host.lower() for host in own)

    async def check(self, subscriptions: Sequence[Subscription]) -> str:
        """That they lead somewhere they may; nothing is sent to try them."""
        for subscription in subscriptions:
            host = self._check_address(subscription)
            try:
                await self._resolver.resolve(host)
            except OSError:
                raise Unavailable(
                    f"{subscription.name}: nobody knows the name of its host"
                ) from None
        return f"{len(subscriptions)} lead where they may"

    def _check_address(self, subscription: Subscription) -> str:
        """The host; raises `Refused` where nothing is to be sent there."""
        parts = urlsplit(subscription.address)
        host = parts.hostname or ""
        check_host(host, self._own)
        if parts.scheme != "https" and host not in self._own:
            raise Refused("only https is used, but for hosts that WEBHOOK_PRIVATE_HOSTS names")
        return host

    async def send(self, subscription: Subscription, message: NoticeMessage) -> None:
        """POST it once; the receiver knows it by `webhook-id` where it comes again."""
        self._check_address(subscription)
        body = message.payload.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"nightswatch/{__version__}",
            **make_signature(message.id, int(self._clock.now().timestamp()), body, self._secret),
        }
        try:
            async with self._session.post(
                subscription.address,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=_TIMEOUT,
            ) as response:
                self._judge(response)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # Its own text holds the address, which is a secret.
            raise Unavailable(f"the webhook does not answer: {describe(error)}") from None

    def _judge(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if 200 <= status < 300:
            return
        words = f"the webhook answered {status}"
        if status >= 500 or status in _LATER:
            raise Unavailable(words, find_retry_after(response.headers, self._clock.now()))
        if 300 <= status < 400:
            words += ": redirects are not followed"
        raise Refused(words, status)


def make_signature(
    message_id: str, seconds: int, body: bytes, secret: str | None
) -> dict[str, str]:
    """The headers; without a secret nothing is signed.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    headers = {"webhook-id": message_id, "webhook-timestamp": str(seconds)}
    if secret is not None:
        signed = f"{message_id}.{seconds}.".encode() + body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


async def open_webhooks(
    clock: Clock, stack: AsyncExitStack, *, secret: str | None, own: Collection[str]
) -> WebhookSender:
    """With a session of its own, closed with the stack; it keeps no cookie and knows no proxy."""
    resolver = PublicResolver(own)
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    stack.push_async_callback(session.close)
    return WebhookSender(session, clock, resolver, secret=secret, own=own)
