"""`POST /buildbot`: Buildbot's `HttpStatusPush` becomes a key.

Its messages carry no signature, so a bearer token is asked for; they are hints only. Nothing of
them but the build's id says where to look; when the build ended only shows that pushes come.
"""

import hmac
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.core.model import build_key
from bot.core.payloads import BuildPush, parse_build_push
from bot.ports import Inbox
from bot.web.doors import parse_json, read_body, refused, taken


def make_handler(
    token: str | None,
    source: str,
    inbox: Inbox,
    note: Callable[[BuildPush], None] = lambda _: None,
) -> Callable[[web.Request], Any]:
    """The door; without its token it is shut. `note` hears of every push that was taken."""

    async def handle_buildbot(request: web.Request) -> web.Response:
        if token is None:
            return refused(request, 503, "this door is shut: BUILDBOT_WEBHOOK_TOKEN is not set")
        if not is_authorized(request.headers.get("Authorization"), token):
            return refused(request, 401, "the bearer token is missing or wrong")
        push = parse_build_push(parse_json(await read_body(request)))
        if not push.complete:
            return taken("a build that began; its end matters")
        await inbox.put([build_key(source, push.buildid)])
        note(push)
        return taken("a build to look at")

    return handle_buildbot


def is_authorized(header: str | None, token: str) -> bool:
    """True for `Authorization: Bearer <token>`; compared in constant time."""
    return header is not None and hmac.compare_digest(
        header.encode("utf-8", "replace"), f"Bearer {token}".encode()
    )
