"""All there is to tell of an incident: the store's facts, and which builds run just now.

In: an incident, and what is to be said of it. Out: its report, from which every text is rendered.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.errors import Refused, Unavailable
from bot.core.incidents.build_cells import find_cells
from bot.core.incidents.builder_roster import Roster, make_roster
from bot.core.model import BuildAt, BuildCell, BuildRecord, Incident, Repository
from bot.core.policy.decide import PULL, Intent, find_revert_time
from bot.core.ports import CiSource
from bot.core.render.builds_table import find_commits
from bot.core.render.comment import Report
from bot.core.render.failing_builds import find_failing_builds
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_source_time

log = logging.getLogger(__name__)

# A comment shows some of an incident's red builds; its page has all.
_REDS_LOADED = 50


async def load_report(ctx: Context, repository: Repository, intent: Intent) -> Report:
    """The report of what is to be said."""
    incident, policy = intent.incident, ctx.options.policy
    roster = make_roster(await ctx.builds.load_builders())
    builds = await _load_builds(ctx, incident, roster)
    shas = {s.sha for s in incident.suspects}
    shas |= {b.build.revision for b in builds if b.build.revision}
    revert_at = find_revert_time(intent, policy)
    now = await load_source_time(ctx.builds, ctx.ci) if revert_at is not None else None
    report = Report(
        incident=incident,
        verdict=intent.verdict,
        state=intent.state,
        failing_builds=find_failing_builds(incident, builds),
        commits=await ctx.builds.load_commits(repository.repo_id, incident.branch, shas),
        builds=builds,
        revert=revert_at is not None and now is not None and revert_at <= now,
    )
    known = await ctx.tracker.load_known_issues(repository.repo_id, [incident.id])
    asked = await ctx.requests.load_requests_of(repository.repo_id, incident=incident.id)
    return replace(
        report,
        cells=await _load_cells(ctx, repository, report, roster),
        asked=tuple(record for record in asked if not record.dry_run),
        issue=known.get(incident.id),
    )


async def load_incident_report(ctx: Context, repository: Repository, incident: Incident) -> Report:
    """All there is to tell of an incident, whatever was decided to say."""
    intent = Intent(PULL, incident, incident.verdict, incident.state)
    return await load_report(ctx, repository, intent)


def find_settled_at(reports: Iterable[Report]) -> datetime | None:
    """When the last red build ended that these rest on, by the source's clock."""
    ends = (
        record.build.complete_at
        for report in reports
        for record in report.builds
        if record.build.ref in report.incident.red_builds
    )
    return max((at for at in ends if at is not None), default=None)


async def _load_builds(ctx: Context, incident: Incident, roster: Roster) -> tuple[BuildRecord, ...]:
    """The builds that can be shown: red ones, those at the ends of ranges, and who testified.

    Each under its builder's present name, as the incident has it.
    """
    wanted = set(incident.red_builds[:_REDS_LOADED])
    wanted |= {t.build for s in incident.suspects for t in s.testimony}
    for one in incident.ranges:
        wanted |= {one.first_bad_build, one.last_good_build or one.first_bad_build}
    found = await ctx.builds.load_builds(wanted)
    return tuple(_rename_record(record, roster) for record in found)


def _rename_record(record: BuildRecord, roster: Roster) -> BuildRecord:
    build, builder = record.build, record.builder
    if build.complete_at is None:
        return record
    name = roster.follow(build.source, builder.name, build.complete_at)
    return replace(record, builder=replace(builder, name=name))


def _rename_build(built: BuildAt, roster: Roster) -> BuildAt:
    if built.observation is None:
        return built
    name = roster.find_name(built.observation)
    return replace(built, builder=name, observation=replace(built.observation, builder=name))


async def _load_cells(
    ctx: Context, repository: Repository, report: Report, roster: Roster
) -> tuple[BuildCell, ...]:
    """Every build of the commits that are shown, on the builders that showed the failure."""
    incident = report.incident
    shas, builders = find_commits(report), [r.builder for r in incident.ranges]
    if not shas:
        return ()
    stored = await ctx.builds.load_builds_at(
        repository.repo_id, incident.branch, shas, sorted(roster.find_old_names(builders))
    )
    renamed = (_rename_build(build, roster) for build in stored)
    built = [build for build in renamed if build.builder in builders]
    known = {build.ref for build in built}
    running = [
        build
        for source in ctx.ci.values()
        for build in await _load_running(source, shas, builders)
        if build.ref not in known
    ]
    return find_cells(incident, (*built, *running), report.builds)


async def _load_running(
    source: CiSource, shas: Collection[str], builders: Collection[str]
) -> list[BuildAt]:
    """Those of these commits on these builders that run just now.

    While Buildbot is away none is known: what has to be told is not kept back for it.
    """
    try:
        running = [b for b in await source.fetch_running() if b.revision in shas]
        names = {b.builderid: (await source.fetch_builder(b.builderid)).name for b in running}
    except (Refused, Unavailable) as error:
        log.info("running builds are not known", extra={"reason": error.reason})
        return []
    return [
        BuildAt(b.revision, name, b.ref, b.number, source.build_url(b), None)
        for b in running
        if (name := names[b.builderid]) in builders and b.revision is not None
    ]
