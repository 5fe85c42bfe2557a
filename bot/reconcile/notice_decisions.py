"""What is to be told of an incident, and to whom: load, decide, save.

In: the key of an incident. Out: notices in the outbox; what is sent, and when, is the affair of
another key.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import Unavailable
from bot.core.model import Incident, PullComment, Repository, parse_branch_name
from bot.core.notices.decide import Change, TaggedBuilder, decide_notice, describe_subject
from bot.core.notices.followers import make_pull_subscription
from bot.core.notices.notice import NoticeRecord
from bot.core.notices.subscriptions import Subscription
from bot.core.ports import Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_announcing_since
from bot.reconcile.notice_subscriptions import load_comments, make_facts

log = logging.getLogger(__name__)

# The first sweep, which tells since when we may speak, is through in less.
_FIRST_SWEEP = timedelta(seconds=5)
_REDS_LOADED = 50


@dataclass(frozen=True, slots=True)
class _Scene:
    """An incident with all that decides who hears what of it."""

    repository: Repository
    incident: Incident
    builders: tuple[TaggedBuilder, ...]
    comments: tuple[PullComment, ...]  # on which something was said of it
    hearers: tuple[Subscription, ...]
    stored: tuple[NoticeRecord, ...]


async def decide_about_incident(ctx: Context, lease: Lease) -> Result:
    """All that is new about it, for everybody, in one transaction."""
    since = await load_announcing_since(ctx.builds, ctx.ci, posting=ctx.options.post_comments)
    if since is None:
        return Result(again_at=ctx.clock.now() + _FIRST_SWEEP)
    scene = await _load(ctx, *parse_branch_name(lease.key.name))
    if scene is None:
        return Result()
    changes = list(_find_changes(ctx, scene, since))
    if changes and not await ctx.notices.save_changes(changes):
        raise Unavailable("one of these notices is being sent just now")
    for change in changes:
        if change.notice is not None:
            log.info("notice", extra=_describe(change.notice))
    return Result()


# ---------------------------------------------------------------- load


async def _load(ctx: Context, repo_id: int, incident_id: str) -> _Scene | None:
    """None: it is gone, or nothing is to be said of its branch."""
    repository = await ctx.builds.load_repository(repo_id)
    incident = await ctx.notices.load_incident(repo_id, incident_id)
    if repository is None or incident is None or ctx.options.settings.is_quiet(incident.branch):
        return None
    comments = await load_comments(ctx, repo_id, incident)
    return _Scene(
        repository=repository,
        incident=incident,
        builders=await _load_builders(ctx, incident),
        comments=comments,
        hearers=(
            *_find_subscriptions(ctx, repository, incident.branch),
            *await _load_followed(ctx, repo_id, comments),
        ),
        stored=await ctx.notices.load_notices(repo_id, incident_id),
    )


async def _load_builders(ctx: Context, incident: Incident) -> tuple[TaggedBuilder, ...]:
    """The builders that showed it, with the workers of its red builds."""
    reds = await ctx.builds.load_builds(set(incident.red_builds[-_REDS_LOADED:]))
    tags = {b.name: b.tags for b in await ctx.builds.load_builders()}
    return tuple(
        TaggedBuilder(
            name,
            tuple(sorted(tags.get(name, ()))),
            tuple(sorted({r.build.worker for r in reds if r.builder.name == name})),
        )
        for name in incident.builders
    )


def _find_subscriptions(
    ctx: Context, repository: Repository, branch: str
) -> Iterator[Subscription]:
    """A repository of which GitHub has not said yet that it is public is not known to be."""
    is_private, options = repository.private is not False, ctx.options
    for subscription in options.settings.choose_subscriptions(options.subscriptions, branch):
        may_hear = subscription.may_hear(repository.full_name, is_private=is_private)
        if may_hear and subscription.report is None:
            yield subscription


async def _load_followed(
    ctx: Context, repo_id: int, comments: Sequence[PullComment]
) -> list[Subscription]:
    """Of people on the pulls where our comment stands; who deleted it wants to hear no more."""
    numbers = {c.number for c in comments if c.comment_id and c.deleted_at is None}
    followed = await ctx.notices.find_followed(repo_id, numbers) if numbers else ()
    return [make_pull_subscription(repo_id, number) for number in followed]


# ---------------------------------------------------------------- decide


def _find_changes(ctx: Context, scene: _Scene, since: datetime) -> Iterator[Change]:
    incident, name = scene.incident, scene.repository.full_name
    workers = sorted({worker for builder in scene.builders for worker in builder.workers})
    facts = make_facts(ctx, scene.repository, incident, workers, scene.comments)
    subject = describe_subject(name, incident, scene.builders, ctx.options.facet_rules)
    ended = incident.closed_at is not None and incident.closed_at <= since
    for subscription in scene.hearers:
        known = [n for n in scene.stored if n.subscription == subscription.name]
        change = decide_notice(
            subscription,
            subject,
            facts,
            known,
            repo_id=scene.repository.repo_id,
            is_past=ended or (not known and incident.opened_at <= since),
            now=ctx.clock.now(),
        )
        if change is not None:
            yield change


def _describe(notice: NoticeRecord) -> dict[str, object]:
    return {
        "to": notice.subscription,
        "incident": notice.incident_id,
        "kind": notice.facts.kind.value,
        "status": notice.status.value,
    }
