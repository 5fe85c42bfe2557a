"""Which of our comments on a pull speaks: the standing one, or a new one.

An edit tells nobody by mail. So what happens to an incident is edited into the comment that told
of it, but a new incident, after all that was told is over, deserves a comment of its own.
"""

from dataclasses import replace

from bot.core.model import IncidentState, PullComment
from bot.core.policy.decide import Decision


def needs_new_comment(comment: PullComment, decision: Decision, per_pull: int) -> bool:
    """True when something new is to be said and everything said before is known to be over.

    After `per_pull` comments the last one tells what comes, by an edit.
    """
    if comment.thread >= per_pull:
        return False
    announced = {said.incident_id for said in comment.said}
    fresh = any(i.incident.id not in announced for i in decision.intents)
    over = {i.incident.id for i in decision.intents if i.state is not IncidentState.OPEN}
    return comment.comment_id is not None and bool(announced) and fresh and announced <= over


def start_new_comment(comment: PullComment, decision: Decision) -> tuple[PullComment, Decision]:
    """The next comment, and what it says: only what the one before did not."""
    announced = {said.incident_id for said in comment.said}
    fresh = tuple(i for i in decision.intents if i.incident.id not in announced)
    last = () if comment.comment_id is None else (comment.comment_id,)
    comment = replace(_turn_page(comment), outdated=(*comment.outdated, *last))
    return comment, replace(decision, intents=fresh)


def restart_after_deletion(comment: PullComment) -> PullComment:
    """Somebody asked us back where our comment was deleted: what stands now is told anew."""
    return replace(_turn_page(comment), deleted_at=None, why_silent=None)


def _turn_page(comment: PullComment) -> PullComment:
    return replace(
        comment,
        thread=comment.thread + 1,
        comment_id=None,
        standing=None,
        posted_at=None,
        intent_at=None,
        said=(),
        folded=None,
    )
