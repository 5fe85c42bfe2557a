"""What is measured: instruments of one process, and the wrappers that read them off its parts.

In: aiohttp sessions, a log reader, reconcile functions; they stay as they are. Out: counters and
histograms in a registry of their own, which `/metrics` renders; transactions and check-ins for
Sentry. Nothing here decides anything. No pull, sha, branch, builder or person is a label: their
number has no bound.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import product
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.app.logging_setup import trace_work
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.model import KeyKind, Reading
from bot.core.policy.comment_results import CommentOutcome, CommentResult
from bot.core.ports import Clock, Lease, LogReader, Reconcile, Result

log = logging.getLogger(__name__)

# From "at once" to half a day: a pushed build is read within seconds, and the second failure that
# a comment waits for may be hours away.
_LAG_BUCKETS = (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200)

# A build with a log of 500 MB takes some minutes; nearly all work is done within a second.
_WORK_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)

# The clock counts as off when two answers in a row say so: one may have been long on its way.
_SAMPLES = 2

# All values that a label can have; a test holds them to what happens.
_SERVICES = ("buildbot", "github")
_CALLS = ("1xx", "2xx", "3xx", "4xx", "5xx", "error")
_ENDINGS = ("done", "again", "retry", "refused", "cancelled", "bug")
_SAYINGS = ("suspected", "confirmed", "fixed", "withdrawn", "closed", "none")
_DOORS = ("github", "buildbot")
_ANSWERS = ("202", "400", "401", "413", "503")


class Metrics:
    """The instruments; one set for each application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        with_ours: dict[str, Any] = {"namespace": "nightswatch", "registry": self.registry}
        self.requests = Counter(
            "requests_total", "Calls to GitHub and Buildbot.", ["service", "outcome"], **with_ours
        )
        self.request_seconds = Histogram(
            "request_seconds",
            "How long they took.",
            ["service"],
            buckets=_WORK_BUCKETS,
            **with_ours,
        )
        self.rate_limit = Gauge(
            "rate_limit_remaining", "GitHub calls left.", ["resource"], **with_ours
        )
        self.work = Counter(
            "reconciles_total", "Keys that were worked on.", ["kind", "outcome"], **with_ours
        )
        self.work_seconds = Histogram(
            "reconcile_seconds", "How long it took.", ["kind"], buckets=_WORK_BUCKETS, **with_ours
        )
        self.log_bytes = Counter("log_bytes_total", "Bytes of logs that were read.", **with_ours)
        self.log_seconds = Histogram(
            "log_seconds",
            "How long one log took to fetch and read.",
            buckets=_WORK_BUCKETS,
            **with_ours,
        )
        self.comments = Counter(
            "comments_total", "Comments by what they say.", ["kind", "outcome"], **with_ours
        )
        self.comment_lag = Histogram(
            "comment_lag_seconds",
            "From the end of the build that settled it to the comment.",
            buckets=_LAG_BUCKETS,
            **with_ours,
        )
        self.deliveries = Counter(
            "deliveries_total", "Messages at our doors.", ["door", "status"], **with_ours
        )
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Make every series there may be: `increase()` does not see one that begins with 1.

        https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
        """
        for instrument, *labels in (
            (self.requests, _SERVICES, _CALLS),
            (self.request_seconds, _SERVICES),
            (self.work, KeyKind, _ENDINGS),
            (self.work_seconds, KeyKind),
            (self.comments, _SAYINGS, CommentOutcome),
            (self.deliveries, _DOORS, _ANSWERS),
        ):
            for values in product(*labels):
                instrument.labels(*values)


# ---------------------------------------------------------------- calls to others


class ClockSkew:
    """How far our clock is from somebody's `Date` header; to tell people, never to decide by."""

    def __init__(self) -> None:
        self._samples: deque[timedelta] = deque(maxlen=_SAMPLES)

    def note(self, date: str | None, now: datetime) -> None:
        """A `Date` header as it came; what cannot be read is left out."""
        try:
            there = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if there.tzinfo is not None:
            self._samples.append(now - there)

    @property
    def ahead(self) -> timedelta | None:
        """How far ahead ours is; the least that recent answers say, None before the first ones."""
        if len(self._samples) < _SAMPLES:
            return None
        return min(self._samples, key=abs)


