"""What an answer to `rerun`, `bisect` or `test` says by now, and what those commands may ask about.

In: the requests of a comment. Out: the paragraph that is edited into our answer as they go on; and
the scene in which such a command is decided.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.commands.decision import RequestScene
from bot.core.errors import Refused
from bot.core.model import (
    FIRST_SOURCE,
    BuildRecord,
    BuildRef,
    Incident,
    ListedBuilder,
    RequestPurpose,
    RequestState,
)
from bot.core.model.commands import UserComment
from bot.core.model.request_records import RequestRecord
from bot.core.render.headline import LinkContext
from bot.core.render.requests import RequestOutcome, render_progress
from bot.core.requests.own_failures import find_own_failures
from bot.reconcile.context import Context

# Builds of the branch that a pull's are compared with: what fails once in so many is known.
_COMPARED = 20
# A builder that built nothing of a branch for so long builds it no more.
_LATELY = timedelta(days=14)
_REDS = 50  # red builds of an incident that may be repeated

ABOUT_REQUESTS = frozenset({"rerun", "bisect", "test", "cancel"})
"""Commands that are about requests."""


async def load_scene(ctx: Context, repo_id: int, incidents: tuple[Incident, ...]) -> RequestScene:
    """What is known of builds on request, as of now."""
    options, now = ctx.options.requests, ctx.clock.now()
    known = await ctx.requests.load_requests(now)
    scene = RequestScene(
        options=options,
        source=FIRST_SOURCE,
        now=now,
        problem=None,
        dry_run=not ctx.options.post_comments,
        outstanding=tuple(
            record
            for record in known
            if record.request.is_outstanding and record.repo_id == repo_id
        ),
    )
    listed = await load_askable(ctx)
    if isinstance(listed, str):
        return replace(scene, problem=listed)
    return replace(
        scene,
        builders=tuple(listed.values()),
        built=await ctx.requests.load_branches_built(repo_id, now - _LATELY),
        reds=await _load_reds(ctx, incidents),
    )


async def load_askable(ctx: Context) -> dict[str, ListedBuilder] | str:
    """The builders that may be asked, by name; or in a sentence why none can be."""
    options = ctx.options.requests
    if not options.is_on:
        return "Builds on request are switched off (`BUILDS_ON_REQUEST`)."
    requester, source = ctx.requesters.get(FIRST_SOURCE), ctx.ci.get(FIRST_SOURCE)
    if requester is None or source is None or not requester.can_ask:
        return "We have no login at Buildbot (`BUILDBOT_USERNAME`): nothing can be asked for."
    try:
        startable = (await requester.fetch_scheduler()).builders
    except Refused:
        return "Buildbot has no force scheduler for us (docs/requests.md): nothing can be asked."
    listed = await source.fetch_builder_list()
    if listed is None:
        return "Buildbot is not all there just now: try again later."
    may_ask = options.may_ask
    return {b.name: b for b in listed if b.here and b.name in startable and may_ask(b.name)}


async def _load_reds(ctx: Context, incidents: tuple[Incident, ...]) -> tuple[BuildRecord, ...]:
    wanted = {build for i in incidents for build in i.red_builds[-_REDS:]}
    wanted |= {i.first_red_build for i in incidents}
    return await ctx.builds.load_builds(wanted)


# ---------------------------------------------------------------- the answer


async def render_requests_of(ctx: Context, place: LinkContext, comment: UserComment) -> str:
    """How far the requests of a comment are; empty: it made none."""
    records = await ctx.requests.load_requests_of(comment.repo_id, comment_id=comment.comment_id)
    if not records:
        return ""
    outcomes = {r.request.id: await _load_outcome(ctx, r) for r in records if _is_read(r)}
    return render_progress(
        records, {name: found for name, found in outcomes.items() if found is not None}, place
    )


def _is_read(record: RequestRecord) -> bool:
    return record.request.state is RequestState.FINISHED and record.read


async def _load_outcome(ctx: Context, record: RequestRecord) -> RequestOutcome | None:
    request = record.request
    builds = await ctx.builds.load_builds([BuildRef(request.source, request.buildid or 0)])
    if not builds:
        return None
    if request.purpose is not RequestPurpose.TEST or record.base is None:
        return RequestOutcome(builds[0])
    ids = await ctx.requests.load_last_builds(
        record.repo_id, record.base, request.builder, _COMPARED
    )
    base = await ctx.builds.load_builds([BuildRef(request.source, n) for n in ids])
    incidents = await ctx.incidents.load_incidents(record.repo_id, record.base)
    own, shared = find_own_failures(builds[0], base, incidents)
    return RequestOutcome(builds[0], own, shared, len(base))
