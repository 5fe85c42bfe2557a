"""A build's facts, saved: its rows, its branch's version, and the keys of whom it concerns.

In: facts, within a transaction. Out: rows. The statements stand ready, for every build needs them:
to make one anew takes five times as long as to have SQLite execute it.
"""

from collections.abc import Sequence

from cachetools import cached
from sqlalchemy import Connection, Executable, bindparam, delete, select

from bot.core.incidents.cross_branch import CROSS_BRANCH_WINDOW
from bot.core.model import BuildRecord, Key, branch_key
from bot.core.model.keys import PULL_REFS
from bot.store.engine.db_clock import DbClock
from bot.store.engine.tables import branches, builds, failures, incidents, test_runs
from bot.store.engine.upserts import insert, put_row, put_rows
from bot.store.inbox.key_rows import insert_keys
from bot.store.row_mapping import make_build_row, make_failure_rows, make_run_rows
from bot.store.search_documents import put_build_documents
from bot.store.unread_builds import forget_unread

_FORGET = {
    table: delete(table).where(
        table.c.source == bindparam("of_source"), table.c.buildid == bindparam("of_build")
    )
    for table in (failures, test_runs)
}

# The other branches on which something went red at about the same time: it may tell them.
_LISTENERS = (
    select(incidents.c.branch)
    .distinct()
    .where(
        incidents.c.repo_id == bindparam("repo_id"),
        incidents.c.branch != bindparam("branch"),
        incidents.c.opened_at.between(bindparam("begin"), bindparam("end")),
    )
)


def put_build(
    connection: Connection, facts: BuildRecord, keys: Sequence[Key], times: DbClock
) -> None:
    """Within a transaction at once; ring the bell after the commit."""
    version = _raise_version(connection, facts.repo_id, facts.build.branch)
    put_row(connection, builds, make_build_row(facts, version))
    of_build = {"of_source": facts.build.source, "of_build": facts.build.buildid}
    for table, rows in ((failures, make_failure_rows(facts)), (test_runs, make_run_rows(facts))):
        connection.execute(_FORGET[table], of_build)
        put_rows(connection, table, rows)
    put_build_documents(connection, facts, times.here)
    forget_unread(connection, facts.build.source, facts.build.buildid)
    heard = _find_listeners(connection, facts)
    insert_keys(connection, dict.fromkeys([*keys, *heard], times.here), times)


def _raise_version(connection: Connection, repo_id: int | None, branch: str | None) -> int:
    """The branch's next version; 0 for a build that belongs to none as far as we know."""
    if repo_id is None or branch is None or branch.startswith(PULL_REFS):
        return 0
    row = {"repo_id": repo_id, "branch": branch}
    version: int = connection.execute(_make_raise(connection), row).scalar_one()
    return version


@cached({}, key=lambda connection: connection.dialect.name)
def _make_raise(connection: Connection) -> Executable:
    row = insert(connection, branches).values(epoch=0, version=1)
    raised = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"], set_={"version": branches.c.version + 1}
    )
    return raised.returning(branches.c.version)


def _find_listeners(connection: Connection, facts: BuildRecord) -> list[Key]:
    at = facts.build.complete_at
    if facts.repo_id is None or at is None or not facts.sightings:
        return []
    if (facts.build.branch or "").startswith(PULL_REFS):
        return []
    where = {"repo_id": facts.repo_id, "branch": facts.build.branch}
    around = {"begin": at - CROSS_BRANCH_WINDOW, "end": at + CROSS_BRANCH_WINDOW}
    others = connection.scalars(_LISTENERS, where | around)
    return [branch_key(facts.repo_id, name) for name in others]
