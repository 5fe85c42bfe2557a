"""What both doors share: how a body is read, and how an answer is shaped.

A door checks who sends, turns the message into keys, stores them and answers; nothing else.
The answers are those of the table below, whatever comes in.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

from bot.core.errors import Malformed, Unavailable

log = logging.getLogger(__name__)

# GitHub sends up to 25 MiB: https://docs.github.com/en/webhooks/webhook-events-and-payloads
BODY_LIMIT = 25 * 1024 * 1024

# Deeper nesting than this is no message of Buildbot's or GitHub's, but an attack on the parser.
_MISSHAPEN = (UnicodeDecodeError, ValueError, RecursionError)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def taken(reason: str) -> web.Response:
    """202: the message is stored, or is of a kind that needs no work."""
    return web.json_response({"taken": reason}, status=202)


def refused(request: web.Request, status: int, reason: str) -> web.Response:
    """A 4xx or 503 on purpose, with its one log line."""
    log.warning(
        "delivery refused",
        extra={"door": request.path, "status": status, "reason": reason},
    )
    return web.json_response({"error": reason}, status=status)


async def read_body(request: web.Request) -> bytes:
    """The whole body; raises `HTTPRequestEntityTooLarge` past the limit.

    Neither sender compresses, and a small bomb unpacks to a large body: raises `Malformed`.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("compressed bodies are not taken")
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(
            max_size=BODY_LIMIT, actual_size=request.content_length or 0
        )
    try:
        return await request.read()
    except (web.RequestPayloadError, aiohttp.ClientPayloadError) as error:
        raise Malformed("the body is broken") from error


def parse_json(body: bytes) -> Any:
    """The JSON of a body in UTF-8; raises `Malformed`."""
    try:
        return json.loads(body.decode("utf-8"))
    except _MISSHAPEN as error:
        raise Malformed(f"the body is not JSON in UTF-8: {type(error).__name__}") from error


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a door raises into the answers that are promised; no other 5xx leaves."""
    try:
        return await handler(request)
    except Malformed as error:
        return refused(request, 400, str(error))
    except web.HTTPRequestEntityTooLarge:
        return refused(request, 413, f"the body is larger than {BODY_LIMIT} bytes")
    except Unavailable as error:
        return refused(request, 503, error.reason)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a handler failed", extra={"door": request.path})
        return web.json_response({"error": "this is a bug of ours; it was recorded"}, status=503)
