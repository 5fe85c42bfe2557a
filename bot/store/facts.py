"""Facts: what was read of builds, commits and repositories, kept.

In: facts as they are read. Out: the same, and the observations that blame folds. Saving a build
raises its branch's `version` in the same transaction; that row makes saves of one branch follow
one another, so who asks for "all after version v" never misses one that committed late.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, and_, case, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import BuildFacts, Commit, FactsSince, Key, Line, Repository
from bot.store.documents import make_words
from bot.store.engine import insert, save_row, save_rows, uncancelled
from bot.store.keys import put_keys
from bot.store.rows import (
    Fields,
    make_build_row,
    make_commit_row,
    make_failure_rows,
    make_run_rows,
    parse_build_facts,
    parse_commit,
    parse_observation,
    parse_run,
    parse_sighting,
)
from bot.store.tables import (
    branches,
    builds,
    commits,
    failures,
    files,
    moments,
    repositories,
    test_runs,
)
from bot.store.troubles import Troubles

# SQLite and PostgreSQL take about 32,000 parameters a statement; this stays far below.
_CHUNK = 1000

_WITHOUT_READING = select(*(column for column in builds.c if column is not builds.c.reading))

_T = TypeVar("_T")
_Children = Mapping[tuple[str, int], Sequence[_T]]  # by source and buildid


class Facts(Troubles):
    """Implements `ports.Facts` on the database."""

    # ------------------------------------------------------------ builds

    @uncancelled
    async def save_build(self, facts: BuildFacts, keys: Sequence[Key]) -> None:
        """Facts and follow-up keys, one transaction; raises the branch's version.

        They replace all that was known of this build.
        """
        async with self._database.write() as connection:
            version = await _raise_version(connection, facts.repo_id, facts.build.branch)
            await save_row(connection, builds, make_build_row(facts, version))
            for table, rows in (
                (failures, make_failure_rows(facts)),
                (test_runs, make_run_rows(facts)),
            ):
                await connection.execute(delete(table).where(_is_of_build(table, facts)))
                await save_rows(connection, table, rows)
            await put_keys(connection, keys, self._database.times(self._clock.now()))
        self._database.ring()

    @uncancelled
    async def load_known_builds(self, source: str, buildids: Sequence[int]) -> frozenset[int]:
        """Which of these builds we have facts of."""
        known: set[int] = set()
        async with self._database.read() as connection:
            for chunk in _chunks(buildids):
                found = select(builds.c.buildid).where(_is_one_of(source, chunk))
                known.update(await connection.scalars(found))
        return frozenset(known)

    @uncancelled
    async def load_unplaced_builds(self, source: str) -> tuple[int, ...]:
        """The builds of which it was not known where their commits live; a thousand at most."""
        homeless = and_(builds.c.source == source, builds.c.repo_id.is_(None))
        newest = select(builds.c.buildid).where(homeless).order_by(builds.c.buildid.desc())
        async with self._database.read() as connection:
            return tuple(await connection.scalars(newest.limit(_CHUNK)))

    async def load_builds(self, source: str, buildids: Sequence[int]) -> tuple[BuildFacts, ...]:
        """The facts of these builds, by buildid; unknown ones are left out."""
        loaded: list[BuildFacts] = []
        async with self._database.read() as connection:
            for chunk in _chunks(sorted(set(buildids))):
                loaded += await _load_facts(connection, _is_one_of(source, chunk))
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
        async with self._database.read() as connection:
            places = {(s, n): place for place, (s, n) in enumerate(await connection.execute(found))}
            latest = tuple_(builds.c.source, builds.c.buildid).in_(list(places))
            loaded = await _load_facts(connection, latest) if places else []
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
        async with self._database.read() as connection:
            version = await connection.scalar(
                select(branches.c.version).where(_is_branch(branches, repo_id, branch))
            )
            rows = (await connection.execute(_WITHOUT_READING.where(wanted))).mappings().all()
            sightings = await _load_children(connection, failures, wanted, parse_sighting)
            runs = await _load_children(connection, test_runs, wanted, parse_run)
        observations = [
            parse_observation(row, sightings[_build_of(row)], runs[_build_of(row)]) for row in rows
        ]
        return FactsSince(tuple(sorted(observations, key=lambda o: o.order)), version or 0)

    # ------------------------------------------------------------ commits

    @uncancelled
    async def load_line(self, repo_id: int, branch: str) -> Line:
        """The branch's commits of the present epoch; epoch 0 and empty when we know none."""
        epoch_of_branch = select(branches.c.epoch).where(_is_branch(branches, repo_id, branch))
        paths = and_(files.c.repo_id == commits.c.repo_id, files.c.sha == commits.c.sha)
        async with self._database.read() as connection:
            epoch = await connection.scalar(epoch_of_branch) or 0
            found = (
                select(commits, files.c.paths)
                .select_from(commits.outerjoin(files, paths))
                .where(_is_branch(commits, repo_id, branch), commits.c.epoch == epoch)
                .order_by(commits.c.position)
            )
            rows = (await connection.execute(found)).mappings().all()
        base = rows[0]["position"] if rows else 0
        return Line(epoch, base, tuple(parse_commit(row) for row in rows))

    @uncancelled
    async def save_line(
        self, repo_id: int, branch: str, new: Sequence[Commit], *, new_epoch: bool
    ) -> None:
        """Append commits, oldest first; a new epoch starts the line afresh.

        Of commits that are on the line already, a pull that is now known is filled in: doing it
        twice changes nothing.
        """
        if not new:
            return
        async with self._database.write() as connection:
            epoch = await _open_epoch(connection, repo_id, branch, new_epoch)
            on_line = and_(_is_branch(commits, repo_id, branch), commits.c.epoch == epoch)
            known = select(commits.c.sha, commits.c.position).where(on_line)
            places = {row.sha: row.position for row in await connection.execute(known)}
            first = max(places.values(), default=-1) + 1
            fresh = {commit.sha: commit for commit in new if commit.sha not in places}
            where = {"repo_id": repo_id, "branch": branch, "epoch": epoch}
            rows = [
                {**where, "position": position, **make_commit_row(commit)}
                for position, commit in enumerate(fresh.values(), start=first)
            ]
            await save_rows(connection, commits, rows)
            for commit in new:
                if commit.sha in places and commit.pull is not None:
                    linked = and_(on_line, commits.c.position == places[commit.sha])
                    await connection.execute(update(commits).where(linked).values(pull=commit.pull))
                if commit.files is not None:
                    await _save_files(connection, repo_id, commit.sha, commit.files)

    @uncancelled
    async def save_files(self, repo_id: int, sha: str, paths: Sequence[str]) -> None:
        """The paths that a commit touched, kept for ever with it."""
        async with self._database.write() as connection:
            await _save_files(connection, repo_id, sha, paths)

    # ------------------------------------------------------------ repositories and moments

    @uncancelled
    async def save_repository(self, repository: Repository) -> None:
        """Remember a repository's name and default branch."""
        row = {
            "repo_id": repository.repo_id,
            "full_name": repository.full_name,
            "default_branch": repository.default_branch,
            "saved_at": self._clock.now(),
        }
        async with self._database.write() as connection:
            await save_row(connection, repositories, row)

    @uncancelled
    async def load_repository(self, repo_id: int) -> Repository | None:
        """A repository that we know, by id."""
        return await self._find_repository(repositories.c.repo_id == repo_id)

    @uncancelled
    async def find_repository(self, full_name: str) -> Repository | None:
        """A repository that we know, by its last known name; GitHub ignores the case."""
        return await self._find_repository(
            func.lower(repositories.c.full_name) == func.lower(full_name)
        )

    async def _find_repository(self, wanted: ColumnElement[bool]) -> Repository | None:
        # A name may have passed to another repository: the one that was seen last has it now.
        found = select(repositories).where(wanted).order_by(repositories.c.saved_at.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).one_or_none()
        return Repository(row.repo_id, row.full_name, row.default_branch) if row else None

    @uncancelled
    async def load_time(self, name: str) -> datetime | None:
        """A named moment: a sweep's cursor, the first start, the last contact."""
        async with self._database.read() as connection:
            return await connection.scalar(select(moments.c.at).where(moments.c.name == name))

    @uncancelled
    async def save_time(self, name: str, at: datetime | None) -> None:
        """Set or forget a named moment."""
        async with self._database.write() as connection:
            if at is None:
                await connection.execute(delete(moments).where(moments.c.name == name))
            else:
                await save_row(connection, moments, {"name": name, "at": at})


