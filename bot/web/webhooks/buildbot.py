"""`POST /buildbot`: Buildbot's `HttpStatusPush` becomes a key.

Its messages carry no signature, so a token is asked for: as a bearer, or as the password of Basic
authentication (any user), which is what Buildbot's own `auth=` sends. They are hints only: nothing
of them but the build's id says where to look; when the build ended only shows that pushes come.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.core.model import build_key
from bot.core.payloads import BuildPush, parse_build_push
from bot.core.ports import Inbox
from bot.web.credentials import knows_token
from bot.web.webhooks.bodies import Bodies
from bot.web.webhooks.requests import accepted, parse_json, rejected


def make_handler(
    token: str | None,
    source: str,
    inbox: Inbox,
    note: Callable[[BuildPush], None] = lambda _: None,
    bodies: Bodies | None = None,
) -> Callable[[web.Request], Any]:
    """The door; without its token it is shut. `note` hears of every push that was taken."""
    bodies = bodies or Bodies()

    async def handle_buildbot(request: web.Request) -> web.Response:
        if token is None:
            return rejected(request, 503, "this door is shut: BUILDBOT_WEBHOOK_TOKEN is not set")
        if not knows_token(request.headers.get("Authorization"), token):
            return rejected(request, 401, "the token is missing or wrong")
        async with bodies.read(request) as body:
            push = parse_build_push(parse_json(b"".join(body)))
        if not push.complete:
            return accepted("a build that began; its end matters")
        await inbox.put([build_key(source, push.buildid)])
        note(push)
        return accepted("a build to look at")

    return handle_buildbot
