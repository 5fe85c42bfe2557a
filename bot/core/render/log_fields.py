"""What a log line says of a decision: the fields beside its words.

Input: a key and what was decided. Output: names and values for structured logging.
"""

from collections.abc import Iterable

from bot.core.model import BuildRecord, Incident, Key
from bot.core.policy.comment_decision import CommentDecision, Silence


def describe_build(key: Key, facts: BuildRecord) -> dict[str, object]:
    """A build that was read."""
    return {
        "key": str(key),
        "builder": facts.builder.name,
        "build": facts.build.number,
        "result": facts.build.result.name if facts.build.result is not None else None,
        "kind": facts.reading.kind.value if facts.reading else None,
        "failures": len(facts.sightings),
        "reason": facts.note or facts.build.state_string,
    }


def describe_incident(key: Key, incident: Incident) -> dict[str, object]:
    """An incident that is new or changed."""
    return {
        "key": str(key),
        "incident": incident.id,
        "builder": ", ".join(incident.builders),
        "build": incident.first_red_build.id,
        "verdict": incident.verdict.value,
        "state": incident.state.value,
        "pull": incident.pull,
        "reason": incident.reason,
    }


def describe_decision(key: Key, decision: CommentDecision) -> dict[str, object]:
    """What is said on a pull, or why nothing is."""
    if isinstance(decision, Silence):
        return {"key": str(key), "reason": decision.reason}
    spoken: Iterable[str] = (
        f"{i.incident.id} {i.verdict.value} {i.state.value}" for i in decision.intents
    )
    return {"key": str(key), "reason": "; ".join(spoken)}