# ---------------------------------------------------------------- parts of transactions


async def _raise_version(
    connection: AsyncConnection, repo_id: int | None, branch: str | None
) -> int:
    """The branch's next version; 0 for a build of which we do not know where it belongs."""
    if repo_id is None or branch is None:
        return 0
    row = insert(connection, branches).values(repo_id=repo_id, branch=branch, epoch=0, version=1)
    raised = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"], set_={"version": branches.c.version + 1}
    )
    version: int = (await connection.execute(raised.returning(branches.c.version))).scalar_one()
    return version


async def _open_epoch(
    connection: AsyncConnection, repo_id: int, branch: str, new_epoch: bool
) -> int:
    """The epoch to append to; the first one is 1."""
    row = insert(connection, branches).values(repo_id=repo_id, branch=branch, epoch=1, version=0)
    no_line_yet = branches.c.epoch == 0
    present = case((no_line_yet, 1), else_=branches.c.epoch)
    opened = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"],
        set_={"epoch": branches.c.epoch + 1 if new_epoch else present},
    )
    epoch: int = (await connection.execute(opened.returning(branches.c.epoch))).scalar_one()
    return epoch


async def _save_files(
    connection: AsyncConnection, repo_id: int, sha: str, paths: Sequence[str]
) -> None:
    await save_row(connection, files, {"repo_id": repo_id, "sha": sha, "paths": make_words(paths)})


