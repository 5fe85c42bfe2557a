"""All that a report of some days is made of, read at once.

In: since when, and which repositories are shown. Out: `WeekFacts`; read only. Builds are counted by
the database, so that a busy month is some hundred rows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, null, or_, select, text, tuple_

from bot.core.model import BuildRef, Commit, Incident, IncidentState, Repository, Verdict
from bot.core.model.build_results import Result
from bot.core.ports import Clock
from bot.core.ports.reports import FLAKE_WEEKS, Flaked, ResultCount, WeekFacts
from bot.store.builders import SqlBuilders
from bot.store.engine.database import Database, chunks, shielded
from bot.store.engine.tables import (
    builds,
    commits,
    failures,
    incidents,
    repositories,
    said,
    speech,
)
from bot.store.engine.tracker_tables import tracked_incidents
from bot.store.incidents import IS_OF_COMMENT
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.advice_facts import AdviceFactsPages
from bot.store.read_models.build_summaries import FINISHED
from bot.store.read_models.fleet_pages import FleetPages
from bot.store.read_models.visible import REPOSITORY, Visible, is_visible, make_repository
from bot.store.row_mapping import parse_commit
from bot.store.tracker import select_known_issues

_MOST_INCIDENTS = 2000
_MOST_REDS = 2000
_OF_BUILD = and_(failures.c.source == builds.c.source, failures.c.buildid == builds.c.buildid)
_FLAKED = text("failures.passed_on_rerun")  # letter by letter as the index has it


class WeekFactsPages:
    """Implements `ports.reports.ReportStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._builders = SqlBuilders(database, clock)
        self._fleet = FleetPages(database, clock)
        self._advice = AdviceFactsPages(database, clock)

    @shielded
    async def load_week(self, since: datetime, now: datetime, visible: Visible = None) -> WeekFacts:
        """All at once, as of one moment."""
        first = min(since, now - timedelta(days=7 * FLAKE_WEEKS))
        remembered = await self._builders.load_builders()
        fleets = await self._fleet.load_fleet(visible)
        advice = await self._advice.load_advice_facts(now, visible)

        def load(connection: Connection) -> WeekFacts:
            found = _load_incidents(connection, since, visible)
            counts = _count_results(connection, since, visible)
            built = {one.builder for one in counts}
            built |= {b.builder for fleet in fleets for b in fleet.builders}
            return WeekFacts(
                since=since,
                fleets=fleets,
                incidents=found,
                builders=[b for b in remembered if visible is None or b.name in built],
                counts=counts,
                flaked=_load_flaked(connection, first, visible),
                flaky_began=_load_flaky(connection, first, visible),
                took=_load_times(connection, found, since),
                commits=_load_fixes(connection, found),
                told=_load_told(connection, found),
                issues=_load_issues(connection, found),
                advice=advice,
            )

        return await self._database.read_at_once(load, single=False)


_Incidents = Sequence[tuple[Repository, Incident]]


def _load_incidents(connection: Connection, since: datetime, visible: Visible) -> _Incidents:
    """Those that were open at some time since then, newest first."""
    wanted = or_(
        incidents.c.opened_at >= since,
        incidents.c.closed_at >= since,
        incidents.c.state == IncidentState.OPEN.value,
    )
    found = (
        select(*REPOSITORY, incidents.c.document)
        .join(repositories, repositories.c.repo_id == incidents.c.repo_id)
        .where(wanted, is_visible(incidents, visible))
        .order_by(incidents.c.opened_at.desc(), incidents.c.id)
        .limit(_MOST_INCIDENTS)
    )
    rows = connection.execute(found)
    return [(make_repository(row), parse_incident_document(row.document)) for row in rows]


def _load_told(connection: Connection, found: _Incidents) -> frozenset[tuple[int, str, int]]:
    """Where a comment of ours names a pull: not in a dry run, nor of what is only believed."""
    told: set[tuple[int, str, int]] = set()
    for some in chunks(sorted({incident.id for _, incident in found if incident.pull})):
        rows = connection.execute(
            select(said.c.repo_id, said.c.incident_id, said.c.number)
            .join(speech, IS_OF_COMMENT)
            .where(said.c.incident_id.in_(some), speech.c.comment_id.is_not(None))
        )
        told |= {(row.repo_id, row.incident_id, row.number) for row in rows}
    return frozenset(told)


def _load_issues(connection: Connection, found: _Incidents) -> dict[tuple[int, str], str]:
    """The issues that tell of them."""
    issues: dict[tuple[int, str], str] = {}
    for some in chunks(sorted({incident.id for _, incident in found})):
        own = tracked_incidents.c.incident_id.in_(some)
        rows = select_known_issues(connection, own)
        issues |= {(repo_id, incident): issue.place for repo_id, incident, issue in rows}
    return issues


def _count_results(
    connection: Connection, since: datetime, visible: Visible
) -> Sequence[ResultCount]:
    wanted = and_(FINISHED, builds.c.complete_at >= since, is_visible(builds, visible))
    counted = select(builds.c.builder, builds.c.result, func.count()).where(wanted)
    rows = connection.execute(counted.group_by(builds.c.builder, builds.c.result))
    return [ResultCount(builder, Result(result), count) for builder, result, count in rows]


def _load_flaked(connection: Connection, first: datetime, visible: Visible) -> Sequence[Flaked]:
    """A test that flaked twice in one build flaked once."""
    found = (
        select(failures.c.site, builds.c.builder, builds.c.complete_at.label("at"))
        .add_columns(builds.c.source, builds.c.buildid)
        .join(builds, _OF_BUILD)
        .where(_FLAKED, is_visible(builds, visible))
        .distinct()
    )
    rows: Sequence[Row[*tuple[Any, ...]]] = connection.execute(found).all()
    return [
        Flaked(row.site, row.builder, row.at)
        for row in rows
        if row.site and row.at is not None and row.at >= first
    ]


def _load_flaky(connection: Connection, first: datetime, visible: Visible) -> Sequence[datetime]:
    judged = and_(incidents.c.verdict == Verdict.FLAKY.value, incidents.c.opened_at >= first)
    found = select(incidents.c.opened_at).where(judged, is_visible(incidents, visible))
    return list(connection.scalars(found))


def _load_times(
    connection: Connection, found: _Incidents, since: datetime
) -> dict[BuildRef, timedelta]:
    """How long the red builds of the flaky incidents ran."""
    refs = {
        ref
        for _, incident in found
        if incident.verdict is Verdict.FLAKY and incident.opened_at >= since
        for ref in incident.red_builds
    }
    wanted = _choose_builds(sorted(refs)[:_MOST_REDS])
    own = (builds.c.source, builds.c.buildid, builds.c.started_at, builds.c.complete_at)
    rows = connection.execute(select(*own).where(wanted, FINISHED))
    return {
        BuildRef(source, buildid): max(end - start, timedelta(0))
        for source, buildid, start, end in rows
    }


def _choose_builds(refs: Collection[BuildRef]) -> Any:
    return tuple_(builds.c.source, builds.c.buildid).in_([tuple(ref) for ref in refs])


def _load_fixes(connection: Connection, found: _Incidents) -> dict[tuple[int, str], Commit]:
    """The commits that mended something, on whatever branch they lie."""
    wanted = sorted({(r.repo_id, i.fix.sha) for r, i in found if i.fix and i.fix.sha})
    own = tuple_(commits.c.repo_id, commits.c.sha).in_(wanted)
    rows = connection.execute(select(commits, null().label("paths")).where(own)).mappings()
    return {(row["repo_id"], row["sha"]): parse_commit(row) for row in rows}
