"""The reconciler of `build/…` keys: one finished build of Buildbot → its facts, saved.

In: the build, its builder, its logs and where its commits live. Out: facts, and the key of the
branch that they concern, in one transaction. A build that still runs is looked at again.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from bot.core.errors import Refused
from bot.core.failures.from_build import (
    find_missing_context,
    find_occurrences,
    is_same_build,
    is_same_end,
)
from bot.core.model import (
    Build,
    BuildRecord,
    Key,
    Repository,
    ScheduledBy,
    branch_key,
    parse_build_name,
)
from bot.core.model.keys import PULL_REFS
from bot.core.ports import BuildStore, CiSource, Lease, Result
from bot.core.render.log_fields import describe_build
from bot.logs import merge_readings
from bot.reconcile.build_logs import read_build_logs
from bot.reconcile.context import Context
from bot.reconcile.repositories import Repositories

log = logging.getLogger(__name__)

# A build that still runs when we look is looked at again; its finish is usually pushed before.
_RUNNING_AGAIN = timedelta(minutes=5)


class BuildReconciler:
    """Reads builds and saves what they say."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Fetch the build, read its logs, save the facts, wake its branch.

        What may pass is tried again by the worker, the key and its reason stay meanwhile; what
        the source itself refuses is noted, so that nobody wonders where the build is.
        """
        name, buildid = parse_build_name(lease.key.name)
        source = ctx.ci.get(name)
        if source is None:
            raise Refused(f"no source is called {name}")
        try:
            build = await source.fetch_build(buildid)
            if build.complete_at is None:
                return Result(again_at=ctx.clock.now() + _RUNNING_AGAIN)
            if await _is_known(ctx.builds, build):
                return Result()
            record = await self._read(ctx, source, build)
        except Refused as refused:
            await ctx.builds.save_unread(name, buildid, refused.reason)
            raise
        keys = [*_wake_branch(record), *await _wake_request(ctx, record.build)]
        await ctx.builds.save_build(record, keys)
        log.info("build read", extra=describe_build(lease.key, record))
        return Result()

    async def _read(self, ctx: Context, source: CiSource, build: Build) -> BuildRecord:
        builder = await source.fetch_builder(build.builderid)
        read = await read_build_logs(source, ctx.log_reader, build)
        repository, where = await self._find_repository(build)
        if build.branch is None and repository is not None:
            build = replace(build, branch=repository.default_branch)
        return BuildRecord(
            build=build,
            builder=builder,
            stable=ctx.options.is_stable(builder),
            repo_id=repository.repo_id if repository else None,
            reading=merge_readings(read.named) if read.parts else None,
            sightings=find_occurrences(build, read.parts),
            url=source.build_url(build),
            note="; ".join([*read.notes, *where, *find_missing_context(build)]),
            sources=tuple(name for name, _ in read.named),
            steps=read.steps,
            step_runs=read.step_runs,
        )

    async def _find_repository(self, build: Build) -> tuple[Repository | None, tuple[str, ...]]:
        """Where the build's commits live, or a named reason why we do not know."""
        name = build.repository
        if name is None:
            return None, (build.gap or _NO_REPOSITORY,)
        try:
            return await self._repositories.fetch(name), ()
        except Refused as refused:
            return None, (refused.reason,)


async def _is_known(builds: BuildStore, build: Build) -> bool:
    """Whether it was read and placed, without a gap, and ended as it does now.

    A master that was made anew, or another one at the same address, counts from one again: its
    builds are neither taken for the old ones, nor do they take their place.
    """
    for known in await builds.load_builds([build.ref]):
        if not is_same_build(known.build, build):
            raise Refused(f"another build was read under this number before: {known.url}")
        if is_same_end(known.build, build):
            return known.repo_id is not None and not known.note
        log.warning("build changed after it was complete", extra={"build": build.buildid})
    return False


async def _wake_request(ctx: Context, build: Build) -> list[Key]:
    """Who waits for it, where we asked for it."""
    if build.scheduled_by is not ScheduledBy.REQUEST:
        return []
    return list(await ctx.requests.find_keys(build.source, build.buildrequestid))


_NO_REPOSITORY = "no repository: the sourcestamp names none, and REPOSITORY is not set"


def _wake_branch(record: BuildRecord) -> list[Key]:
    branch = record.build.branch
    if record.repo_id is None or branch is None or branch.startswith(PULL_REFS):
        return []
    return [branch_key(record.repo_id, branch)]