def make_client_trace(
    service: str, metrics: Metrics, clock: Clock, skew: ClockSkew | None = None
) -> aiohttp.TraceConfig:
    """Counts every call of a session, and reads limits and the time off GitHub's answers."""
    trace = aiohttp.TraceConfig()

    async def begin(_session: Any, context: Any, _: aiohttp.TraceRequestStartParams) -> None:
        context.began = time.monotonic()

    async def end(_session: Any, context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        headers = params.response.headers
        _note_call(metrics, service, f"{params.response.status // 100}xx", context.began)
        if skew is not None:
            skew.note(headers.get("Date"), clock.now())
        remaining = headers.get("X-RateLimit-Remaining", "")
        if remaining.isascii() and remaining.isdigit():
            resource = headers.get("X-RateLimit-Resource", "core")
            known = resource if resource in _RESOURCES else "other"
            metrics.rate_limit.labels(known).set(int(remaining[:18]))

    async def fail(_session: Any, context: Any, _: aiohttp.TraceRequestExceptionParams) -> None:
        _note_call(metrics, service, "error", context.began)

    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return trace


# The limits that our calls fall under: https://docs.github.com/en/rest/rate-limit
_RESOURCES = frozenset({"core", "graphql"})


def _note_call(metrics: Metrics, service: str, outcome: str, began: float) -> None:
    metrics.requests.labels(service, outcome).inc()
    metrics.request_seconds.labels(service).observe(time.monotonic() - began)


# ---------------------------------------------------------------- logs


class InstrumentedLogReader:
    """A `ports.LogReader` that counts what another reads."""

    def __init__(self, reader: LogReader, metrics: Metrics) -> None:
        self._reader = reader
        self._measures = metrics

    async def read(self, chunks: AsyncIterator[bytes], *, step: str) -> Reading:
        """The reading of one log."""
        with self._measures.log_seconds.time():
            reading = await self._reader.read(chunks, step=step)
        self._measures.log_bytes.inc(reading.bytes)
        return reading


# ---------------------------------------------------------------- work


def instrument_reconcilers(
    reconcilers: Mapping[KeyKind, Reconcile], metrics: Metrics
) -> dict[KeyKind, Reconcile]:
    """The same table; how each key ended is counted, and told to Sentry."""
    return {kind: _measure(kind, work, metrics) for kind, work in reconcilers.items()}


def _measure(kind: KeyKind, work: Reconcile, metrics: Metrics) -> Reconcile:
    async def reconcile(lease: Lease) -> Result:
        outcome = "bug"
        try:
            with metrics.work_seconds.labels(kind).time(), trace_work(kind, lease.key.name):
                result = await work(lease)
            outcome = _find_outcome(result)
            if result.comment is not None:
                _count_comment(metrics, result.comment)
            return result
        except asyncio.CancelledError:  # the lease was lost, or we stop
            outcome = "cancelled"
            raise
        except Unavailable:
            outcome = "retry"
            raise
        except (Refused, UserError):
            outcome = "refused"
            raise
        finally:
            metrics.work.labels(kind, outcome).inc()

    return reconcile


def _find_outcome(result: Result) -> str:
    if result.unfinished is not None:
        return "retry"
    return "done" if result.again_at is None else "again"


def _count_comment(metrics: Metrics, comment: CommentResult) -> None:
    metrics.comments.labels(comment.kind, comment.outcome).inc()
    if comment.lag is not None:
        metrics.comment_lag.observe(comment.lag.total_seconds())


# ---------------------------------------------------------------- the service's own rooms


def count_webhooks(metrics: Metrics, doors: frozenset[str]) -> Middleware:
    """A middleware that counts the answers of the doors."""

    @web.middleware
    async def count(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        answer = await handler(request)
        if request.path in doors:
            metrics.deliveries.labels(request.path.strip("/"), str(answer.status)).inc()
        return answer

    return count
