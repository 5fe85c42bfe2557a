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

from bot.core.carry_over import Changes, find_changes
from bot.core.errors import Unavailable
from bot.core.model import Incident, Key, Repository, branch_key
from bot.folding import Folding, StoredLines
from bot.parts import make_options
from bot.ports import Clock, Lease
from bot.settings import Settings
from bot.store.arrivals import Arrivals
from bot.store.inbox import Inbox
from bot.store.survey import View, open_view
from bot.sweeps import load_now

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
    changes: Changes


async def rebuild(settings: Settings, clock: Clock, *, dry_run: bool) -> AsyncIterator[Rebuilt]:
    """Every branch in turn; raises `UserError` without a store of this version."""
    options = make_options(settings)
    async with open_view(settings.database_url, clock) as view:
        folding = Folding(
            facts=view.facts,
            incidents=view.incidents,
            lines=StoredLines(view.facts),
            is_stable=options.is_stable,
            policy=options.policy,
            rulings=view.hearings,
        )
        for repo_id, branch in await view.facts.load_branches():
            repository = await view.facts.load_repository(repo_id)
            if repository is None:
                continue
            hold = nullcontext() if dry_run else _hold(view, clock, branch_key(repo_id, branch))
            async with hold:
                folded = await folding.fold(repository, branch, await load_now(view.facts))
                changes = find_changes(folded.before, folded.after)
                if not dry_run:
                    await folding.save(repository, branch, folded)
            yield Rebuilt(repository, branch, folded.before, changes)


@asynccontextmanager
async def _hold(view: View, clock: Clock, key: Key) -> AsyncIterator[None]:
    """The lease of a key for as long as it takes; raises `Unavailable` where it is not to be had.

    Who loses it all the same does no harm: the service sees that somebody else wrote, and folds.
    """
    inbox = Inbox(view.database, clock, Arrivals(view.database, clock))
    lease = await _take(inbox, clock, key)
    heart = asyncio.create_task(_beat(inbox, clock, lease))
    try:
        yield
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
        await inbox.finish(lease)


async def _take(inbox: Inbox, clock: Clock, key: Key) -> Lease:
    until = clock.now() + _PATIENCE
    while clock.now() < until:
        await inbox.put([key])
        lease = await inbox.take("rebuild", _LEASE_SECONDS, key)
        if lease is not None:
            return lease
        await clock.sleep(_LOOK_AGAIN_SECONDS)
    raise Unavailable(f"a service has worked on {key} for {_PATIENCE}: try again later")


async def _beat(inbox: Inbox, clock: Clock, lease: Lease) -> None:
    while True:
        await clock.sleep(_LEASE_SECONDS / 3)
        await inbox.renew(lease, _LEASE_SECONDS)
