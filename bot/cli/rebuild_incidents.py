"""Fold all facts anew, and make the stored incidents what that gives.

In: settings. Out: for each branch what changed. Facts are only read, nobody outside is asked, and
nothing is said: pulls whose text may have to change are put into the inbox for the service. It may
run beside one: a branch is folded under the lease of its key, as the service does it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.app.settings import Settings
from bot.app.wiring import make_options
from bot.core.errors import Unavailable
from bot.core.incidents.continuity import IncidentChanges, find_changes
from bot.core.model import FIRST_SOURCE, Incident, Key, Repository, branch_key
from bot.core.ports import Clock, Lease
from bot.reconcile.branch_folder import BranchFolder, StoredCommits
from bot.reconcile.cursors import load_source_time
from bot.reconcile.repository_options import RepositoryOptions
from bot.store.inbox.inbox import SqlInbox
from bot.store.inbox.ingest import IngestQueue
from bot.store.inspection import ReadOnlyStore, open_view

# As long as the service's own; renewed at a third of it.
_LEASE_SECONDS = 20.0

# A service folds a branch in less, unless it has just been started on a long past.
_PATIENCE = timedelta(minutes=10)
_LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A branch folded anew."""

    repository: Repository
    branch: str
    before: tuple[Incident, ...]
    changes: IncidentChanges


async def rebuild(settings: Settings, clock: Clock, *, dry_run: bool) -> AsyncIterator[Rebuilt]:
    """Every branch in turn; raises `UserError` without a store of this version."""
    async with open_view(settings.database_url, clock) as view:
        options = RepositoryOptions(make_options(settings), view.settings_files)
        commits = StoredCommits(view.facts)
        folder = BranchFolder(view.facts, view.incidents, view.commands, commits, anew=True)
        for repo_id, branch in await view.facts.load_branches():
            repository = await view.facts.load_repository(repo_id)
            if repository is None:
                continue
            hold = nullcontext() if dry_run else _hold(view, clock, branch_key(repo_id, branch))
            async with hold:
                now = await load_source_time(view.facts, [FIRST_SOURCE])
                folded = await folder.fold(repository, branch, now, await options.load(repo_id))
                changes = find_changes(folded.before, folded.after)
                if not dry_run:
                    await folder.save(repository, branch, folded)
            yield Rebuilt(repository, branch, folded.before, changes)


@asynccontextmanager
async def _hold(view: ReadOnlyStore, clock: Clock, key: Key) -> AsyncIterator[None]:
    """The lease of a key for as long as it takes; raises `Unavailable` where it is not to be had.

    Who loses it all the same does no harm: the service sees that somebody else wrote, and folds.
    """
    inbox = SqlInbox(view.database, clock, IngestQueue(view.database, clock))
    lease = await _take(inbox, clock, key)
    heartbeat = asyncio.create_task(_renew_for_ever(inbox, clock, lease))
    try:
        yield
    finally:
        heartbeat.cancel()
        with suppress(asyncio.CancelledError):
            await heartbeat
        await inbox.finish(lease)


async def _take(inbox: SqlInbox, clock: Clock, key: Key) -> Lease:
    until = clock.now() + _PATIENCE
    while clock.now() < until:
        await inbox.put([key])
        lease = await inbox.take("rebuild", _LEASE_SECONDS, key)
        if lease is not None:
            return lease
        await clock.sleep(_LOOK_AGAIN_SECONDS)
    raise Unavailable(f"a service has worked on {key} for {_PATIENCE}: try again later")


async def _renew_for_ever(inbox: SqlInbox, clock: Clock, lease: Lease) -> None:
    while True:
        await clock.sleep(_LEASE_SECONDS / 3)
        await inbox.renew(lease, _LEASE_SECONDS)
