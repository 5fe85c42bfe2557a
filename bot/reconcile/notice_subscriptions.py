"""What a new subscription is told of: changes from here on.

In: the subscriptions as they are set. Out: for each new one, what is open now, stored as known to
it. So an upgrade, or a subscriber who comes late, starts no flood of what everybody knows.
"""

from collections.abc import Sequence

from bot.core.model import Incident, PullComment, Repository
from bot.core.notices.decide import find_kind, find_named_pull
from bot.core.notices.facts import make_notice_facts
from bot.core.notices.notice import NoticeFacts, NoticeRecord, NoticeStatus
from bot.reconcile.context import Context


async def begin_subscriptions(ctx: Context) -> None:
    """Called before any work begins; raises `Unavailable`."""
    names = [subscription.name for subscription in ctx.options.subscriptions]
    new = await ctx.notices.find_new_subscriptions(names)
    records: list[NoticeRecord] = []
    for repo_id, incident in await ctx.notices.load_open_incidents() if new else ():
        repository = await ctx.builds.load_repository(repo_id)
        if repository is not None:
            records += await make_known(ctx, repository, incident, new)
    await ctx.notices.save_subscriptions(names, records)


async def make_known(
    ctx: Context, repository: Repository, incident: Incident, names: Sequence[str]
) -> list[NoticeRecord]:
    """Of an incident as it is, for each of these subscriptions."""
    comments = await load_comments(ctx, repository.repo_id, incident)
    facts = make_facts(ctx, repository, incident, (), comments)
    stored = await ctx.notices.load_notices(repository.repo_id, incident.id)
    now = ctx.clock.now()
    return [
        NoticeRecord(
            subscription=name,
            repo_id=repository.repo_id,
            incident_id=incident.id,
            position=sum(notice.subscription == name for notice in stored),
            status=NoticeStatus.KNOWN,
            facts=facts,
            caused_at=now,
            due_at=now,
        )
        for name in names
    ]


async def load_comments(ctx: Context, repo_id: int, incident: Incident) -> tuple[PullComment, ...]:
    """Our comments on the pulls where something was said of it."""
    numbers = await ctx.commands.load_announced_pulls(repo_id, [incident.id])
    found = [await ctx.incidents.load_pull_comment(repo_id, number) for number in numbers]
    return tuple(comment for comment in found if comment is not None)


def make_facts(
    ctx: Context,
    repository: Repository,
    incident: Incident,
    workers: Sequence[str],
    comments: Sequence[PullComment],
) -> NoticeFacts:
    """What would be told now; a pull is named only where our comment on it does so, too."""
    named = find_named_pull(incident, comments)
    return make_notice_facts(
        find_kind(incident, named),
        repository.full_name,
        incident,
        workers,
        named,
        website=ctx.options.website,
        dashboard_url=ctx.options.public_url,
    )
