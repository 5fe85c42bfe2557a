"""Each change is told once; nobody is named whom no comment names."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import Announcement, IncidentState, PullComment, Verdict
from bot.core.notices.decide import (
    Change,
    TaggedBuilder,
    decide_notice,
    describe_subject,
    find_kind,
    find_named_pull,
)
from bot.core.notices.notice import NoticeFacts, NoticeKind, NoticeRecord, NoticeStatus
from bot.core.notices.subscriptions import Medium, Subscription
from tests.support.make_stored import MOMENT, make_incident
from tests.support.notices import WEBHOOK, make_facts, make_notice

SAID = Announcement("aa0001", "suspected", "open", MOMENT)
COMMENT = PullComment(1, 101, wanted="text", standing="text", comment_id=5, said=(SAID,))
ACCUSED = make_incident("aa0001", verdict=Verdict.SUSPECTED, pull=101)
SUSPECTED = make_facts(NoticeKind.SUSPECTED, pull=101)
CONFIRMED = make_facts(NoticeKind.CONFIRMED, pull=101)
SUBJECT = {"verdict": frozenset({"suspected"})}


def decide(
    facts: NoticeFacts,
    *known: NoticeRecord,
    to: Subscription = WEBHOOK,
    is_past: bool = False,
    verdict: str = "suspected",
) -> Change | None:
    subject = {"verdict": frozenset({verdict})}
    return decide_notice(to, subject, facts, known, repo_id=1, is_past=is_past, now=MOMENT)


def told(*facts: NoticeFacts) -> list[NoticeRecord]:
    return [make_notice(n, NoticeStatus.SENT, one) for n, one in enumerate(facts)]


def news(change: Change | None) -> tuple[NoticeKind, int | None] | None:
    notice = change.notice if change else None
    return (notice.facts.kind, notice.facts.pull) if notice else None


# ---------------------------------------------------------------- who is named


def test_a_pull_is_named_that_our_comment_names() -> None:
    assert find_named_pull(ACCUSED, [COMMENT]) == 101
    assert find_kind(ACCUSED, 101) is NoticeKind.SUSPECTED


@pytest.mark.parametrize(
    "changes",
    [
        {"comment_id": None},  # a dry run, a limit, an opt-out, or GitHub's no
        {"deleted_at": MOMENT},
        {"standing": "an earlier text"},  # the edit is refused
        {"standing": None, "wanted": None},
        {"said": ()},
        {"said": (Announcement("aa0001", "suspected", "withdrawn", MOMENT),)},
        {"said": (Announcement("aa0001", "unknown", "open", MOMENT),)},
        {"said": (Announcement("bb0002", "suspected", "open", MOMENT),)},
    ],
)
def test_nobody_is_named_of_whom_no_comment_says_so(changes: dict[str, Any]) -> None:
    comment = PullComment(**{**{n: getattr(COMMENT, n) for n in COMMENT.__slots__}, **changes})
    assert find_named_pull(ACCUSED, [comment]) is None
    assert find_kind(ACCUSED, None) is NoticeKind.BROKEN


@pytest.mark.parametrize(
    ("state", "verdict", "kind"),
    [
        (IncidentState.OPEN, Verdict.UNKNOWN, NoticeKind.BROKEN),
        (IncidentState.OPEN, Verdict.CONFIRMED, NoticeKind.CONFIRMED),
        (IncidentState.OPEN, Verdict.FLAKY, NoticeKind.FLAKY),
        (IncidentState.OPEN, Verdict.ENVIRONMENT, NoticeKind.ENVIRONMENT),
        (IncidentState.OPEN, Verdict.OLD, NoticeKind.OLD),
        (IncidentState.FIXED, Verdict.CONFIRMED, NoticeKind.FIXED),
        (IncidentState.CLOSED, Verdict.CONFIRMED, NoticeKind.CLOSED),
        (IncidentState.WITHDRAWN, Verdict.UNKNOWN, NoticeKind.WITHDRAWN),
    ],
)
def test_what_is_told(state: IncidentState, verdict: Verdict, kind: NoticeKind) -> None:
    assert find_kind(make_incident("aa0001", state=state, verdict=verdict, pull=101), 101) is kind


def test_another_pull_than_the_one_said_is_not_named() -> None:
    other = make_incident("aa0001", verdict=Verdict.SUSPECTED, pull=102)
    assert find_kind(other, 101) is NoticeKind.BROKEN


def test_an_incident_is_asked_for_by_its_builders() -> None:
    builder = TaggedBuilder("AMD64 Debian main", ("stable", "tier-2"), ("wk",))
    subject = describe_subject("octo-org/demo", ACCUSED, [builder])
    assert subject["tier"] == {"2"}
    assert subject["tag"] == {"stable", "tier-2"}
    assert subject["facet"] == {"Debian", "x86-64"}
    assert subject["worker"] == {"wk"}
    assert subject["branch"] == {"main"}


# ---------------------------------------------------------------- what is news


def test_an_incident_begins_with_what_is_known_of_it() -> None:
    assert news(decide(make_facts())) == (NoticeKind.BROKEN, None)
    assert news(decide(SUSPECTED)) == (NoticeKind.SUSPECTED, 101)
    assert decide(make_facts(), verdict="unknown") is None
    assert decide(make_facts(NoticeKind.FIXED)) is None, "nobody heard that it was broken"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (make_facts(), make_facts(), None),
        (make_facts(), SUSPECTED, (NoticeKind.SUSPECTED, 101)),
        (SUSPECTED, CONFIRMED, (NoticeKind.CONFIRMED, 101)),
        (CONFIRMED, SUSPECTED, None),  # the comment is edited; nobody is called for it
        (SUSPECTED, make_facts(), (NoticeKind.WITHDRAWN, 101)),
        (SUSPECTED, make_facts(NoticeKind.FLAKY), (NoticeKind.WITHDRAWN, 101)),
        (
            SUSPECTED,
            make_facts(NoticeKind.SUSPECTED, pull=102),
            (NoticeKind.WITHDRAWN, 101),  # first the one, then the other
        ),
        (SUSPECTED, make_facts(NoticeKind.FIXED), (NoticeKind.FIXED, None)),
        (make_facts(), make_facts(NoticeKind.FIXED), (NoticeKind.FIXED, None)),
        (make_facts(), make_facts(NoticeKind.ENVIRONMENT), (NoticeKind.ENVIRONMENT, None)),
        (make_facts(NoticeKind.FIXED), make_facts(), (NoticeKind.BROKEN, None)),
        (make_facts(NoticeKind.FIXED), make_facts(NoticeKind.CLOSED), None),
        (make_facts(NoticeKind.WITHDRAWN, pull=101), make_facts(), None),
        (
            make_facts(NoticeKind.WITHDRAWN, pull=101),
            make_facts(NoticeKind.SUSPECTED, pull=102),
            (NoticeKind.SUSPECTED, 102),
        ),
        (
            make_facts(NoticeKind.WITHDRAWN, pull=101),
            make_facts(NoticeKind.FIXED),
            (NoticeKind.FIXED, None),
        ),
    ],
)
def test_only_a_change_is_news(
    before: NoticeFacts, after: NoticeFacts, expected: tuple[NoticeKind, int | None] | None
) -> None:
    assert news(decide(after, *told(before))) == expected


# ---------------------------------------------------------------- the outbox


def test_a_notice_waits_a_little_and_what_is_newer_takes_its_place() -> None:
    change = decide(make_facts())
    assert change is not None
    waiting = change.notice
    assert waiting is not None
    assert waiting.due_at - waiting.caused_at == timedelta(minutes=2)
    named = decide(SUSPECTED, waiting)
    assert named is not None
    assert (named.superseded, news(named)) == ((waiting,), (NoticeKind.SUSPECTED, 101))
    assert decide(make_facts(), waiting) is None
    over = decide(make_facts(NoticeKind.FIXED), waiting)
    assert over == Change(None, (waiting,)), "it was over before anything was sent"


def test_what_goes_back_to_what_was_told_is_not_sent() -> None:
    sent, waiting = make_notice(0, NoticeStatus.SENT), make_notice(1, facts=SUSPECTED)
    assert decide(make_facts(), sent, waiting) == Change(None, (waiting,))


def test_what_is_being_sent_counts_as_told() -> None:
    assert news(decide(make_facts(NoticeKind.FIXED), make_notice(0, NoticeStatus.SENDING))) == (
        NoticeKind.FIXED,
        None,
    )


def test_what_was_so_before_we_may_speak_is_known_and_its_change_is_told() -> None:
    change = decide(make_facts(), is_past=True)
    assert change is not None
    assert change.notice is not None
    assert change.notice.status is NoticeStatus.KNOWN
    assert news(decide(make_facts(NoticeKind.FIXED), change.notice)) == (NoticeKind.FIXED, None)


def test_who_wants_to_hear_of_mending_only_is_not_told_of_breaking() -> None:
    fixed = Subscription(
        "core", Medium.WEBHOOK, "https://x.example", {"state": frozenset({"fixed"})}
    )
    change = decide(make_facts(), to=fixed)
    assert change is not None
    assert change.notice is not None
    assert change.notice.status is NoticeStatus.KNOWN
    mended = decide(make_facts(NoticeKind.FIXED), change.notice, to=fixed)
    assert mended is not None
    assert mended.notice is not None
    assert mended.notice.status is NoticeStatus.WAITING


def test_what_was_muted_is_told_once_it_may_be() -> None:
    assert news(decide(make_facts(), make_notice(0, NoticeStatus.MUTED))) == (
        NoticeKind.BROKEN,
        None,
    )
