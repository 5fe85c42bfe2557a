"""Which change of an incident makes a notice, and for whom.

In: an incident, what stands about it on pulls, and what a subscription heard of it. Out: notices to
store. Only what stands on a pull names that pull; before that a notice says what broke and since
when. So nobody is accused elsewhere whom the policy does not let be accused on a pull.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.fleet.builder_record import find_tier
from bot.core.fleet.facets import FACET_RULES, FacetRule, find_facets
from bot.core.model import ACCUSING, Incident, IncidentState, PullComment, Verdict
from bot.core.notices.notice import (
    NOT_TOLD,
    NoticeFacts,
    NoticeKind,
    NoticeRecord,
    NoticeStatus,
)
from bot.core.notices.subscriptions import Subscription

SETTLES = timedelta(minutes=2)
"""How long a notice waits before it is sent. A comment is posted seconds after its fold, and half
of all changes of mind come with the next builds of a rush: one notice, not two."""


@dataclass(frozen=True, slots=True)
class TaggedBuilder:
    """What a builder of an incident is asked for by."""

    name: str
    tags: tuple[str, ...]
    workers: tuple[str, ...]  # of its builds that were red


def find_named_pull(incident: Incident, comments: Iterable[PullComment]) -> int | None:
    """The pull on which our comment accuses it of this incident now, for everybody to read."""
    for comment in comments:
        stands = comment.comment_id is not None and comment.deleted_at is None
        if not stands or comment.standing is None or comment.standing != comment.wanted:
            continue
        for said in comment.said:
            is_accused = said.verdict in ACCUSING and said.state == IncidentState.OPEN
            if said.incident_id == incident.id and is_accused:
                return comment.number
    return None


def find_kind(incident: Incident, named: int | None) -> NoticeKind:
    """What is to be told of an incident as it is."""
    if incident.state is not IncidentState.OPEN:
        return NoticeKind(incident.state.value)
    if incident.verdict in (Verdict.FLAKY, Verdict.ENVIRONMENT, Verdict.OLD):
        return NoticeKind(incident.verdict.value)
    if named is None or named != incident.pull or incident.verdict not in ACCUSING:
        return NoticeKind.BROKEN
    return NoticeKind(incident.verdict.value)


def describe_subject(
    repository: str,
    incident: Incident,
    builders: Sequence[TaggedBuilder],
    rules: Sequence[FacetRule] = FACET_RULES,
) -> Mapping[str, frozenset[str]]:
    """What subscriptions ask for an incident by, by filter."""
    return {
        "repository": frozenset({repository}),
        "branch": frozenset({incident.branch}),
        "worker": frozenset(worker for b in builders for worker in b.workers),
        "verdict": frozenset({incident.verdict.value}),
        **describe_builders(builders, rules),
    }


def describe_builders(
    builders: Sequence[TaggedBuilder], rules: Sequence[FacetRule] = FACET_RULES
) -> Mapping[str, frozenset[str]]:
    """What they are asked for by, by filter."""
    facets = [find_facets(b.name, b.tags, rules) for b in builders]
    tiers = [find_tier(b.tags) for b in builders]
    return {
        "tag": frozenset(tag for b in builders for tag in b.tags),
        "tier": frozenset(str(tier) for tier in tiers if tier is not None),
        "facet": frozenset(
            value
            for one in facets
            for value in (one.system, one.architecture, *one.configuration)
            if value
        ),
    }


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be stored: a new notice or none, in place of those that nobody heard of yet."""

    notice: NoticeRecord | None
    superseded: tuple[NoticeRecord, ...] = ()


def decide_notice(
    subscription: Subscription,
    subject: Mapping[str, frozenset[str]],
    facts: NoticeFacts,
    known: Sequence[NoticeRecord],
    *,
    repo_id: int,
    is_past: bool,
    now: datetime,
) -> Change | None:
    """What a subscription is to hear; `known` are its notices of this incident, in their order.

    `is_past`: what is so was so before we may speak. None: nothing changes.
    """
    told, waiting = find_told(known), find_waiting(known)
    news = _find_news(subscription, subject, facts, told)
    if news is None or (told is not None and told.facts == news):
        return Change(None, waiting) if waiting else None
    last = waiting[-1] if waiting else None
    if last is not None and last.facts.kind is news.kind and last.facts.pull == news.pull:
        return None  # it says so already, when it is sent
    notice = make_notice(subscription, news, known, repo_id=repo_id, is_past=is_past, now=now)
    return Change(notice, waiting)


def find_told(known: Sequence[NoticeRecord]) -> NoticeRecord | None:
    """What a subscription was told last, or counts as told."""
    return next((n for n in reversed(known) if n.status not in NOT_TOLD), None)


def find_waiting(known: Sequence[NoticeRecord]) -> tuple[NoticeRecord, ...]:
    """What nobody heard of yet."""
    return tuple(n for n in known if n.status is NoticeStatus.WAITING)


def make_notice(
    subscription: Subscription,
    facts: NoticeFacts,
    known: Sequence[NoticeRecord],
    *,
    repo_id: int,
    is_past: bool,
    now: datetime,
) -> NoticeRecord:
    """The next one of a thread; it waits, unless it is past or of a state that nobody asked for."""
    silent = is_past or not subscription.wants_state(facts.kind.state)
    return NoticeRecord(
        subscription=subscription.name,
        repo_id=repo_id,
        incident_id=facts.incident,
        position=known[-1].position + 1 if known else 0,
        status=NoticeStatus.KNOWN if silent else NoticeStatus.WAITING,
        facts=facts,
        caused_at=now,
        due_at=now + SETTLES,
    )


def _find_news(
    subscription: Subscription,
    subject: Mapping[str, frozenset[str]],
    facts: NoticeFacts,
    told: NoticeRecord | None,
) -> NoticeFacts | None:
    """What it would be told, where that is not what it was told last."""
    is_over = facts.kind.state is not IncidentState.OPEN
    if told is None or told.facts.kind in (NoticeKind.FIXED, NoticeKind.CLOSED):
        return None if is_over or not subscription.wants(subject) else facts
    before = told.facts
    if before.kind is NoticeKind.WITHDRAWN:
        return None if facts.kind in (NoticeKind.BROKEN, NoticeKind.WITHDRAWN) else facts
    if before.pull is not None and facts.pull != before.pull and _takes_back(facts.kind):
        # Whoever heard a name hears first that it is taken back; a new one is told by the next.
        return replace(facts, kind=NoticeKind.WITHDRAWN, pull=before.pull, pull_url=before.pull_url)
    if facts.pull == before.pull and _RANKS.get(facts.kind, 9) <= _RANKS.get(before.kind, 0):
        return None  # the same, or only less sure of it
    return facts


# Of one pull, and of none: what is told already says as much.
_RANKS = {NoticeKind.BROKEN: 1, NoticeKind.SUSPECTED: 1, NoticeKind.CONFIRMED: 2}


def _takes_back(kind: NoticeKind) -> bool:
    """A failure that is mended or was not seen for long says nothing against the pull."""
    return kind not in (NoticeKind.FIXED, NoticeKind.CLOSED)
