"""Faults that only GitHub has: its limits, tokens that end, queries that fail, lists that lag.

Input: an order to misbehave. Output: GitHub's words for it. Source:
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.fakes.fault_injection import Before, Fault, FaultKind
from bot.fakes.github.auth import FakeTokens
from bot.fakes.github.middleware import STALE
from bot.fakes.http_server import ApiError

Render = Callable[[ApiError], web.Response]


def make_faults(
    door: FakeTokens, clock: Callable[[], datetime], render: Render
) -> dict[FaultKind, Before]:
    """The table of what strikes before the work; `render` words a refusal."""

    async def limit_secondary(_request: web.Request, fault: Fault) -> web.Response:
        status = fault.status if fault.status in (403, 429) else 403
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        words = "You have exceeded a secondary rate limit. Please wait before you try again."
        return render(ApiError(status, words, wait))

    async def limit_primary(request: web.Request, fault: Fault) -> web.Response:
        reset = int(clock().timestamp()) + fault.reset_in
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        if request.path != "/graphql":
            return render(ApiError(403, "API rate limit exceeded.", headers))
        error = {"type": "RATE_LIMITED", "message": "API rate limit already exceeded."}
        headers["X-RateLimit-Resource"] = "graphql"
        return web.json_response({"errors": [error]}, headers=headers)

    async def deny(_request: web.Request, _fault: Fault) -> web.Response:
        return render(ApiError(401, "Bad credentials"))

    async def expire_token(request: web.Request, _fault: Fault) -> None:
        door.revoke(request.headers.get("Authorization"))

    return {
        FaultKind.SECONDARY: limit_secondary,
        FaultKind.PRIMARY: limit_primary,
        FaultKind.BAD_CREDENTIALS: deny,
        FaultKind.TOKEN_EXPIRED: expire_token,
        FaultKind.GRAPHQL_ERROR: _fail_query,
        FaultKind.STALE: _make_stale,
    }


async def _fail_query(_request: web.Request, fault: Fault) -> web.Response:
    error = {"type": "INTERNAL", "message": fault.message}
    return web.json_response({"data": None, "errors": [error]})


async def _make_stale(request: web.Request, _fault: Fault) -> None:
    request[STALE] = True
