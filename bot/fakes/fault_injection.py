"""Faults on demand: what a server on loopback does wrong, how often, and with which calls.

Input: `faults.add("reset", op="post_comment")`. Output: the spoilt answer, once. "Before" kinds
strike before the work is done, "after" kinds do the work first and then lose or spoil the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

# What a proxy in front of a service sends; long enough that nobody takes it for JSON.
_PROXY_PAGE = "<!DOCTYPE html><html><head><title>502</title></head><body>Unicorn!</body></html>"


class FaultKind(StrEnum):
    """The closed set of what can go wrong."""

    STATUS = "status"
    BAD_GATEWAY = "502"
    OUT_OF_SERVICE = "503"
    PROXY = "proxy"  # what stands before a service answers for it
    RESET = "reset"
    HANG = "hang"
    LATENCY = "latency"
    SECONDARY = "secondary"
    PRIMARY = "primary"
    BAD_CREDENTIALS = "bad_credentials"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - not a password
    GRAPHQL_ERROR = "graphql_error"
    STALE = "stale"
    COMMIT_THEN_STATUS = "commit_then_status"
    COMMIT_THEN_RESET = "commit_then_reset"
    COMMIT_THEN_502 = "commit_then_502"
    COMMIT_THEN_HANG = "commit_then_hang"
    INVALID_JSON = "invalid_json"
    HTML = "html"
    EMPTY = "empty"
    CUT = "cut"
    SLOW_BODY = "slow_body"


@dataclass(slots=True)
class Fault:
    """One order to misbehave; `op` None means any call, `times` 0 means until cleared."""

    kind: FaultKind
    op: str | None = None
    times: int = 1
    skip: int = 0  # let this many matching calls through first
    status: int = 500  # for `status`, `commit_then_status`, `proxy` and `secondary`
    message: str = "Server Error"
    seconds: float = 60.0  # for `hang`, `latency` and `slow_body`
    retry_after: int | None = None  # for `proxy` and `secondary`; None: no such header
    reset_in: int = 60  # for `primary`


class Faults:
    """The orders that are still to be carried out, in the order they were given."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Carry this out on the next matching call."""
        self._orders.append(fault)

    def clear(self) -> None:
        """Behave again."""
        self._orders.clear()

    def __len__(self) -> int:
        """How many are left."""
        return len(self._orders)

    def take(self, op: str) -> Fault | None:
        """The order that this call falls under, counted down; None when all is well."""
        for fault in self._orders:
            if fault.op not in (None, op):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            self._count_down(fault)
            return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        if fault.times == 1:
            self._orders.remove(fault)
        elif fault.times > 1:
            fault.times -= 1


def abort(request: web.Request) -> web.Response:
    """Drop the connection; the response that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _answer_status(_request: web.Request, fault: Fault) -> web.Response:
    return web.json_response({"message": fault.message}, status=fault.status)


async def _answer_502(_request: web.Request, _fault: Fault) -> web.Response:
    return web.Response(status=502, text=_PROXY_PAGE, content_type="text/html")


async def _answer_503(_request: web.Request, _fault: Fault) -> web.Response:
    words = {"message": "No server is available to handle your request."}
    return web.json_response(words, status=503)


async def _answer_for_it(_request: web.Request, fault: Fault) -> web.Response:
    """A limit, a login, an error page: HTML, whatever was asked for."""
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if 300 <= fault.status < 400:
        headers["Location"] = "/oauth2/sign_in"
    page = "<html><body><h1>Please wait a moment</h1></body></html>"
    return web.Response(status=fault.status, text=page, content_type="text/html", headers=headers)


async def _reset(request: web.Request, _fault: Fault) -> web.Response:
    return abort(request)


async def _hang(request: web.Request, fault: Fault) -> web.Response:
    await asyncio.sleep(fault.seconds)
    return abort(request)


async def _be_slow(_request: web.Request, fault: Fault) -> None:
    await asyncio.sleep(fault.seconds)


Before = Callable[[web.Request, Fault], Awaitable[web.Response | None]]
"""Answers in place of the work, or returns None and lets the work be done."""

BEFORE: dict[FaultKind, Before] = {
    FaultKind.STATUS: _answer_status,
    FaultKind.BAD_GATEWAY: _answer_502,
    FaultKind.OUT_OF_SERVICE: _answer_503,
    FaultKind.PROXY: _answer_for_it,
    FaultKind.RESET: _reset,
    FaultKind.HANG: _hang,
    FaultKind.LATENCY: _be_slow,
}


async def _lose_answer(request: web.Request, _fault: Fault, _answer: web.Response) -> web.Response:
    return abort(request)


async def _replace_by_502(
    request: web.Request, fault: Fault, _answer: web.Response
) -> web.Response:
    return await _answer_502(request, fault)


async def _replace_by_status(
    request: web.Request, fault: Fault, _answer: web.Response
) -> web.Response:
    return await _answer_status(request, fault)


async def _hold_answer(request: web.Request, fault: Fault, _answer: web.Response) -> web.Response:
    return await _hang(request, fault)


async def _halve_json(_request: web.Request, _fault: Fault, answer: web.Response) -> web.Response:
    body = _bytes_of(answer)
    half = body[: max(1, len(body) // 2)]
    return web.Response(status=answer.status, body=half, content_type="application/json")


async def _replace_by_html(
    _request: web.Request, _fault: Fault, _answer: web.Response
) -> web.Response:
    return web.Response(text=_PROXY_PAGE, content_type="text/html")


async def _empty(_request: web.Request, _fault: Fault, answer: web.Response) -> web.Response:
    return web.Response(status=answer.status, content_type="application/json")


async def _cut(request: web.Request, _fault: Fault, answer: web.Response) -> web.StreamResponse:
    body = _bytes_of(answer)
    half = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    abort(request)
    return half


async def _drip(request: web.Request, fault: Fault, answer: web.Response) -> web.StreamResponse:
    """The whole answer, its second half late."""
    body = _bytes_of(answer)
    slow = web.StreamResponse(status=answer.status, headers=answer.headers.copy())
    slow.content_length = len(body)
    await slow.prepare(request)
    await slow.write(body[: len(body) // 2])
    await asyncio.sleep(fault.seconds)
    with suppress(ConnectionError):  # they may have gone meanwhile
        await slow.write(body[len(body) // 2 :])
    return slow


def _bytes_of(answer: web.Response) -> bytes:
    return bytes(answer.body) if isinstance(answer.body, bytes | bytearray) else b""


After = Callable[[web.Request, Fault, web.Response], Awaitable[web.StreamResponse]]
"""Loses or spoils the answer of work that was done."""

AFTER: dict[FaultKind, After] = {
    FaultKind.COMMIT_THEN_STATUS: _replace_by_status,
    FaultKind.COMMIT_THEN_RESET: _lose_answer,
    FaultKind.COMMIT_THEN_502: _replace_by_502,
    FaultKind.COMMIT_THEN_HANG: _hold_answer,
    FaultKind.INVALID_JSON: _halve_json,
    FaultKind.HTML: _replace_by_html,
    FaultKind.EMPTY: _empty,
    FaultKind.CUT: _cut,
    FaultKind.SLOW_BODY: _drip,
}
