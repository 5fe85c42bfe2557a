"""The reconciler of `sweep/…` keys: one timer's catching up on what no message told us.

In: the name of a sweep. Out: keys in the inbox, and when it last ended well.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.core.model import (
    ISSUES_SWEEP,
    SETTINGS_SWEEP,
    SPEECH_SWEEP,
    UNPLACED_SWEEP,
    build_key,
    issue_key,
    pull_key,
    repository_key,
)
from bot.core.model.tracker import TrackerMode
from bot.core.ports import Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_source_time
from bot.reconcile.sweeps.missed_builds import BUILDBOT_SWEEP, sweep_missed_builds

# A sweep of another room: given the time by the sources' clocks.
Sweep = Callable[[datetime], Awaitable[None]]


class SweepReconciler:
    """Runs the sweep that a key names; `extra_sweeps` are those of other rooms, by name."""

    def __init__(self, extra_sweeps: Mapping[str, Sweep] | None = None) -> None:
        self._extra_sweeps = dict(extra_sweeps or {})

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Run it; one that nobody knows is done."""
        name = lease.key.name
        if name in _SWEEPS:
            await _SWEEPS[name](ctx)
        elif name in self._extra_sweeps:
            await self._extra_sweeps[name](await load_source_time(ctx.builds, ctx.ci))
        await ctx.builds.mark_done(f"{name} sweep")
        return Result()


async def _sweep_unplaced(ctx: Context) -> None:
    """Read again the builds that had no repository: by now we may be installed there."""
    for source in ctx.ci:
        unplaced = await ctx.builds.load_unplaced_builds(source)
        await ctx.inbox.put([build_key(source, buildid) for buildid in unplaced])


async def _sweep_comments(ctx: Context) -> None:
    """Look again at pulls whose standing text differs from the wanted one."""
    if ctx.options.post_comments:
        unsaid = await ctx.incidents.load_unposted()
        await ctx.inbox.put([pull_key(repo_id, number) for repo_id, number in unsaid])


async def _sweep_settings(ctx: Context) -> None:
    """Read all settings files again: a push may have been lost, or a right given."""
    repositories = await ctx.builds.load_repositories()
    await ctx.inbox.put([repository_key(repository.repo_id) for repository in repositories])


async def _sweep_issues(ctx: Context) -> None:
    """Look at the trackers again: issues are closed and filed by people, too."""
    if ctx.options.tracker.mode is not TrackerMode.OFF:
        repositories = await ctx.builds.load_repositories()
        await ctx.inbox.put([issue_key(repository.repo_id) for repository in repositories])


_SWEEPS: Mapping[str, Callable[[Context], Awaitable[None]]] = {
    BUILDBOT_SWEEP: sweep_missed_builds,
    SPEECH_SWEEP: _sweep_comments,
    UNPLACED_SWEEP: _sweep_unplaced,
    SETTINGS_SWEEP: _sweep_settings,
    ISSUES_SWEEP: _sweep_issues,
}
