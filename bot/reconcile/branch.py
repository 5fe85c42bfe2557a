"""The reconciler of `branch/…` keys: what builds say, folded into the branch's incidents.

In: the key of a branch. Out: its incidents, saved, and the keys of the pulls that they concern.
"""

import logging
from datetime import datetime, timedelta

from bot.core.errors import Unavailable
from bot.core.model import Repository, issue_key, parse_branch_name
from bot.core.model.tracker import TrackerMode
from bot.core.ports import Lease, Result
from bot.core.render.log_fields import describe_incident
from bot.reconcile.branch_folder import BranchFolder, FoldResult
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_source_time
from bot.reconcile.debounce import Debouncer
from bot.reconcile.request_planning import plan_builds

log = logging.getLogger(__name__)

_PLAN_AGAIN = timedelta(minutes=1)


class BranchReconciler:
    """Folds what is new of a branch, and wakes the pulls whose text changes."""

    def __init__(self, folder: BranchFolder, debouncer: Debouncer) -> None:
        self._folder = folder
        self._debouncer = debouncer

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load and fold, save, plan builds, log; in a rush many builds go into one fold."""
        repo_id, branch = parse_branch_name(lease.key.name)
        repository = await ctx.builds.load_repository(repo_id)
        if repository is None:
            return Result()  # no build of it was ever seen: there is nothing to fold
        async with self._debouncer.wait((repo_id, branch)):
            now = await load_source_time(ctx.builds, ctx.ci)
            folded = await self._folder.fold(repository, branch, now, ctx.options)
            changes = await self._folder.save(repository, branch, folded)
            plan_at = await _plan_builds(ctx, repository, branch, folded)
        if changes.changed and ctx.options.tracker.mode is not TrackerMode.OFF:
            await ctx.inbox.put([issue_key(repo_id)])
        for incident in changes.changed:
            log.info("incident", extra=describe_incident(lease.key, incident))
        times = [at for at in (folded.again_at, plan_at) if at is not None]
        return Result(again_at=min(times, default=None))


async def _plan_builds(
    ctx: Context, repository: Repository, branch: str, folded: FoldResult
) -> datetime | None:
    """When to plan again; who cannot be asked now keeps nothing else waiting."""
    try:
        return await plan_builds(ctx, repository, branch, folded.cache.state, folded.after)
    except Unavailable as away:
        log.info("builds not planned", extra={"reason": away.reason})
        return ctx.clock.now() + _PLAN_AGAIN
