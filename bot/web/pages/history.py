"""`GET /builders`, `/workers`, `/tests/…`, `/flakes`: how each did, and what it cost.

Read-only. Each page shows what its viewer may see; what is hidden is answered as what is not there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from bot.core.fleet.builder_record import find_tier
from bot.core.ports import Clock
from bot.core.ports.details import DetailStore, Flake, TestDetail
from bot.core.ports.search import SearchStore
from bot.core.trends.builds import (
    SHOWN_DAYS,
    BuildSummary,
    DayTally,
    Recovery,
    count_days,
    find_cost,
    find_minutes,
    find_recovery,
)
from bot.web.access import Access
from bot.web.charts import LineChart, draw_line
from bot.web.current_work import WorkMonitor
from bot.web.html import render_page
from bot.web.kept import Kept
from bot.web.pages.not_found import answer_not_found
from bot.web.pages.offsets import PAGE_SIZE, read_page

_STRIP = 60  # builds
_LISTED = 100


class HistoryStore(DetailStore, SearchStore, Protocol):
    """What is asked of the store."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a builder, a worker or a test did, ready to be drawn."""

    first: date
    last: date
    days: tuple[DayTally, ...]
    failures: LineChart
    flakes: LineChart
    minutes: LineChart
    failed: int
    told: int  # builds that tell something
    typical: float  # minutes
    cost: timedelta
    recovery: Recovery

    @property
    def rate(self) -> float:
        """Of all builds that tell something; 0 of none."""
        return self.failed / self.told if self.told else 0.0


def make_trend(builds: Sequence[BuildSummary], since: datetime, now: datetime) -> Trend:
    """From the builds that ended since then."""
    days = count_days(builds)
    first, last = since.date(), now.date()
    return Trend(
        first=first,
        last=last,
        days=days,
        failures=draw_line(days, lambda d: d.failure_rate, first, last, top=1.0),
        flakes=draw_line(days, lambda d: d.flake_rate, first, last, top=1.0),
        minutes=draw_line(days, lambda d: d.minutes or None, first, last),
        failed=sum(day.failed for day in days),
        told=sum(day.builds for day in days),
        typical=find_minutes(builds),
        cost=find_cost(builds),
        recovery=find_recovery(builds),
    )


def make_routes(
    store: HistoryStore, access: Access, clock: Clock, work: WorkMonitor
) -> list[web.RouteDef]:
    """The pages."""
    pages = _Pages(store, access, clock, work)
    return [
        web.get("/builders", pages.handle_builders),
        web.get("/builders/{name}", pages.handle_builder),
        web.get("/workers", pages.handle_workers),
        web.get("/workers/{name}", pages.handle_worker),
        web.get("/tests/{name:.+}", pages.handle_test),
        web.get("/flakes", pages.handle_flakes),
    ]


class _Pages:
    def __init__(
        self, store: HistoryStore, access: Access, clock: Clock, work: WorkMonitor
    ) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._flakes = Kept[Sequence[Flake]](clock)  # out of all builds of a quarter
        self._work = work

    def _times(self) -> tuple[datetime, datetime]:
        now = self._clock.now()
        return now - timedelta(days=SHOWN_DAYS), now

    async def handle_builders(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_builder_list(viewer.repositories)
        listed = [(builder, last, find_tier(tuple(builder.tags))) for builder, last in rows]
        return render_page(
            "builders.html", session=viewer.session, rows=listed, now=self._clock.now()
        )

    async def handle_builder(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        (since, now), name = self._times(), request.match_info["name"]
        found = await self._store.load_builder_detail(name, since, viewer.repositories)
        if found is None:
            return await answer_not_found(self._store, viewer, "builder", name)
        past = _tell_past(found.builds, since, now)
        work = await self._work.recall(viewer)
        return render_page(
            "builder.html",
            session=viewer.session,
            now=now,
            builder=found,
            work=work.pick_builders(found.names) if work else None,
            **past,
        )

    async def handle_workers(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_worker_list(viewer.repositories)
        return render_page("workers.html", session=viewer.session, rows=rows, now=self._clock.now())

    async def handle_worker(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        (since, now), name = self._times(), request.match_info["name"]
        found = await self._store.load_worker_detail(name, since, viewer.repositories)
        if found is None:
            return await answer_not_found(self._store, viewer, "worker", name)
        past = _tell_past(found.builds, since, now)
        return render_page("worker.html", session=viewer.session, now=now, worker=found, **past)

    async def handle_test(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        (since, now), name = self._times(), request.match_info["name"]
        found = await self._store.load_test_detail(name, since, viewer.repositories)
        if found is None:
            return await answer_not_found(self._store, viewer, "test", name)
        lost = (b.took for b in found.shown_by if not b.flaked)
        return render_page(
            "test.html",
            session=viewer.session,
            now=now,
            test=found,
            rows=count_builders(found),
            trend=make_trend(found.shown_by, since, now),
            cost=sum(lost, timedelta(0)),
            builds=found.shown_by[:_LISTED],
        )

    async def handle_flakes(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        page = read_page(request)
        visible = viewer.repositories
        rows = await self._flakes.recall(
            visible, lambda: self._store.load_flakes(self._times()[0], visible)
        )
        return render_page(
            "flakes.html",
            session=viewer.session,
            now=self._clock.now(),
            rows=rows[page.offset : page.offset + PAGE_SIZE],
            page=page,
            later=page.find_later(len(rows) > page.offset + PAGE_SIZE),
            days=SHOWN_DAYS,
        )


def _tell_past(builds: Sequence[BuildSummary], since: datetime, now: datetime) -> dict[str, Any]:
    """What pages of builders and workers show of their builds, which come newest first."""
    return {
        "trend": make_trend(builds, since, now),
        "last_builds": builds[:_STRIP][::-1],
        "builds": builds[:_LISTED],
    }


def count_builders(test: TestDetail) -> list[tuple[str, int, int, int]]:
    """Builder, builds that failed, builds that flaked, all builds; who failed most comes first."""
    failed = Counter(b.builder for b in test.shown_by if not b.flaked)
    flaked = Counter(b.builder for b in test.shown_by if b.flaked)
    names = sorted({*failed, *flaked}, key=lambda name: (-failed[name] - flaked[name], name))
    return [(name, failed[name], flaked[name], test.built.get(name, 0)) for name in names]
