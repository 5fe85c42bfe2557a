"""`/unsubscribe`: one click in a mail program, or two by hand, and a subscription is over.

In: the name of a subscription, and a token that only its mails hold. Out: no more mail. A `GET`
changes nothing, for scanners of mail follow links; the `POST` is that of RFC 8058.
"""

import hashlib
import hmac
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import web

from bot.core.notices.subscriptions import Subscription
from bot.web.html import render_page

PATH = "/unsubscribe"
_LONGEST = 200


class SubscriptionStore(Protocol):
    """What is asked of the store."""

    async def stop_subscription(self, name: str) -> None:
        """Nothing more is sent to it."""
        ...


def make_way_out(subscription: Subscription, secret: str, public_url: str) -> str:
    """The address that ends a subscription."""
    asked = {"to": subscription.name, "token": make_token(subscription.name, secret)}
    return f"{public_url.rstrip('/')}{PATH}?{urlencode(asked)}"


def make_token(name: str, secret: str) -> str:
    """Nobody makes it without the secret."""
    return hmac.new(secret.encode(), b"unsubscribe " + name.encode(), hashlib.sha256).hexdigest()


def make_routes(store: SubscriptionStore, secret: str | None) -> list[web.RouteDef]:
    """Both ways; without a secret nobody's token is right."""

    def find_name(request: web.Request) -> str | None:
        name = request.query.get("to", "")[:_LONGEST]
        token = request.query.get("token", "")[:_LONGEST].encode("utf-8", "replace")
        right = make_token(name, secret).encode() if secret and name.isascii() else b""
        return name if right and hmac.compare_digest(token, right) else None

    async def handle_look(request: web.Request) -> web.Response:
        name = find_name(request)
        status = 200 if name else 403
        return render_page("unsubscribe.html", status=status, name=name, done=False)

    async def handle_stop(request: web.Request) -> web.Response:
        name = find_name(request)
        if name is not None:
            await store.stop_subscription(name)
        status = 200 if name else 403
        return render_page("unsubscribe.html", status=status, name=name, done=True)

    return [web.get(PATH, handle_look), web.post(PATH, handle_stop)]
