"""An HTTP server on 127.0.0.1 that keeps a journal of its calls, obeys faults, and can be down.

Input: routes, each with a name ("op"). Output: a `url`, a `journal`, and `count(op)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.fakes.fault_injection import AFTER, BEFORE, After, Before, Fault, FaultKind, Faults

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """A refusal that the server words in its own way."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One request that arrived, and what became of it."""

    op: str
    method: str
    path: str
    query: str
    body: bytes
    status: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """One way to one thing the server can do; `op` names that in the journal and for faults."""

    method: str
    path: str
    op: str
    handler: Handler


class FakeHttpServer:
    """A server; `go_down` and `come_back` keep the port, so that `url` stays true."""

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        render_error: Callable[[ApiError], web.Response],
        before: dict[FaultKind, Before] | None = None,
        after: dict[FaultKind, After] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`clock` is what the `Date` of its answers comes from; the machine's if none is given."""
        self.journal: list[RecordedCall] = []
        self.arrived = Counter[str]()  # by op, counted before the work is done
        self._faults = Faults()
        self._routes = tuple(routes)
        self._render_error = render_error
        self._before = BEFORE | (before or {})
        self._after = AFTER | (after or {})
        self._clock_of_answers = clock
        self.skew = timedelta(0)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._ops: dict[web.AbstractRoute, str] = {}

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def count(self, op: str | None = None) -> int:
        """How many calls arrived, of one kind or at all."""
        return len(self.journal) if op is None else self.counts()[op]

    def counts(self) -> Counter[str]:
        """How many calls arrived, by op."""
        return Counter(call.op for call in self.journal)

    async def start(self) -> None:
        """Listen; on the same port again after `go_down`."""
        app = web.Application(middlewares=[self._serve], client_max_size=64 * 2**20)
        for route in self._routes:
            added = app.router.add_route(route.method, route.path, route.handler)
            self._ops[added] = route.op
        # Hanging handlers must not hold up the end of a test.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def go_down(self) -> None:
        """Refuse connections until `come_back`."""
        await self.stop()

    async def come_back(self) -> None:
        """Listen again where it did."""
        await self.start()

    def fail_next(
        self,
        kind: str,
        op: str | None = None,
        *,
        times: int = 1,
        skip: int = 0,
        status: int = 500,
        message: str = "Server Error",
        seconds: float = 60.0,
        retry_after: int | None = None,
        reset_in: int = 60,
    ) -> None:
        """Misbehave on the next call of `op`, or on any; kinds and details as in `faults.Fault`."""
        self._faults.add(
            Fault(FaultKind(kind), op, times, skip, status, message, seconds, retry_after, reset_in)
        )

    @property
    def faults_left(self) -> int:
        """How many orders to misbehave were not carried out yet."""
        return len(self._faults)

    def clear_faults(self) -> None:
        """Behave again."""
        self._faults.clear()

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        op = self._ops.get(request.match_info.route, "unknown")
        self.arrived[op] += 1
        fault = self._faults.take(op)
        body = await request.read() if request.can_read_body else b""
        answer = await self._respond(request, handler, fault)
        if self._clock_of_answers is not None:
            answer.headers["Date"] = format_datetime(
                (self._clock_of_answers() + self.skew).astimezone(UTC), usegmt=True
            )
        self.journal.append(
            RecordedCall(
                op=op,
                method=request.method,
                path=request.path,
                query=request.query_string,
                body=body,
                status=answer.status,
                fault=fault.kind if fault else None,
            )
        )
        return answer

    async def _respond(
        self, request: web.Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is not None and fault.kind in self._before:
            instead = await self._before[fault.kind](request, fault)
            if instead is not None:
                return instead
        answer = await self._work(request, handler)
        if fault is not None and fault.kind in self._after and isinstance(answer, web.Response):
            return await self._after[fault.kind](request, fault, answer)
        return answer

    async def _work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as refusal:
            return self._render_error(refusal)
        except web.HTTPException as refusal:
            return self._render_error(ApiError(refusal.status, "Not Found"))
