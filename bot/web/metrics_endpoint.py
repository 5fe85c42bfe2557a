"""`GET /metrics`: what Prometheus scrapes.

In: the registry of what this process measured, the store in figures, and the vitals. Out: text in
Prometheus' format. Figures of the store are the same on every instance: take `max`, not `sum`.
Source: https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Any, Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.core.errors import Unavailable
from bot.core.model import IncidentState, KeyKind, Verdict
from bot.web.health.checks import HealthReport, HealthSources, ProblemKind, examine


class KeysOfKind(Protocol):
    """The keys of one kind."""

    @property
    def kind(self) -> str:
        """Of which."""
        ...

    @property
    def count(self) -> int:
        """How many."""
        ...

    @property
    def oldest_due_at(self) -> datetime | None:
        """Since when the oldest that is due waits."""
        ...


class IncidentsOfVerdict(Protocol):
    """The incidents of one verdict and state."""

    @property
    def verdict(self) -> str:
        """Of which."""
        ...

    @property
    def state(self) -> str:
        """Of which."""
        ...

    @property
    def count(self) -> int:
        """How many."""
        ...


class FigureStore(Protocol):
    """What the scrape asks of the store."""

    async def load_keys(self) -> Sequence[KeysOfKind]:
        """The inbox by kind."""
        ...

    async def load_incidents(self) -> Sequence[IncidentsOfVerdict]:
        """Incidents by verdict and state."""
        ...


def make_metrics(
    registry: CollectorRegistry, figures: FigureStore, sources: HealthSources
) -> Callable[[web.Request], Any]:
    """All of it; without its database, what the process itself knows."""

    async def handle_metrics(_: web.Request) -> web.Response:
        report = await examine(sources)
        families = [*_describe_process(), *_describe_vitals(sources, report)]
        if report.database_error is None:
            families += await _load_families(figures, sources.clock.now())
        scrape = CollectorRegistry()
        scrape.register(_Fixed(families))
        body = generate_latest(registry) + generate_latest(scrape)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return handle_metrics


class _Fixed(Collector):
    """Families that are known already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """They."""
        yield from self._families


async def _load_families(figures: FigureStore, now: datetime) -> list[Metric]:
    try:
        keys, incidents = await figures.load_keys(), await figures.load_incidents()
    except Unavailable:
        return []
    depth = _gauge("inbox_keys", "Keys in the inbox.", ["kind"])
    age = _gauge("inbox_oldest_age_seconds", "How long the oldest due key waits.", ["kind"])
    found = _gauge("incidents", "Incidents by what we believe.", ["verdict", "state"])
    by_kind = {one.kind: one for one in keys}
    for kind in KeyKind:
        one = by_kind.get(kind)
        due = one.oldest_due_at if one else None
        depth.add_metric([kind], one.count if one else 0)
        age.add_metric([kind], max((now - due).total_seconds(), 0.0) if due else 0.0)
    counts = {(some.verdict, some.state): some.count for some in incidents}
    for verdict, state in product(Verdict, IncidentState):
        found.add_metric([verdict, state], counts.get((verdict, state), 0))
    return [depth, age, found]


def _describe_process() -> list[Metric]:
    info = _gauge("build_info", "Always 1; the version is its label.", ["version"])
    info.add_metric([__version__], 1)
    return [info]


def _describe_vitals(sources: HealthSources, report: HealthReport) -> list[Metric]:
    """Health as figures, so that an alert and `/health` never differ."""
    problems = _gauge("problems", "What /health names, by what it is about.", ["about"])
    for about in ProblemKind:
        problems.add_metric([about], sum(p.about is about for p in report.problems))
    reachable = _gauge("reachable", "1 where it answered the last time.", ["service"])
    for name, reach in sources.reaches:
        reachable.add_metric([name], float(reach.error is None))
    database = _gauge("database_up", "1 where the database answers.", [])
    database.add_metric([], float(report.database_error is None))
    families = [problems, reachable, database, *_describe_bodies(sources)]
    now = sources.clock.now()
    if report.depth is not None:  # absent, and not 0, while nobody can know
        stuck = _gauge("stuck_keys", "Keys that keep failing.", [])
        stuck.add_metric([], len(report.depth.stuck))
        families.append(stuck)
    if report.swept_at is not None:
        swept = _gauge("sweep_age_seconds", "Since the last sweep over Buildbot ended.", [])
        swept.add_metric([], max((now - report.swept_at).total_seconds(), 0.0))
        families.append(swept)
    if sources.skew.ahead is not None:
        skew = _gauge("clock_skew_seconds", "How far our clock is ahead of GitHub's.", [])
        skew.add_metric([], sources.skew.ahead.total_seconds())
        families.append(skew)
    return list(families)


def _describe_bodies(sources: HealthSources) -> list[Metric]:
    """What is held of deliveries, and what came to nothing."""
    held = _gauge("body_bytes", "Bytes of deliveries that are held now.", [])
    held.add_metric([], sources.bodies.held)
    lost = CounterMetricFamily(
        "nightswatch_bodies_lost", "Deliveries that were not read to their end.", labels=["outcome"]
    )
    lost.add_metric(["shed"], sources.bodies.shed)
    lost.add_metric(["hung_up"], sources.bodies.hung_up)
    return [held, lost]


def _gauge(name: str, help_: str, labels: Sequence[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"nightswatch_{name}", help_, labels=labels)
