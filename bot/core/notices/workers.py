"""What owners of workers are told: that one builds nothing any more, and that it is back.

In: when each worker last built, and what a subscription heard of it. Out: notices to store.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.core.fleet.advice import LastSeen, find_absence
from bot.core.model import RegressionRange
from bot.core.notices.decide import Change, find_told, find_waiting, make_notice
from bot.core.notices.notice import NO_REPOSITORY, NoticeFacts, NoticeKind, NoticeRecord
from bot.core.notices.subscriptions import Subscription

_NO_NEWS = timedelta(days=30)
"""Whoever has been away for longer than that is missed by nobody; and notices are kept longer."""


def name_worker_thread(worker: str) -> str:
    """What stands in the place of an incident's id."""
    return f"worker {worker}"


def make_worker_facts(worker: LastSeen, now: datetime, dashboard_url: str | None) -> NoticeFacts:
    """How a worker is now; `opened_at` is when it last built, as far as is known."""
    is_away = find_absence(worker, now) is not None
    page = f"{dashboard_url.rstrip('/')}/workers/" if dashboard_url else None
    return NoticeFacts(
        kind=NoticeKind.AWAY if is_away else NoticeKind.BACK,
        repository="",
        branch="",
        incident=name_worker_thread(worker.name),
        tests=(),
        builders=worker.builders,
        workers=(worker.name,),
        opened_at=worker.built_at or worker.known_since,
        range=RegressionRange(None, None),
        url=page + quote(worker.name, safe="", errors="replace") if page else None,
    )


def decide_worker_notice(
    subscription: Subscription,
    facts: NoticeFacts,
    known: Sequence[NoticeRecord],
    *,
    is_new: bool,
    now: datetime,
) -> Change | None:
    """What is to be told, `known` being what was; `is_new`: it hears of workers from here on."""
    told, waiting = find_told(known), find_waiting(known)
    before = told.facts.kind if told is not None else NoticeKind.BACK
    if facts.kind is before:
        return Change(None, waiting) if waiting else None
    if waiting and waiting[-1].facts.kind is facts.kind:
        return None
    is_past = is_new or now - facts.opened_at > _NO_NEWS
    notice = make_notice(
        subscription, facts, known, repo_id=NO_REPOSITORY, is_past=is_past, now=now
    )
    return Change(notice, waiting)
