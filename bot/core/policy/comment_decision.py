"""What is done about the comment on a pull: one decision over all that was loaded.

In: what stands there, what was said, the incidents that touch the pull, and who objects. Out:
`Post`, `Edit`, `Hold` or `Silence`, and the comment as it is to be stored before anything is
written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.model import Announcement, Incident, PullComment
from bot.core.policy.comment_threads import needs_new_comment, start_new_comment
from bot.core.policy.decide import Decision, Intent, decide, find_unannounced, suppress
from bot.core.policy.thresholds import Policy


@dataclass(frozen=True, slots=True)
class PullSituation:
    """All that the comment on a pull is decided from."""

    comment: PullComment  # as it is stored
    incidents: tuple[Incident, ...]  # that accuse the pull, or were announced on it
    announcing_since: datetime  # incidents opened up to this moment are never announced
    # Why people do not want to hear of anything new here, in one sentence; None: nobody objects.
    objection: str | None = None
    stale: Mapping[str, str] = field(default_factory=dict)  # by incident id: why it is no news


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing should stand here."""

    comment: PullComment
    reason: str  # one sentence

    @property
    def intents(self) -> tuple[Intent, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class Hold:
    """It should stand here, and is not written: a dry run."""

    comment: PullComment
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A new comment; a limit may still hold it back when it is about to be posted."""

    comment: PullComment
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """The comment that stands says this now."""

    comment: PullComment
    intents: tuple[Intent, ...]


CommentDecision = Post | Edit | Hold | Silence


def forget_dry_run(comment: PullComment, *, posting: bool) -> PullComment:
    """What a dry run would have said, was not said."""
    if posting and comment.comment_id is None and comment.intent_at is None:
        return replace(comment, said=())
    return comment


def find_opt_out(
    labels: Iterable[str],
    author: str | None,
    opted_labels: frozenset[str],
    opted_authors: frozenset[str],
) -> str | None:
    """Why a pull is left alone; what has opted out is in small letters. None: it has not."""
    for label in labels:
        if label.lower() in opted_labels:
            return f"The label {label} asks for silence."
    if author is not None and author.lower() in opted_authors:
        return "The repository's settings ask for silence on pulls of its author."
    return None


def has_news(situation: PullSituation, policy: Policy) -> bool:
    """Whether anything would be announced here that was not before: then objections matter."""
    return bool(_find_news(situation, _decide_intents(situation, policy)))


def decide_comment(
    situation: PullSituation, *, policy: Policy, per_pull: int, posting: bool
) -> CommentDecision:
    """What is done; `per_pull` comments at most, and none is written unless `posting`."""
    comment, decision = situation.comment, _decide_intents(situation, policy)
    news = _find_news(situation, decision)
    if news and situation.objection is not None:
        decision = suppress(decision, {i.id: situation.objection for i in news})
    elif news:
        decision = suppress(decision, situation.stale)
    if not decision.intents:
        return Silence(comment, decision.silence or "")
    if needs_new_comment(comment, decision, per_pull):
        comment, decision = start_new_comment(comment, decision)
    if not posting:
        return Hold(comment, decision.intents)
    kind = Post if comment.comment_id is None else Edit
    return kind(comment, decision.intents)


def _decide_intents(situation: PullSituation, policy: Policy) -> Decision:
    comment = situation.comment
    since = situation.announcing_since
    return decide(comment.number, situation.incidents, comment.said, since, policy)


def _find_news(situation: PullSituation, decision: Decision) -> tuple[Incident, ...]:
    return find_unannounced(decision, situation.comment.said)


def record_decision(
    decision: CommentDecision, text: str | None, *, look_at: datetime | None, now: datetime
) -> PullComment:
    """The comment with what should stand, or why nothing should; `text` is None for silence.

    Where a comment stands, a dry run adds nothing to what was said. What a limit keeps back stays
    so until there is room, and what GitHub refuses is known as refused until it is taken.
    """
    comment = decision.comment
    said = _announce(comment, decision.intents, now)
    held = comment.held_rank is not None and text is not None and comment.comment_id is None
    refused = _is_refused(comment) and text is not None and text != comment.standing
    silence = decision.reason if isinstance(decision, Silence) else None
    writes = isinstance(decision, Post | Edit) or comment.comment_id is None
    return replace(
        comment,
        wanted=text if text is not None else comment.standing,
        why_silent=comment.why_silent if held or refused else silence,
        held_rank=comment.held_rank if held else None,
        look_at=comment.look_at if held else look_at,
        incidents=tuple(i.incident.id for i in decision.intents),
        said=said if said and writes else comment.said,
    )


def _announce(
    comment: PullComment, intents: tuple[Intent, ...], now: datetime
) -> tuple[Announcement, ...]:
    """What is said by now; what was said before keeps its time."""
    before = {(s.incident_id, s.verdict, s.state): s for s in comment.said}
    names = [(i.incident.id, i.verdict.value, i.state.value) for i in intents]
    return tuple(before.get(name) or Announcement(*name, now) for name in names)


def _is_refused(comment: PullComment) -> bool:
    """The comment that stands is not the one that was wanted, and GitHub said why."""
    differs = comment.comment_id is not None and comment.wanted != comment.standing
    return differs and comment.why_silent is not None
