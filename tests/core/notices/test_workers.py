"""Who owns a worker hears once that it is away, and once that it is back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.fleet.advice import LastSeen
from bot.core.notices.notice import NoticeFacts, NoticeKind, NoticeRecord, NoticeStatus
from bot.core.notices.workers import decide_worker_notice, make_worker_facts
from tests.support.make_stored import MOMENT
from tests.support.notices import WEBHOOK, make_notice

DAY = timedelta(days=1)
OWNER = replace(WEBHOOK, wanted={"worker": frozenset({"wk"})})
NOW = MOMENT + 8 * DAY
WORKER = LastSeen("wk", MOMENT - 90 * DAY, MOMENT, ("A", "B"))


def make(days: int) -> NoticeFacts:
    """Of a worker that has built nothing for so long."""
    return make_worker_facts(replace(WORKER, built_at=NOW - days * DAY), NOW, "https://w.example/")


def decide(facts: NoticeFacts, *known: NoticeRecord, is_new: bool = False) -> str | None:
    change = decide_worker_notice(OWNER, facts, known, is_new=is_new, now=NOW)
    if change is None:
        return None
    over = "over" * len(change.superseded)
    return f"{change.notice.facts.kind} {change.notice.status}" if change.notice else over


def told(kind: int, status: NoticeStatus = NoticeStatus.SENT) -> NoticeRecord:
    return make_notice(0, status, make(kind))


@pytest.mark.parametrize(("days", "kind"), [(6, NoticeKind.BACK), (8, NoticeKind.AWAY)])
def test_a_week_without_a_build_is_away(days: int, kind: NoticeKind) -> None:
    assert make(days).kind is kind
    assert make(days).url == "https://w.example/workers/wk"


def test_one_that_never_built_is_away_a_week_after_it_came() -> None:
    unseen = LastSeen("wk", NOW - 9 * DAY, None, ("A",))
    assert make_worker_facts(unseen, NOW, None).kind is NoticeKind.AWAY
    assert make_worker_facts(replace(unseen, known_since=NOW), NOW, None).kind is NoticeKind.BACK


def test_each_change_is_told_once() -> None:
    assert decide(make(6)) is None
    assert decide(make(8)) == "away waiting"
    assert decide(make(8), told(8, NoticeStatus.WAITING)) is None
    assert decide(make(9), told(8)) is None
    assert decide(make(0), told(8)) == "back waiting"
    assert decide(make(0), told(8, NoticeStatus.WAITING)) == "over", "nobody heard that it was away"


def test_what_was_so_before_anybody_asked_is_no_news() -> None:
    assert decide(make(8), is_new=True) == "away known"
    assert decide(make(40)) == "away known", "nobody misses it"
    assert decide(make(0), told(8, NoticeStatus.KNOWN)) == "back waiting"
