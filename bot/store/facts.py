"""Facts: what was read of builds, commits and repositories, kept.

In: facts as they are read. Out: the same, and the observations that blame folds. Saving a build
raises its branch's `version` in the same transaction; that row makes saves of one branch follow
one another, so who asks for "all after version v" never misses one that committed late.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    exists,
    func,
    select,
    tuple_,
)

from bot.core.model import BuildFacts, FactsSince, Key, Observation, Repository
from bot.ports import Clock
from bot.store.build_facts import put_build
from bot.store.engine import Database, chunks, uncancelled
from bot.store.lines import Lines, is_branch
from bot.store.moments import Moments
from bot.store.rows import (
    Fields,
    parse_build_facts,
    parse_observation,
    parse_run,
    parse_sighting,
)
from bot.store.tables import (
    branches,
    builds,
    failures,
    repositories,
    test_runs,
)
from bot.store.troubles import Troubles
from bot.store.upserts import save_row

_LISTED = failures.alias()
_LISTS_FAILURE = exists().where(
    _LISTED.c.source == builds.c.source, _LISTED.c.buildid == builds.c.buildid
)

_UNPLACED = 1000  # builds that are read again at a time

# Read, placed, and without a gap.
_READ_WHOLE = select(builds.c.buildid).where(
    builds.c.source == bindparam("of_source"),
    builds.c.buildid == bindparam("of_build"),
    builds.c.repo_id.is_not(None),
    builds.c.note == "",
)

_WITHOUT_READING = select(*(column for column in builds.c if column is not builds.c.reading))

_T = TypeVar("_T")
_Children = Mapping[tuple[str, int], Sequence[_T]]  # by source and buildid


class Facts(Lines, Moments, Troubles):
    """Implements `ports.Facts` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        Lines.__init__(self, database)
        Troubles.__init__(self, database, clock)

    # ------------------------------------------------------------ builds

    @uncancelled
    async def save_build(self, facts: BuildFacts, keys: Sequence[Key]) -> None:
        """Facts and follow-up keys, one transaction; raises the branch's version.

        They replace all that was known of this build.
        """
        times = self._database.times(self._clock.now())
        await self._database.write_at_once(
            lambda connection: put_build(connection, facts, keys, times), single=False
        )
        self._database.ring()

    @uncancelled
    async def load_known_builds(self, source: str, buildids: Sequence[int]) -> frozenset[int]:
        """Which of these builds we have facts of."""
        known: set[int] = set()
        async with self._database.read() as connection:
            for chunk in chunks(buildids):
                found = select(builds.c.buildid).where(_is_one_of(source, chunk))
                known.update(await connection.scalars(found))
        return frozenset(known)

    async def is_read(self, source: str, buildid: int) -> bool:
        """Whether this build was read and placed, without a gap."""
        one = {"of_source": source, "of_build": buildid}
        return await self._database.read_at_once(
            lambda connection: connection.scalar(_READ_WHOLE, one) is not None, single=True
        )

    @uncancelled
    async def load_unplaced_builds(self, source: str) -> tuple[int, ...]:
        """The builds of which it was not known where their commits live; a thousand at most."""
        homeless = and_(builds.c.source == source, builds.c.repo_id.is_(None))
        newest = select(builds.c.buildid).where(homeless).order_by(builds.c.buildid.desc())
        async with self._database.read() as connection:
            return tuple(await connection.scalars(newest.limit(_UNPLACED)))

    async def load_builds(self, source: str, buildids: Sequence[int]) -> tuple[BuildFacts, ...]:
        """The facts of these builds, by buildid; unknown ones are left out."""
        wanted = list(chunks(sorted(set(buildids))))

        def load(connection: Connection) -> list[BuildFacts]:
            parts = (_load_facts(connection, _is_one_of(source, chunk)) for chunk in wanted)
            return [facts for part in parts for facts in part]

        loaded = await self._database.read_at_once(load, single=False)
        return tuple(sorted(loaded, key=lambda facts: facts.build.buildid))

    @uncancelled
    async def load_latest_builds(self, limit: int) -> tuple[BuildFacts, ...]:
        """The finished builds that we have facts of, the last one first."""
        order = (builds.c.complete_at.desc(), builds.c.buildid.desc())
        found = (
            select(builds.c.source, builds.c.buildid)
            .where(builds.c.complete_at.is_not(None))
            .order_by(*order)
            .limit(limit)
        )

        def load(connection: Connection) -> tuple[dict[tuple[str, int], int], list[BuildFacts]]:
            places = {(s, n): place for place, (s, n) in enumerate(connection.execute(found))}
            latest = tuple_(builds.c.source, builds.c.buildid).in_(list(places))
            return places, _load_facts(connection, latest) if places else []

        places, loaded = await self._database.read_at_once(load, single=False)
        return tuple(sorted(loaded, key=lambda f: places[f.build.source, f.build.buildid]))

    @uncancelled
    async def load_observations(
        self, repo_id: int, branch: str, after_version: int, since: datetime
    ) -> FactsSince:
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

        def load(connection: Connection) -> FactsSince:
            mark = connection.execute(marks).one_or_none()
            in_order = _load_observations(connection, wanted, with_runs=True)
            if mark is None:
                return FactsSince(in_order, 0)
            return FactsSince(in_order, mark.version, mark.line_version, mark.incidents_version)

        return await self._database.read_at_once(load, single=False)

    @uncancelled
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

    @uncancelled
    async def load_branches(self) -> tuple[tuple[int, str], ...]:
        """(repo id, branch) of all that a build or a commit was ever saved of."""
        found = select(branches.c.repo_id, branches.c.branch)
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(branches.c.repo_id, branches.c.branch))
            return tuple((repo_id, branch) for repo_id, branch in rows)

    # ------------------------------------------------------------ repositories

    @uncancelled
    async def save_repository(self, repository: Repository) -> None:
        """Remember a repository's name and default branch."""
        row = {
            "repo_id": repository.repo_id,
            "full_name": repository.full_name,
            "default_branch": repository.default_branch,
            "saved_at": self._database.times(self._clock.now()).now,
        }
        async with self._database.write() as connection:
            await save_row(connection, repositories, row)

    @uncancelled
    async def load_repository(self, repo_id: int) -> Repository | None:
        """A repository that we know, by id."""
        return await self._find_repository(repositories.c.repo_id == repo_id)

    @uncancelled
    async def load_repositories(self) -> tuple[Repository, ...]:
        """All that we know, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(repositories).order_by(repositories.c.repo_id))
            return tuple(Repository(r.repo_id, r.full_name, r.default_branch) for r in rows)

    @uncancelled
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
        return Repository(row.repo_id, row.full_name, row.default_branch) if row else None


# ---------------------------------------------------------------- parts of transactions


def _load_facts(connection: Connection, wanted: ColumnElement[bool]) -> list[BuildFacts]:
    rows = connection.execute(select(builds).where(wanted)).mappings().all()
    sightings = _load_children(connection, failures, wanted, parse_sighting)
    return [parse_build_facts(row, sightings[_build_of(row)]) for row in rows]


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


def _is_one_of(source: str, buildids: Sequence[int]) -> ColumnElement[bool]:
    return and_(builds.c.source == source, builds.c.buildid.in_(buildids))
