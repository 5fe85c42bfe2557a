"""Catch up on builds that were never pushed.

In: cursors that survive restarts, one for each source, in its own clock. Out: keys in the inbox.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.core.model import FinishedBuild, Key, build_key
from bot.core.model.build_results import is_red
from bot.core.ports import CiSource
from bot.reconcile.context import Context
from bot.reconcile.cursors import BEGINNING, name_baseline, name_cursor, name_posting

log = logging.getLogger(__name__)

BUILDBOT_SWEEP = "buildbot"

# Builds are saved a moment after their complete_at, and not in its order.
_OVERLAP = timedelta(minutes=10)

# Of what is caught up on, red builds come first, so that incidents have their failures early.
_RED_FIRST = timedelta(seconds=1)

_BATCH = 200


async def sweep_missed_builds(ctx: Context) -> None:
    """Put the builds of each source that we have no facts of."""
    for source in ctx.ci.values():
        await _sweep_source(ctx, source)


async def _sweep_source(ctx: Context, source: CiSource) -> None:
    cursor = await ctx.builds.load_time(name_cursor(source.source)) or await _begin(ctx, source)
    await _mark_posting(ctx, source)
    since, began = max(cursor - _OVERLAP, BEGINNING), ctx.clock.now()
    batch: list[FinishedBuild] = []
    async for build in source.fetch_completed(since):
        batch.append(build)
        if len(batch) == _BATCH:
            cursor = await _put_unknown(ctx, source.source, batch, cursor, began)
            batch = []
    if batch:
        await _put_unknown(ctx, source.source, batch, cursor, began)


async def _begin(ctx: Context, source: CiSource) -> datetime:
    """The very first start: everything that is finished by now is the past."""
    baseline = await _fetch_latest(source)
    await ctx.builds.save_time(name_baseline(source.source), baseline)
    return max(baseline - timedelta(days=ctx.options.history_days), BEGINNING)


async def _mark_posting(ctx: Context, source: CiSource) -> None:
    """Remember from when on we may write, in the source's clock; forget it in a dry run."""
    name, posting = name_posting(source.source), ctx.options.post_comments
    since = await ctx.builds.load_time(name)
    if not posting and since is not None:
        await ctx.builds.save_time(name, None)
    elif posting and since is None:
        await ctx.builds.save_time(name, await _fetch_latest(source))


async def _fetch_latest(source: CiSource) -> datetime:
    """When the build that finished last did so, by the source's clock."""
    latest = await source.fetch_latest()
    return latest.complete_at if latest and latest.complete_at else BEGINNING


async def _put_unknown(
    ctx: Context, source: str, batch: list[FinishedBuild], cursor: datetime, began: datetime
) -> datetime:
    """Put the builds that we have no facts of, or others; returns the cursor, moved on."""
    known = await ctx.builds.load_known_builds(source, [build.buildid for build in batch])
    new = [build for build in batch if _is_news(build, known)]
    reds, others = (_make_keys(source, new, red=red) for red in (True, False))
    await ctx.inbox.put(reds, began)
    await ctx.inbox.put(others, began + _RED_FIRST)
    moved = max([cursor, *(build.complete_at for build in batch if build.complete_at)])
    await ctx.builds.save_time(name_cursor(source), moved)
    if new:
        log.info("builds to catch up on", extra={"key": source, "builds": len(new)})
    return moved


def _make_keys(source: str, builds: Iterable[FinishedBuild], *, red: bool) -> list[Key]:
    return [build_key(source, build.buildid) for build in builds if is_red(build.result) is red]


def _is_news(build: FinishedBuild, known: Mapping[int, FinishedBuild]) -> bool:
    """Never read, or it ended otherwise than when it was read."""
    before = known.get(build.buildid)
    return before is None or (build.complete_at is not None and build != before)
