"""What the store knows of things that keep us from speaking, or from speaking the truth.

In: what is stored. Out: results; nothing where all is well, but one line for each subject.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.checks.result import CheckResult, fail, ok, warn
from bot.core.model import ARCHIVED, AccessProblem, RefusedComment, TroubleKind
from bot.core.model.counts import count_words
from bot.core.ports import OutboxFigures, StuckKey, UnreadBuilds

STUCK, COMMENTS, ACCESS, UNREAD = "stuck work", "comments", "access", "unread builds"
SETTINGS = "repository settings"
OUTBOX = "notices"

# What a proxy loses for minutes comes by itself; nobody should be called for it.
_UNREAD_LATE = timedelta(hours=1)
_UNREAD_MANY = 20

# A mail server that is down for minutes is no news.
_NOTICES_LATE = timedelta(hours=1)
_OUTBOX_TODO = "see docs/notices.md for the medium, and `nightswatch doctor`, which asks it"

_ACCESS_TODO = "see the words of the refusal; what is given or mended is noticed within minutes"


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """What is stored of trouble, as of one moment; the numbers of all are bounded."""

    stuck: Sequence[StuckKey] = ()
    comments: Sequence[RefusedComment] = ()
    troubles: Sequence[AccessProblem] = ()
    unread: UnreadBuilds = field(default_factory=UnreadBuilds)
    outbox: OutboxFigures = field(default_factory=OutboxFigures)


def diagnose_store(facts: StoredFacts, now: datetime) -> list[CheckResult]:
    """Every subject, in one order."""
    return [
        *_diagnose_each(STUCK, "no work is stuck", map(_describe_stuck, facts.stuck)),
        *_diagnose_each(
            COMMENTS, "all comments are what they should be", map(_refused, facts.comments)
        ),
        *_diagnose_each(
            ACCESS, "nobody refuses us, and we refuse nobody", _find_access(facts.troubles)
        ),
        *_find_settings(facts.troubles),
        diagnose_unread(facts.unread, now),
        *diagnose_outbox(facts.outbox, now),
    ]


def _diagnose_each(check: str, well: str, found: Iterable[CheckResult]) -> list[CheckResult]:
    return list(found) or [ok(check, well)]


def _describe_stuck(key: StuckKey) -> CheckResult:
    words = f"{key.key} is stuck after {count_words(key.attempts, 'attempt')}: {key.error}"
    return fail(STUCK, words, "look at the log for its key; it is tried again by itself")


def _refused(comment: RefusedComment) -> CheckResult:
    """A comment that is not what it should be."""
    judge = fail
    if comment.why.endswith(ARCHIVED):
        judge = warn
        words = f"a comment cannot be changed any more: {comment.place}: {comment.why}"
        todo = "nothing: it is let go; where the repository is used again, its next build mends it"
    elif comment.stands:
        words = (
            f"our comment on {comment.place} is false by now and cannot be edited: {comment.why}"
        )
        todo = "give us the right to edit it, or edit or delete it by hand; it is tried again"
    else:
        words = f"a comment was refused: {comment.place}: {comment.why}"
        todo = "mend what GitHub says; it is tried again while its incident is open"
    return replace(judge(COMMENTS, words, todo), about=(comment.place.partition("#")[0],))


def _find_access(troubles: Sequence[AccessProblem]) -> Iterable[CheckResult]:
    for trouble in troubles:
        if trouble.kind is TroubleKind.REFUSED:
            found = fail(ACCESS, describe_trouble(trouble), _ACCESS_TODO)
            about = () if trouble.place.startswith("POST ") else (find_repository(trouble),)
            yield replace(found, about=about)


def _find_settings(troubles: Sequence[AccessProblem]) -> Iterable[CheckResult]:
    """Files of repositories with mistakes; most repositories have none at all."""
    for trouble in troubles:
        if trouble.kind is TroubleKind.SETTINGS:
            todo = "mend it there; what it said before stays in force meanwhile"
            found = warn(SETTINGS, describe_trouble(trouble), todo)
            yield replace(found, about=(find_repository(trouble),))


def describe_trouble(trouble: AccessProblem) -> str:
    """One line, with the place that it is about."""
    return f"{trouble.place}: {trouble.words} (since {trouble.since:%F %R} UTC)"


def find_repository(trouble: AccessProblem) -> str:
    """Of a place `owner/name` or `owner/name@branch`, the full name."""
    return trouble.place.partition("@")[0]


def diagnose_unread(unread: UnreadBuilds, now: datetime) -> CheckResult:
    """Builds that we know of and could not read."""
    if not unread.waiting and not unread.refused:
        return ok(UNREAD, "every build that we know of was read")
    first = str(unread.shown[0]) if unread.shown else "their reasons are not known"
    counts = f"{unread.waiting} wait, {unread.refused} are unknown to Buildbot; {first}"
    todo = (
        "see what stands between us and Buildbot; those that wait are read as soon as they can be"
    )
    waits = [build for build in unread.shown if build.again_at is not None]
    late = any(now - build.since > _UNREAD_LATE for build in waits)
    if late or unread.waiting > _UNREAD_MANY:
        return fail(UNREAD, f"builds are unread: {counts}", todo)
    return warn(UNREAD, f"builds are unread: {counts}", todo)


def diagnose_outbox(outbox: OutboxFigures, now: datetime) -> list[CheckResult]:
    """Notices that are late or lost; nothing where nobody subscribed."""
    found = []
    if outbox.failed:
        words = f"{outbox.failed} could not be sent and are given up; {outbox.failed_reason}"
        found.append(warn(OUTBOX, words, _OUTBOX_TODO))
    if outbox.late_since is not None:
        words = f"some could not be sent since {outbox.late_since:%F %R} UTC; {outbox.late_reason}"
        is_late = now - outbox.late_since > _NOTICES_LATE
        found.append((fail if is_late else warn)(OUTBOX, words, _OUTBOX_TODO))
    if not found and outbox.subscriptions:
        return [ok(OUTBOX, f"{outbox.waiting} wait to be sent, none failed")]
    return found
