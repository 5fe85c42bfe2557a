"""What both doors share: how a body is read, and how an answer is shaped.

A door checks who sends, turns the message into keys, stores them and answers; nothing else.
The answers are those of the table below, whatever comes in.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.core.errors import Malformed, Unavailable
from bot.web.webhooks.bodies import HungUp

log = logging.getLogger(__name__)

# Deeper nesting than this is no message of Buildbot's or GitHub's, but an attack on the parser.
_MISSHAPEN = (UnicodeDecodeError, ValueError, RecursionError)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def accepted(reason: str) -> web.Response:
    """202: the message is stored, or is of a kind that needs no work."""
    return web.json_response({"accepted": reason}, status=202)


def rejected(request: web.Request, status: int, reason: str) -> web.Response:
    """A 4xx or 503 on purpose, with its one log line."""
    log.warning(
        "delivery refused",
        extra={"door": request.path, "status": status, "reason": reason},
    )
    return web.json_response({"error": reason}, status=status)


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
    except HungUp as error:  # nobody is there to hear of it, and it is nobody's fault here
        log.info("delivery broken off", extra={"door": request.path, "reason": str(error)})
        return web.json_response({"error": str(error)}, status=400)
    except Malformed as error:
        return rejected(request, 400, str(error))
    except web.HTTPRequestEntityTooLarge as error:
        return rejected(request, 413, error.text or "the body is too large")
    except Unavailable as error:
        return rejected(request, 503, error.reason)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a handler failed", extra={"door": request.path})
        return web.json_response({"error": "this is a bug of ours; it was recorded"}, status=503)
