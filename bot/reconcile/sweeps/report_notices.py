"""The sweep that sends reports: each subscription that asks for one has it once in its period.

In: the time. Out: notices in the outbox, each under the number of its period, so that neither a
second instance nor a restart makes another; of what was missed the last one is made up for.
"""

from datetime import datetime

from bot.core.model import RegressionRange
from bot.core.notices.notice import (
    NO_REPOSITORY,
    REPORT_THREAD,
    NoticeFacts,
    NoticeKind,
    NoticeRecord,
    NoticeStatus,
)
from bot.core.notices.subscriptions import Subscription
from bot.core.ports.reports import ReportStore
from bot.core.reports.plain_text import render_text_document
from bot.core.reports.week_sections import make_week_document
from bot.core.reports.weekly import make_week_report
from bot.reconcile.context import Context
from bot.reconcile.repository_options import RepositoryOptions

REPORTS_SWEEP = "reports"

_LONGEST = 200_000  # letters: a mail that people may still read


class ReportNoticeSweep:
    """Makes what is due."""

    def __init__(self, ctx: Context, store: ReportStore, options: RepositoryOptions) -> None:
        self._ctx = ctx
        self._store = store
        self._options = options

    async def run(self, _: datetime) -> None:
        """By our own clock, as schedules are."""
        ctx, now = self._ctx, self._ctx.clock.now()
        wanting = [s for s in ctx.options.subscriptions if s.report is not None]
        if not wanting:
            return
        began = await ctx.notices.load_subscription_times()
        stored = await ctx.notices.load_notices(NO_REPOSITORY, REPORT_THREAD)
        made = {(n.subscription, n.position) for n in stored}
        for subscription in wanting:
            due = _find_due(subscription, now)
            name, since = subscription.name, began.get(subscription.name)
            if since is not None and since < due and (name, _number(due)) not in made:
                await ctx.notices.add_notices([await self._make(subscription, due)])

    async def _make(self, subscription: Subscription, due: datetime) -> NoticeRecord:
        now = self._ctx.clock.now()
        return NoticeRecord(
            subscription=subscription.name,
            repo_id=NO_REPOSITORY,
            incident_id=REPORT_THREAD,
            position=_number(due),
            status=NoticeStatus.WAITING,
            facts=await self._write(subscription, due),
            caused_at=now,
            due_at=now,
        )

    async def _write(self, subscription: Subscription, due: datetime) -> NoticeFacts:
        """Of the period up to when it was due, though it may be later by now."""
        since = due - subscription.report.period if subscription.report else due
        shown = await self._find_shown(subscription)
        report = make_week_report(await self._store.load_week(since, due, shown), due)
        document = make_week_document(report)
        url = self._ctx.options.public_url
        return NoticeFacts(
            kind=NoticeKind.REPORT,
            repository="",
            branch="",
            incident=REPORT_THREAD,
            tests=(),
            builders=(),
            workers=(),
            opened_at=since,
            range=RegressionRange(None, None),
            url=f"{url.rstrip('/')}/report" if url else None,
            headline=f"{document.title}: {document.summary}",
            text=render_text_document(document)[:_LONGEST],
        )

    async def _find_shown(self, subscription: Subscription) -> list[int]:
        """What it may hear of, and asks for; less what wants none of it."""
        shown = []
        for one in await self._ctx.builds.load_repositories():
            is_private = one.private is not False
            if (
                subscription.may_hear(one.full_name, is_private=is_private)
                and subscription.wants_repository(one.full_name)
                and not (await self._options.load(one.repo_id)).settings.mutes(subscription.name)
            ):
                shown.append(one.repo_id)
        return shown


def _find_due(subscription: Subscription, now: datetime) -> datetime:
    return subscription.report.find_due(now) if subscription.report else now


def _number(due: datetime) -> int:
    """Of a period, whichever its length."""
    return int(due.timestamp()) // 3600
