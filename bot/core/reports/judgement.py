"""What later proved true of each accusation of ours: never by what we believe ourselves.

In: `RecordFacts`. Out: each accusation with its outcome. A proof is a revert of the pull (or of
another suspect) with which the failure went away, a maintainer who named the culprit, or builds
that ended after we spoke and tell the commits apart. An objection and a withdrawal are doubts, and
prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.history.hindsight import Override as Ruling
from bot.core.history.hindsight import Past, Proof
from bot.core.model import BuildRef, Incident, RegressionRange, Verdict
from bot.core.model.commands import FeedbackKind, Override, OverrideKind
from bot.core.ports.record import Accusation, RecordFacts

_REDS = 2  # a failure that one build showed may be a flake of that build

# An objection is a claim, and who fixed it does not tell who broke it.
_RULINGS = frozenset({OverrideKind.BLAME, OverrideKind.FLAKY, OverrideKind.INFRA})


class Outcome(StrEnum):
    """What became of an accusation."""

    RIGHT = "right"
    WRONG = "wrong"
    DOUBTED = "doubted"  # objected to, or taken back by ourselves; nothing proves it
    OPEN = "open"  # nothing that came later tells


@dataclass(frozen=True, slots=True)
class Judged:
    """An accusation, and what came of it."""

    accusation: Accusation
    incident: Incident | None  # None: it is kept no longer
    outcome: Outcome
    why: str
    by_builds: bool = False  # nothing else proves it
    is_objected: bool = False

    @property
    def is_doubted(self) -> bool:
        """Somebody objected, or we took it back, whatever was proved."""
        return self.is_objected or self.accusation.is_withdrawn


@dataclass(frozen=True, slots=True)
class Known:
    """A regression whose culprit is proved, and whether we named it."""

    incident: Incident
    pull: int
    is_told: bool


class Judge:
    """Holds what is known of all branches."""

    def __init__(self, facts: RecordFacts) -> None:
        self._facts = facts
        self._objected = {
            (f.repo_id, f.incident_id, f.pull)
            for f in facts.feedback
            if f.word is FeedbackKind.OBJECTED and not f.undone
        }
        self._told = {(a.repo_id, a.incident_id, a.number) for a in facts.accusations}
        self._pasts = {place: self._make_past(*place) for place in facts.lines}

    def _make_past(self, repo_id: int, branch: str) -> Past:
        rulings = tuple(
            _make_ruling(o)
            for o in self._facts.overrides
            if (o.repo_id, o.target.branch) == (repo_id, branch) and o.kind in _RULINGS
        )
        own = {
            incident_id: incident
            for (owner, incident_id), incident in self._facts.incidents.items()
            if owner == repo_id and incident.branch == branch
        }
        return Past(self._facts.lines[repo_id, branch].commits, own, rulings)

    def judge(self, accusation: Accusation) -> Judged:
        """People and reverts first; then builds; then doubts."""
        one = accusation
        incident = self._facts.incidents.get((one.repo_id, one.incident_id))
        objected = (one.repo_id, one.incident_id, one.number) in self._objected
        past = self._pasts.get((one.repo_id, incident.branch)) if incident else None
        if incident is None or past is None:
            return Judged(one, incident, Outcome.OPEN, "it is kept no longer", is_objected=objected)
        proved = past.prove(one.number, incident, withdrawn=False)
        if proved.proof is not None:
            outcome = Outcome.RIGHT if proved.proof is Proof.RIGHT else Outcome.WRONG
            return Judged(one, incident, outcome, proved.why, is_objected=objected)
        seen = _find_seen(one, incident, past, self._facts.ended)
        if seen is not None:
            return Judged(one, incident, *seen, by_builds=True, is_objected=objected)
        if objected or one.is_withdrawn:
            why = "it was objected to" if objected else "we took it back"
            return Judged(one, incident, Outcome.DOUBTED, why, is_objected=objected)
        return Judged(one, incident, Outcome.OPEN, proved.why)

    def list_known(self) -> Iterable[Known]:
        """Regressions whose culprit people or reverts prove."""
        for (repo_id, incident_id), incident in sorted(self._facts.incidents.items()):
            past = self._pasts.get((repo_id, incident.branch))
            pull = past.find_culprit(incident) if past else None
            if pull is not None:
                yield Known(incident, pull, (repo_id, incident_id, pull) in self._told)


def _find_seen(
    accusation: Accusation, incident: Incident, past: Past, ended: Mapping[BuildRef, datetime]
) -> tuple[Outcome, str] | None:
    """What builds tell that ended after we spoke: the pull alone is left, or it is cleared."""
    if len(incident.red_builds) < _REDS or incident.verdict is Verdict.FLAKY:
        return None
    found = set()
    for r in incident.ranges:
        ends = [ended.get(b) for b in (r.last_good_build, r.first_bad_build) if b is not None]
        if any(end is not None and end > accusation.told_at for end in ends):
            found.add(_compare(accusation.number, past, r.range))
    found.discard(None)
    if found == {Outcome.RIGHT}:
        return Outcome.RIGHT, "later builds are green just before the pull, and red with it"
    if found == {Outcome.WRONG}:
        return Outcome.WRONG, "later builds clear the pull"
    return None


def _compare(number: int, past: Past, bounds: RegressionRange) -> Outcome | None:
    pulls = past.find_pulls_between(bounds)
    if not pulls:
        return None
    if pulls == {number}:
        return Outcome.RIGHT
    return Outcome.WRONG if number not in pulls else None


def _make_ruling(override: Override) -> Ruling:
    tests = frozenset(s.site for s in override.target.signatures)
    return Ruling(override.at, override.kind.value, override.pull, tests)
