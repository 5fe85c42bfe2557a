"""What a command may ask about, loaded: a comment in, the context in which it is decided out."""

from dataclasses import dataclass

from bot.core.commands.arguments import find_incidents_of_pull
from bot.core.commands.decision import CommandContext
from bot.core.commands.parser import ParsedCommand
from bot.core.incidents.overrides import matches
from bot.core.model import BranchCommits, BuildRecord, Incident, Pull, Repository
from bot.core.model.commands import Role, UserComment
from bot.core.model.tracker import TrackerMode
from bot.core.render.headline import LinkContext, Report
from bot.reconcile.command_follows import load_followers
from bot.reconcile.context import Context
from bot.reconcile.reports import load_incident_report
from bot.reconcile.request_answers import ABOUT_REQUESTS, load_scene


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """What no command of a comment changes: loaded once, however many there are in it."""

    repository: Repository
    comment: UserComment
    pull: Pull
    role: Role
    incidents: tuple[Incident, ...]  # that concern this pull, the open ones first
    lines: dict[str, BranchCommits]  # the commits of their branches


async def load_place(ctx: Context, repository: Repository, comment: UserComment) -> CommandPlace:
    """Who writes, where, and of which incidents; what GitHub says is as of now."""
    repo_id, number = comment.repo_id, comment.number
    pull = await ctx.github.fetch_pull(repository, number)
    role = await ctx.github.fetch_role(repository, comment.author)
    ours = await ctx.incidents.load_pull_comment(repo_id, number)
    announced = [said.incident_id for said in ours.said] if ours else []
    all_incidents = await ctx.incidents.load_incidents(repo_id)
    incidents = tuple(find_incidents_of_pull(number, all_incidents, announced))
    branches = sorted({incident.branch for incident in incidents})
    lines = {branch: await ctx.builds.load_line(repo_id, branch) for branch in branches}
    return CommandPlace(repository, comment, pull, role, incidents, lines)


async def load_command_context(
    ctx: Context, place: CommandPlace, command: ParsedCommand
) -> CommandContext:
    """What this command may ask about; it sees what those before it did."""
    repo_id, number = place.comment.repo_id, place.comment.number
    overrides = await ctx.commands.load_overrides(repo_id)
    return CommandContext(
        comment=place.comment,
        pull=place.pull,
        role=place.role,
        prefix=ctx.options.command_prefix,
        place=make_link_context(ctx, place.repository, number),
        incidents=place.incidents,
        lines=place.lines,
        overrides=tuple(
            override
            for override in overrides
            if override.number == number
            or any(matches(override.target, incident) for incident in place.incidents)
        ),
        reports=await _load_reports(ctx, place, command),
        builds=await _load_builds(ctx, place, command),
        silence=await _load_silence(ctx, repo_id, number),
        requests=await load_scene(ctx, repo_id, place.incidents)
        if command.name in ABOUT_REQUESTS
        else None,
        fork_pushed_at=await ctx.github.fetch_fork_push(place.repository, number)
        if command.name == "test"
        else None,
        no_tracker=_find_no_tracker(ctx),
        issues=await ctx.tracker.load_known_issues(repo_id, [i.id for i in place.incidents])
        if command.name == "status"
        else {},
        followers=await load_followers(ctx, place.comment) if command.name == "subscribe" else (),
    )


def _find_no_tracker(ctx: Context) -> str | None:
    """Why no issue can be filed; None: it can."""
    if not ctx.options.tracker.allows(TrackerMode.ASK):
        return "Issues are not filed here (`TRACKER`)."
    return None if ctx.options.post_comments else "This is a dry run: no issue is filed."


def make_link_context(ctx: Context, repository: Repository, number: int) -> LinkContext:
    """Where what is written on a pull leads."""
    options = ctx.options
    return LinkContext(
        repository.full_name, number, options.website, options.public_url, options.command_prefix
    )


async def _load_silence(ctx: Context, repo_id: int, number: int) -> str | None:
    """Why nothing is said here: by people's wish, or as it was decided."""
    muted = await ctx.commands.load_mute_reason(repo_id, number)
    ours = await ctx.incidents.load_pull_comment(repo_id, number)
    return muted or (ours.why_silent if ours else None)


async def _load_reports(
    ctx: Context, place: CommandPlace, command: ParsedCommand
) -> tuple[Report, ...]:
    """Of the incidents here, where the command explains them."""
    if command.name != "explain":
        return ()
    found = [await load_incident_report(ctx, place.repository, i) for i in place.incidents]
    return tuple(found)


async def _load_builds(
    ctx: Context, place: CommandPlace, command: ParsedCommand
) -> tuple[BuildRecord, ...]:
    """Of the merge commit, where the command asks for them."""
    if command.name != "status" or place.pull.merge_sha is None:
        return ()
    return tuple(await ctx.commands.load_builds_at(place.comment.repo_id, place.pull.merge_sha))
