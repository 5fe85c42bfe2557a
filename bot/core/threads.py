"""Which of our comments on a pull speaks: the standing one, or a new one.

An edit tells nobody by mail. So what happens to an incident is edited into the comment that told
of it, but a new incident, after all that was told is over, deserves a comment of its own.
"""

from dataclasses import replace

from bot.core.model import IncidentState, Speech
from bot.core.policy import Decision


def begins_thread(speech: Speech, decision: Decision, per_pull: int) -> bool:
    """True when something new is to be said and everything said before is known to be over.

    After `per_pull` comments the last one tells what comes, by an edit.
    """
    if speech.thread >= per_pull:
        return False
    told = {said.incident_id for said in speech.said}
    fresh = any(i.incident.id not in told for i in decision.intents)
    over = {i.incident.id for i in decision.intents if i.state is not IncidentState.OPEN}
    return speech.comment_id is not None and bool(told) and fresh and told <= over


def begin_thread(speech: Speech, decision: Decision) -> tuple[Speech, Decision]:
    """The next comment, and what it says: only what the one before did not."""
    told = {said.incident_id for said in speech.said}
    fresh = tuple(i for i in decision.intents if i.incident.id not in told)
    last = () if speech.comment_id is None else (speech.comment_id,)
    speech = replace(_turn_page(speech), outdated=(*speech.outdated, *last))
    return speech, replace(decision, intents=fresh)


def begin_again(speech: Speech) -> Speech:
    """Somebody asked us back where our comment was deleted: what stands now is told anew."""
    return replace(_turn_page(speech), deleted_at=None, why_silent=None)


def _turn_page(speech: Speech) -> Speech:
    return replace(
        speech,
        thread=speech.thread + 1,
        comment_id=None,
        standing=None,
        posted_at=None,
        intent_at=None,
        said=(),
        folded=None,
    )
