"""Answers of the API that are asked for again: an ETag, 304 where nothing changed, and CORS.

In: an answer about to be sent. Out: the same with its tag, or 304 without a body. Pages elsewhere
may read what is public on GitHub: a browser that sent a password or a session with its question
keeps the answer to our own pages, and so do all where `DASHBOARD=public` shows whatever there is to
whoever reaches us, behind a VPN or on loopback.
"""

import hashlib

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.web.credentials import sends_credentials

_API = "/api/"
_FOR_EVERYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # It may be kept, and is asked for again each time.
    "Cache-Control": "private, no-cache",
}


def make_tagging(*, shares: bool) -> Middleware:
    """Tags what `/api/` answers to a reader; with `shares`, pages elsewhere may read it."""

    @web.middleware
    async def tag_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if not request.path.startswith(_API) or request.method not in {"GET", "HEAD"}:
            return answer
        if shares and not sends_credentials(request.headers):
            answer.headers.update(_FOR_EVERYBODY)
        if isinstance(answer, web.Response) and answer.status == 200:
            return _tag(request, answer)
        return answer

    return tag_answers


def _tag(request: web.Request, answer: web.Response) -> web.Response:
    body = answer.body
    if not isinstance(body, bytes):
        return answer
    tag = hashlib.sha256(body).hexdigest()[:32]
    asked = request.if_none_match or ()
    if any(known.value in {tag, "*"} for known in asked):
        headers = {name: answer.headers[name] for name in _FOR_EVERYBODY if name in answer.headers}
        unchanged = web.Response(status=304, headers=headers)
        unchanged.etag = tag
        return unchanged
    answer.etag = tag
    answer.enable_compression()
    return answer
