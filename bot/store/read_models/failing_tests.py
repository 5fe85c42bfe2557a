"""Tests, and other places where builds fail: who showed it when, and what fails for no cause.

In: the name of a test or site. Out: the builds that showed it, its incidents; the flake ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, text

from bot.core.model import Verdict
from bot.core.ports.details import Flake, TestDetail
from bot.core.trends.builds import BuildSummary
from bot.store.engine.database import Database, shielded
from bot.store.engine.page_tables import incident_parts
from bot.store.engine.tables import builds, failures, incidents
from bot.store.read_models.build_summaries import COLUMNS, FINISHED, NEWEST, make_summary
from bot.store.read_models.incident_parts import load_incidents_by_part
from bot.store.read_models.visible import Visible, is_visible

_MOST_BUILDS = 2000

_OF_BUILD = and_(failures.c.source == builds.c.source, failures.c.buildid == builds.c.buildid)
# As the index on them has it, letter by letter: else SQLite reads every build of a quarter.
_FLAKED = text("failures.passed_on_rerun")


class FailingTests:
    """The part of `ports.DetailStore` that is about tests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def load_test_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> TestDetail | None:
        """One test, with the builds that showed it since then."""
        own = and_(failures.c.site == name, is_visible(builds, visible), FINISHED)
        shown = (
            select(*COLUMNS, failures.c.passed_on_rerun)
            .join(failures, _OF_BUILD)
            .where(own, builds.c.complete_at >= since)
            .order_by(*NEWEST)
            .limit(_MOST_BUILDS)
        )

        def load(connection: Connection) -> TestDetail:
            rows = connection.execute(shown).mappings().all()
            # Of several failures of one test in one build, one that stays counts.
            found: dict[object, BuildSummary] = {}
            for row in rows:
                summary = make_summary(row, flaked=bool(row["passed_on_rerun"]))
                before = found.get(summary.ref)
                if before is None or before.flaked:
                    found[summary.ref] = summary
            known = sorted({summary.builder for summary in found.values()})
            return TestDetail(
                name=name,
                shown_by=tuple(found.values()),
                built=_count_builds(connection, known, since, visible),
                since=since,
                incidents=tuple(load_incidents_by_part(connection, "site", name, visible)),
            )

        detail = await self._database.read_at_once(load, single=False)
        return detail if detail.shown_by or detail.incidents else None

    @shielded
    async def load_flakes(self, since: datetime, visible: Visible = None) -> Sequence[Flake]:
        """What failed for no cause since then, what did so most often first."""
        in_builds = (
            select(failures.c.site, builds.c.builder, builds.c.complete_at.label("at"))
            .join(builds, _OF_BUILD)
            .where(_FLAKED, is_visible(builds, visible))
        )
        own = and_(
            incident_parts.c.repo_id == incidents.c.repo_id,
            incident_parts.c.branch == incidents.c.branch,
            incident_parts.c.id == incidents.c.id,
        )
        judged = and_(incidents.c.verdict == Verdict.FLAKY.value, incidents.c.opened_at >= since)
        in_incidents = (
            select(incidents.c.id, incident_parts.c.kind, incident_parts.c.name)
            .add_columns(incidents.c.opened_at.label("at"))
            .join(incident_parts, own)
            .where(judged, is_visible(incidents, visible))
        )

        def load(connection: Connection) -> list[Flake]:
            rows = connection.execute(in_builds)
            recent = [row for row in rows if row.at is not None and row.at >= since]
            return _make_flakes(recent, connection.execute(in_incidents).all())

        return await self._database.read_at_once(load, single=False)


def _count_builds(
    connection: Connection, builders: Sequence[str], since: datetime, visible: Visible
) -> dict[str, int]:
    """How many builds each of these builders ended."""
    own = and_(builds.c.builder.in_(builders), builds.c.complete_at >= since)
    counted = select(builds.c.builder, func.count()).where(own, is_visible(builds, visible))
    rows = connection.execute(counted.group_by(builds.c.builder))
    return {row[0]: row[1] for row in rows}


_Rows = Sequence[Row[*tuple[Any, ...]]]


def _make_flakes(in_builds: _Rows, in_incidents: _Rows) -> list[Flake]:
    flaked: Counter[str] = Counter()
    judged: defaultdict[str, set[str]] = defaultdict(set)
    places: defaultdict[str, set[str]] = defaultdict(set)
    last: dict[str, datetime] = {}
    for site, builder, at in in_builds:
        flaked[site] += 1
        places[site].add(builder)
        last[site] = max(at, last.get(site, at))
    on: defaultdict[str, set[str]] = defaultdict(set)
    for incident_id, kind, name, _ in in_incidents:
        if kind == "builder":
            on[incident_id].add(name)
    for incident_id, kind, name, at in in_incidents:
        if kind == "site":
            judged[name].add(incident_id)
            places[name] |= on[incident_id]
            last[name] = max(at, last.get(name, at))
    flakes = [
        Flake(site, flaked[site], len(judged[site]), tuple(sorted(places[site])), at)
        for site, at in last.items()
        if site
    ]
    return sorted(flakes, key=lambda f: (-f.flaked - f.incidents, f.name))
