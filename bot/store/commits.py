"""Lines: the commits of branches and the paths that they touched, kept.

In: commits as they are fetched. Out: a branch's first-parent line. Every change of a line raises
its `version`, so that who knows it need not load it again.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, FromClause, and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import BranchCommits, Commit
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import branches, commits, files
from bot.store.engine.upserts import insert, save_row, save_rows
from bot.store.json_documents import make_words
from bot.store.row_mapping import make_commit_row, parse_commit
from bot.store.search_documents import put_pull_documents

_ON_LINE = (
    select(commits, files.c.paths)
    .select_from(
        commits.outerjoin(
            files, and_(files.c.repo_id == commits.c.repo_id, files.c.sha == commits.c.sha)
        )
    )
    .order_by(commits.c.position)
)


class SqlCommits:
    """The part of `ports.Facts` that is about commits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def load_line(self, repo_id: int, branch: str) -> BranchCommits:
        """The branch's commits of the present epoch; epoch 0 and empty when we know none."""
        mark = select(branches.c.epoch, branches.c.line_version)
        mark = mark.where(is_branch(branches, repo_id, branch))
        async with self._database.read() as connection:
            row = (await connection.execute(mark)).one_or_none()
            epoch, version = (row.epoch, row.line_version) if row else (0, 0)
            found = _ON_LINE.where(is_branch(commits, repo_id, branch), commits.c.epoch == epoch)
            rows = (await connection.execute(found)).mappings().all()
        base = rows[0]["position"] if rows else 0
        return BranchCommits(epoch, base, tuple(parse_commit(row) for row in rows), version)

    @shielded
    async def load_commits(
        self, repo_id: int, branch: str, shas: Collection[str]
    ) -> tuple[Commit, ...]:
        """Those of these commits that are on the branch's line now, in its order."""
        mark = select(branches.c.epoch).where(is_branch(branches, repo_id, branch))
        on_line = and_(
            is_branch(commits, repo_id, branch), commits.c.epoch == mark.scalar_subquery()
        )
        found = _ON_LINE.where(on_line, commits.c.sha.in_(sorted(shas)))
        async with self._database.read() as connection:
            return tuple(map(parse_commit, (await connection.execute(found)).mappings()))

    @shielded
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
            on_line = and_(is_branch(commits, repo_id, branch), commits.c.epoch == epoch)
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
            await connection.run_sync(put_pull_documents, repo_id, new)
            for commit in new:
                if commit.sha in places and commit.pull is not None:
                    linked = and_(on_line, commits.c.position == places[commit.sha])
                    await connection.execute(update(commits).where(linked).values(pull=commit.pull))
                if commit.files is not None:
                    await _save_files(connection, repo_id, commit.sha, commit.files)

    @shielded
    async def save_files(self, repo_id: int, sha: str, paths: Sequence[str]) -> None:
        """The paths that a commit touched, kept for ever with it."""
        # Few branches share a commit; the others read their commits once more than they need.
        raised = update(branches).where(branches.c.repo_id == repo_id)
        async with self._database.write() as connection:
            await _save_files(connection, repo_id, sha, paths)
            await connection.execute(raised.values(line_version=branches.c.line_version + 1))


async def _open_epoch(
    connection: AsyncConnection, repo_id: int, branch: str, new_epoch: bool
) -> int:
    """The epoch to append to; the first one is 1."""
    row = insert(connection, branches).values(
        repo_id=repo_id, branch=branch, epoch=1, version=0, line_version=1
    )
    no_line_yet = branches.c.epoch == 0
    present = case((no_line_yet, 1), else_=branches.c.epoch)
    opened = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"],
        set_={
            "epoch": branches.c.epoch + 1 if new_epoch else present,
            "line_version": branches.c.line_version + 1,
        },
    )
    epoch: int = (await connection.execute(opened.returning(branches.c.epoch))).scalar_one()
    return epoch


async def _save_files(
    connection: AsyncConnection, repo_id: int, sha: str, paths: Sequence[str]
) -> None:
    await save_row(connection, files, {"repo_id": repo_id, "sha": sha, "paths": make_words(paths)})


def is_branch(table: FromClause, repo_id: int, branch: str) -> ColumnElement[bool]:
    """The rows of a branch."""
    return and_(table.c.repo_id == repo_id, table.c.branch == branch)