async def _load_facts(connection: AsyncConnection, wanted: ColumnElement[bool]) -> list[BuildFacts]:
    rows = (await connection.execute(select(builds).where(wanted))).mappings().all()
    sightings = await _load_children(connection, failures, wanted, parse_sighting)
    return [parse_build_facts(row, sightings[_build_of(row)]) for row in rows]


async def _load_children(
    connection: AsyncConnection,
    table: Table,
    wanted: ColumnElement[bool],
    parse: Callable[[Fields], _T],
) -> _Children[_T]:
    """The rows of a build's own table, for all builds that are wanted."""
    of_build = and_(table.c.source == builds.c.source, table.c.buildid == builds.c.buildid)
    found = select(table).join(builds, of_build).where(wanted).order_by(table.c.position)
    children: defaultdict[tuple[str, int], list[_T]] = defaultdict(list)
    for row in (await connection.execute(found)).mappings():
        children[_build_of(row)].append(parse(row))
    return children


def _build_of(row: Fields) -> tuple[str, int]:
    return row["source"], row["buildid"]


def _is_one_of(source: str, buildids: Sequence[int]) -> ColumnElement[bool]:
    return and_(builds.c.source == source, builds.c.buildid.in_(buildids))


def _is_of_build(table: Table, facts: BuildFacts) -> ColumnElement[bool]:
    return and_(table.c.source == facts.build.source, table.c.buildid == facts.build.buildid)


def _is_branch(table: Table, repo_id: int, branch: str) -> ColumnElement[bool]:
    return and_(table.c.repo_id == repo_id, table.c.branch == branch)


def _chunks(items: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
