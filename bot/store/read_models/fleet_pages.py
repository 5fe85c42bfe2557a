"""Branches as the front page looks at them: the latest builds of each builder, open incidents.

In: which repositories are shown. Out: rows; read only. Builders are found one after the other in
an index, so that what it takes grows with builders, not with builds.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    func,
    literal,
    not_,
    null,
    select,
)

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.model import BuildRef, Commit, Incident, IncidentState, KeyKind, Repository
from bot.core.model.build_results import Result
from bot.core.model.keys import PULL_REFS
from bot.core.ports import BranchFleet, Clock, SaidOf
from bot.store.commits import is_branch
from bot.store.engine.column_types import UtcDateTime
from bot.store.engine.database import Database
from bot.store.engine.request_tables import requests
from bot.store.engine.tables import (
    actions,
    branches,
    builders,
    builds,
    commits,
    inbox,
    incidents,
    repositories,
    said,
    speech,
)
from bot.store.incidents import IS_OF_COMMENT
from bot.store.json_documents import parse_incident_document, parse_words
from bot.store.read_models.visible import REPOSITORY, Visible, is_visible, make_repository
from bot.store.row_mapping import parse_commit

_LATEST = 12
"""Builds of each builder on a branch: more than a strip on a phone holds."""

_MOST_BRANCHES = 40
_LATEST_REQUESTS = 20
_MOST_OPEN = 200

_LONG_AGO = literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime)
BUILD_COLUMNS = (
    builds.c.source,
    builds.c.buildid,
    builds.c.number,
    builds.c.builder,
    builds.c.worker,
    builds.c.revision,
    builds.c.result,
    builds.c.started_at,
    builds.c.complete_at,
    builds.c.tags,
    builds.c.stable,
    builds.c.url,
)


class FleetPages:
    """Implements `ports.FleetStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load_fleet(self, visible: Visible = None) -> Sequence[BranchFleet]:
        """Each branch that is built, with its builders; the repository's default branch first."""

        def load(connection: Connection) -> list[BranchFleet]:
            gone = load_gone(connection)
            rows = connection.execute(BRANCHES.where(is_visible(branches, visible))).all()
            found = []
            for row in rows:
                records = load_records(connection, row.repo_id, row.branch, gone)
                if records:
                    found.append(BranchFleet(make_repository(row), row.branch, records))
            return found

        found = await self._database.read_at_once(load, single=False)
        return sorted(found, key=lambda f: (f.repository.full_name, not f.is_default, f.branch))

    async def load_open_incidents(
        self, visible: Visible = None
    ) -> Sequence[tuple[Repository, Incident]]:
        """What is broken now, the newest first; a bounded number."""
        found = (
            select(*REPOSITORY, incidents.c.document)
            .join(repositories, repositories.c.repo_id == incidents.c.repo_id)
            .where(incidents.c.state == IncidentState.OPEN.value, is_visible(incidents, visible))
            .order_by(incidents.c.opened_at.desc(), incidents.c.id)
            .limit(_MOST_OPEN)
        )
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return [(make_repository(row), parse_incident_document(row.document)) for row in rows]

    async def load_tagged_builders(self, tag: str) -> Collection[str]:
        """The names of the builders that have a tag."""
        found = select(builders.c.name, builders.c.tags)
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return {row.name for row in rows if tag in parse_words(row.tags)}

    async def load_said_of(self, incident_ids: Collection[str]) -> Sequence[SaidOf]:
        """What was said of these incidents and stands now, in order of time."""
        found = (
            select(
                said.c.incident_id, said.c.repo_id, said.c.number, said.c.verdict, said.c.at,
                speech.c.comment_id,
            )
            .join(speech, IS_OF_COMMENT)
            .where(said.c.incident_id.in_(sorted(incident_ids)))
            .order_by(said.c.at, said.c.number)
        )  # fmt: skip
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return [SaidOf(**row._mapping) for row in rows]

    async def load_named_commits(self, repo_id: int, shas: Collection[str]) -> dict[str, Commit]:
        """These commits, on whatever branch they lie."""
        found = select(commits, null().label("paths")).where(
            commits.c.repo_id == repo_id, commits.c.sha.in_(sorted(shas))
        )
        rows = await self._database.read_at_once(
            lambda c: c.execute(found).mappings().all(), single=True
        )
        return {row["sha"]: parse_commit(row) for row in rows}

    async def load_pulse(self) -> str:
        """Another text whenever a page would show something else; cheap to ask for."""
        raised = (branches.c.version, branches.c.line_version, branches.c.incidents_version)
        wanted = (
            select(*(func.sum(version) for version in raised)),
            select(func.max(actions.c.acted_at)),
            # Requests that a page shows first: a few rows of an index.
            select(requests.c.id, requests.c.state, requests.c.words)
            .order_by(requests.c.asked_at.desc())
            .limit(_LATEST_REQUESTS),
            # A comment that is thought over: gone as soon as what is wanted stands there.
            select(func.count()).select_from(inbox).where(inbox.c.kind == KeyKind.PULL.value),
        )

        def load(connection: Connection) -> str:
            rows = [row for part in wanted for row in connection.execute(part)]
            return " ".join(str(value) for row in rows for value in row)

        return await self._database.read_at_once(load, single=False)


def load_gone(connection: Connection) -> frozenset[str]:
    """The builders that were taken out of Buildbot."""
    settled = builders.c.settled.is_(True), builders.c.gone_at.is_not(None)
    return frozenset(connection.scalars(select(builders.c.name).where(*settled)))


BRANCHES = (
    select(*REPOSITORY, branches.c.branch)
    .join(repositories, repositories.c.repo_id == branches.c.repo_id)
    .where(branches.c.version > 0, not_(branches.c.branch.startswith(PULL_REFS)))
    .order_by(branches.c.version.desc())
    .limit(_MOST_BRANCHES)
)


def load_records(
    connection: Connection, repo_id: int, branch: str, gone: Collection[str]
) -> tuple[BuilderRecord, ...]:
    """The builders of a branch, by name, with their latest builds."""
    rows = connection.execute(select_latest(repo_id, branch)).all()
    return tuple(
        make_record(builder, list(own))
        for builder, own in groupby(rows, lambda row: row.builder)
        if builder not in gone
    )


def select_latest(repo_id: int, branch: str) -> Select[*tuple[Any, ...]]:
    """The latest builds of every builder of a branch: by builder, the newest first."""
    here, older = is_branch(builds, repo_id, branch), builds.alias()
    there = is_branch(older, repo_id, branch)
    first = select(func.min(builds.c.builder).label("builder")).where(here)
    found = first.cte("names", recursive=True)
    following = select(func.min(older.c.builder)).where(there, older.c.builder > found.c.builder)
    after = select(following.scalar_subquery()).where(found.c.builder.is_not(None))
    names = found.union_all(after)
    oldest = (
        select(older.c.started_at)
        .where(there, older.c.builder == names.c.builder)
        .order_by(older.c.started_at.desc())
        .offset(_LATEST - 1)
        .limit(1)
        .scalar_subquery()
    )
    since = func.coalesce(oldest, _LONG_AGO)
    return (
        select(*BUILD_COLUMNS)
        .select_from(names.join(builds, builds.c.builder == names.c.builder))
        .where(here, builds.c.started_at >= since)
        .order_by(builds.c.builder, builds.c.started_at.desc(), builds.c.buildid.desc())
    )


def make_record(builder: str, rows: Sequence[Row[*tuple[Any, ...]]]) -> BuilderRecord:
    """A builder as its newest build knows it."""
    newest = rows[0]
    made = tuple(map(make_recent_build, rows))
    return BuilderRecord(builder, parse_words(newest.tags), newest.stable, made)


def make_recent_build(row: Row[*tuple[Any, ...]]) -> RecentBuild:
    """A build without what its logs say."""
    return RecentBuild(
        ref=BuildRef(row.source, row.buildid),
        number=row.number,
        worker=row.worker,
        revision=row.revision,
        result=None if row.result is None else Result(row.result),
        started_at=row.started_at,
        complete_at=row.complete_at,
        url=row.url,
    )
