"""Facts: what was read of builds, commits and repositories, kept.

In: facts as they are read. Out: the same, and the observations that blame folds. Saving a build
raises its branch's `version` in the same transaction; that row makes saves of one branch follow
one another, so who asks for "all after version v" never misses one that committed late.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
)

from bot.core.model import (
    BuildAt,
    BuildRecord,
    BuildRef,
    FinishedBuild,
    Key,
    Observation,
    ObservationBatch,
    Repository,
)
from bot.core.model.keys import PULL_REFS
from bot.core.ports import Clock
from bot.store.access_problems import AccessProblems
from bot.store.builders import SqlBuilders
from bot.store.commits import SqlCommits, is_branch
from bot.store.cursors import Cursors
from bot.store.engine.database import Database, chunks, shielded
from bot.store.engine.tables import branches, builds, failures, repositories, test_runs
from bot.store.engine.upserts import save_row
from bot.store.row_mapping import (
    Fields,
    parse_build_at,
    parse_build_facts,
    parse_finished_build,
    parse_observation,
    parse_run,
    parse_sighting,
)
from bot.store.save_build import put_build
from bot.store.unread_builds import UnreadLedger

_LISTED = failures.alias()
_LISTS_FAILURE = exists().where(
    _LISTED.c.source == builds.c.source, _LISTED.c.buildid == builds.c.buildid
)

_UNPLACED = 1000  # builds that are read again at a time

_WITHOUT_READING = select(*(column for column in builds.c if column is not builds.c.reading))

_T = TypeVar("_T")
_Children = Mapping[tuple[str, int], Sequence[_T]]  # by source and buildid


class SqlBuilds(SqlCommits, Cursors, AccessProblems, UnreadLedger, SqlBuilders):
    """Implements `ports.Facts` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        SqlCommits.__init__(self, database)
        AccessProblems.__init__(self, database, clock)

    # ------------------------------------------------------------ builds

    @shielded
    async def save_build(self, facts: BuildRecord, keys: Sequence[Key]) -> None:
        """Facts and follow-up keys, one transaction; raises the branch's version.

        They replace all that was known of this build.
        """
        times = self._database.times(self._clock.now())
        await self._database.write_at_once(
            lambda connection: put_build(connection, facts, keys, times), single=False
        )
        self._database.ring()

    @shielded
    async def load_known_builds(
        self, source: str, buildids: Sequence[int]
    ) -> Mapping[int, FinishedBuild]:
        """Those of these builds that we have facts of, by id, with how they ended."""
        columns = (builds.c.buildid, builds.c.complete_at, builds.c.result)
        known: dict[int, FinishedBuild] = {}
        async with self._database.read() as connection:
            for chunk in chunks(buildids):
                rows = await connection.execute(select(*columns).where(_is_one_of(source, chunk)))
                known.update({row.buildid: parse_finished_build(row._mapping) for row in rows})
        return known

    @shielded
    async def load_unplaced_builds(self, source: str) -> tuple[int, ...]:
        """The builds of which it was not known where their commits live; a thousand at most."""
        homeless = and_(builds.c.source == source, builds.c.repo_id.is_(None))
        newest = select(builds.c.buildid).where(homeless).order_by(builds.c.buildid.desc())
        async with self._database.read() as connection:
            return tuple(await connection.scalars(newest.limit(_UNPLACED)))

    async def load_builds(self, refs: Collection[BuildRef]) -> tuple[BuildRecord, ...]:
        """The facts of these builds, by name; unknown ones are left out."""
        wanted = list(chunks(sorted(set(refs))))

        def load(connection: Connection) -> list[BuildRecord]:
            parts = (_load_facts(connection, _is_any_of(chunk)) for chunk in wanted)
            return [facts for part in parts for facts in part]

        loaded = await self._database.read_at_once(load, single=False)
        return tuple(sorted(loaded, key=lambda facts: facts.build.ref))

    async def load_builds_at(
        self, repo_id: int, branch: str, shas: Collection[str], builders: Collection[str]
    ) -> tuple[BuildAt, ...]:
        """All builds that we have facts of, of these commits on these builders, by name."""
        here = and_(
            builds.c.repo_id == repo_id,
            builds.c.branch == branch,
            builds.c.builder.in_(sorted(set(builders))),
        )
        wanted = list(chunks(sorted(set(shas))))

        def load(connection: Connection) -> list[BuildAt]:
            parts = (_load_at(connection, and_(here, builds.c.revision.in_(c))) for c in wanted)
            return [build for part in parts for build in part]

        loaded = await self._database.read_at_once(load, single=False)
        return tuple(sorted(loaded, key=lambda build: build.ref))

    @shielded
    async def load_observations(
        self, repo_id: int, branch: str, after_version: int, since: datetime
    ) -> ObservationBatch:
        """Observations of a branch saved after a version and finished since then.

        In the order of folding. `version` is to be given as `after_version` the next time.
        """
        wanted = and_(
            builds.c.repo_id == repo_id,
            builds.c.branch == branch,
            builds.c.version > after_version,
            builds.c.complete_at >= since,
            builds.c.result.is_not(None),
        )
        marks = select(branches).where(is_branch(branches, repo_id, branch))

        def load(connection: Connection) -> ObservationBatch:
            mark = connection.execute(marks).one_or_none()
            in_order = _load_observations(connection, wanted, with_runs=True)
            if mark is None:
                return ObservationBatch(in_order, 0)
            return ObservationBatch(
                in_order, mark.version, mark.line_version, mark.incidents_version
            )

        return await self._database.read_at_once(load, single=False)

    @shielded
    async def load_reds(
        self, repo_id: int, beside: str, begin: datetime, end: datetime
    ) -> tuple[Observation, ...]:
        """Builds of all branches that finished meanwhile and list a failure, by time.

        None at all where no branch but `beside` has any.
        """
        wanted = and_(
            builds.c.repo_id == repo_id,
            builds.c.complete_at >= begin,
            builds.c.complete_at <= end,
            builds.c.result.is_not(None),
            builds.c.branch.is_not(None),
            not_(builds.c.branch.startswith(PULL_REFS)),
            _LISTS_FAILURE,
        )
        others = and_(branches.c.repo_id == repo_id, branches.c.branch != beside)
        any_red = select(builds.c.buildid).where(
            exists().where(others), wanted, builds.c.branch != beside
        )

        def load(connection: Connection) -> tuple[Observation, ...]:
            if connection.scalar(any_red.limit(1)) is None:
                return ()
            return _load_observations(connection, wanted, with_runs=False)

        return await self._database.read_at_once(load, single=False)

    @shielded
    async def load_branches(self) -> tuple[tuple[int, str], ...]:
        """(repo id, branch) of all that a build or a commit was ever saved of."""
        found = select(branches.c.repo_id, branches.c.branch)
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(branches.c.repo_id, branches.c.branch))
            return tuple((repo_id, branch) for repo_id, branch in rows)

    # ------------------------------------------------------------ repositories

    @shielded
    async def save_repository(self, repository: Repository) -> None:
        """Remember a repository's name and default branch."""
        row = {
            "repo_id": repository.repo_id,
            "full_name": repository.full_name,
            "default_branch": repository.default_branch,
            "private": repository.private,
            "saved_at": self._database.times(self._clock.now()).now,
        }
        async with self._database.write() as connection:
            await save_row(connection, repositories, row)

    @shielded
    async def load_repository(self, repo_id: int) -> Repository | None:
        """A repository that we know, by id."""
        return await self._find_repository(repositories.c.repo_id == repo_id)

    @shielded
    async def load_repositories(self) -> tuple[Repository, ...]:
        """All that we know, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(repositories).order_by(repositories.c.repo_id))
            return tuple(_make_repository(row) for row in rows)

    @shielded
    async def find_repository(self, full_name: str) -> Repository | None:
        """A repository that we know, by its last known name; GitHub ignores the case."""
        return await self._find_repository(
            func.lower(repositories.c.full_name) == func.lower(full_name)
        )

    async def _find_repository(self, wanted: ColumnElement[bool]) -> Repository | None:
        # A name may have passed to another repository: the one that was seen last has it now.
        found = select(repositories).where(wanted).order_by(repositories.c.saved_at.desc()).limit(1)
        row = await self._database.read_at_once(
            lambda connection: connection.execute(found).one_or_none(), single=True
        )
        return _make_repository(row) if row else None


# ---------------------------------------------------------------- parts of transactions


def _make_repository(row: Row[*tuple[Any, ...]]) -> Repository:
    return Repository(row.repo_id, row.full_name, row.default_branch, row.private)


def _load_facts(connection: Connection, wanted: ColumnElement[bool]) -> list[BuildRecord]:
    rows = connection.execute(select(builds).where(wanted)).mappings().all()
    sightings = _load_children(connection, failures, wanted, parse_sighting)
    return [parse_build_facts(row, sightings[_build_of(row)]) for row in rows]


def _load_at(connection: Connection, wanted: ColumnElement[bool]) -> list[BuildAt]:
    rows = connection.execute(_WITHOUT_READING.where(wanted)).mappings().all()
    sightings = _load_children(connection, failures, wanted, parse_sighting)
    runs = _load_children(connection, test_runs, wanted, parse_run)
    return [
        parse_build_at(row, sightings.get(_build_of(row), ()), runs.get(_build_of(row), ()))
        for row in rows
    ]


def _load_observations(
    connection: Connection, wanted: ColumnElement[bool], *, with_runs: bool
) -> tuple[Observation, ...]:
    """In the order of folding."""
    rows = connection.execute(_WITHOUT_READING.where(wanted)).mappings().all()
    sightings = _load_children(connection, failures, wanted, parse_sighting)
    runs = _load_children(connection, test_runs, wanted, parse_run) if with_runs else {}
    found = [
        parse_observation(row, sightings[_build_of(row)], runs.get(_build_of(row), ()))
        for row in rows
    ]
    return tuple(sorted(found, key=lambda o: o.order))


def _load_children(
    connection: Connection,
    table: Table,
    wanted: ColumnElement[bool],
    parse: Callable[[Fields], _T],
) -> _Children[_T]:
    """The rows of a build's own table, for all builds that are wanted."""
    of_build = and_(table.c.source == builds.c.source, table.c.buildid == builds.c.buildid)
    found = select(table).join(builds, of_build).where(wanted).order_by(table.c.position)
    children: defaultdict[tuple[str, int], list[_T]] = defaultdict(list)
    for row in connection.execute(found).mappings():
        children[_build_of(row)].append(parse(row))
    return children


def _build_of(row: Fields) -> tuple[str, int]:
    return row["source"], row["buildid"]


def _is_any_of(refs: Sequence[BuildRef]) -> ColumnElement[bool]:
    """Source by source, so that each list of ids is looked up in the key."""
    return or_(
        *(_is_one_of(source, [ref.id for ref in own]) for source, own in groupby(refs, _get_source))
    )


def _get_source(ref: BuildRef) -> str:
    return ref.source


def _is_one_of(source: str, buildids: Sequence[int]) -> ColumnElement[bool]:
    return and_(builds.c.source == source, builds.c.buildid.in_(buildids))
