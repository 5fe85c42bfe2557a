"""The reconciler of `repository/…` keys: what a repository says of itself in a file of its own.

In: the key of a repository. Out: its settings as they are now, in force from here on; its mistakes
told in `/health`, and once under the commit that made them.
"""

import logging
from dataclasses import replace

from bot.core.errors import Refused
from bot.core.model import (
    Key,
    Repository,
    TroubleKind,
    branch_key,
    parse_repository_name,
    pull_key,
)
from bot.core.model.repository_files import SettingsFile
from bot.core.ports import Lease, Result
from bot.core.render.settings_problems import SETTINGS_MARKER, render_settings_problems
from bot.core.repository_settings.decide import update_settings_file
from bot.core.repository_settings.parse import parse_repository_settings
from bot.core.repository_settings.settings import PATH
from bot.reconcile.context import Context
from bot.reconcile.known_flaky import read_known_flaky
from bot.reconcile.notice_subscriptions import make_known
from bot.reconcile.repository_options import RepositoryOptions

log = logging.getLogger(__name__)


class RepositoryReconciler:
    """Keeps what a repository says of itself."""

    def __init__(self, options: RepositoryOptions) -> None:
        self._options = options

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load, decide, save, act; where we may not read, what was in force stays so."""
        repo_id = parse_repository_name(lease.key.name)
        repository = await ctx.builds.load_repository(repo_id)
        if repository is None:
            return Result()
        try:
            found = await ctx.files.fetch_file(repository, PATH)
        except Refused as refused:
            log.warning("settings not read", extra={"key": str(lease.key), "reason": str(refused)})
            return Result()
        known = await ctx.settings_files.load_settings_file(repo_id)
        known = known or SettingsFile(repo_id, None, None)
        offered = [s.name for s in ctx.options.subscriptions if s.is_offered]
        file = update_settings_file(known, found, offered)
        listed = await read_known_flaky(ctx, repository, file)
        if listed != file.known_flaky:
            file = replace(file, known_flaky=listed)
        if file is not known:
            await _begin_notices(ctx, repository, file)
            await ctx.settings_files.save_settings_file(file, await _find_keys(ctx, repo_id))
            await self._options.refresh()
            log.info("settings", extra={"key": str(lease.key), "problems": len(file.problems)})
        await _tell(ctx, repository, file)
        return Result()


async def _begin_notices(ctx: Context, repository: Repository, file: SettingsFile) -> None:
    """A subscription that is taken anew hears of changes from here on."""
    parsed = parse_repository_settings((file.good or "").encode()).settings
    new = sorted(parsed.subscribed - ctx.options.settings.subscribed)
    for repo_id, incident in await ctx.notices.load_open_incidents() if new else ():
        if repo_id == repository.repo_id:
            known = await make_known(ctx, repository, incident, new)
            await ctx.notices.save_notices(known)


async def _find_keys(ctx: Context, repo_id: int) -> list[Key]:
    """Whatever these settings may change: its branches, and the pulls that stand accused."""
    branches = [name for number, name in await ctx.builds.load_branches() if number == repo_id]
    incidents = await ctx.incidents.load_incidents(repo_id)
    pulls = sorted({incident.pull for incident in incidents if incident.pull})
    return [
        *(branch_key(repo_id, branch) for branch in branches),
        *(pull_key(repo_id, number) for number in pulls),
    ]


# ---------------------------------------------------------------- act


async def _tell(ctx: Context, repository: Repository, file: SettingsFile) -> None:
    """In `/health` as long as they are there; under the commit once, where we may write."""
    said = [f"{PATH} has mistakes: {'; '.join(file.problems)}"] if file.problems else []
    if file.known_flaky.problems:
        said.append(f"known flaky tests: {'; '.join(file.known_flaky.problems)}")
    words = ". ".join(said) or None
    await ctx.builds.save_trouble(repository.full_name, TroubleKind.SETTINGS, words)
    if not file.problems or file.told_sha is not None or not ctx.options.post_comments:
        return
    try:
        sha = await ctx.files.fetch_last_change(repository, PATH)
        if sha is None:
            return
        body = render_settings_problems(PATH, file.problems)
        me = await ctx.github.fetch_me()
        await ctx.files.comment_once(repository, sha, SETTINGS_MARKER, me, body)
    except Refused as refused:  # it takes a right that the App need not have: `/health` tells it
        log.info("settings not told", extra={"reason": refused.reason})
        return
    await ctx.settings_files.save_settings_file(replace(file, told_sha=sha), [])
