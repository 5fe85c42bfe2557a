"""What people decided, applied to what builds say: incidents and overrides in, incidents out.

An override is a fact like a build: it is stored once, and applied anew whenever the branch is
folded, so that late builds, a rebuild from facts and an undo give what they should. An objection is
finite evidence; a maintainer's word is more, and still can be argued with.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.core.blame import (
    ExecutedSuites,
    SeenIn,
    Suites,
    find_outcome,
    find_seen_in,
    find_suites,
    learn_suites,
)
from bot.core.model import (
    ACCUSING,
    BranchCommits,
    Fix,
    Incident,
    IncidentState,
    Observation,
    Outcome,
    RegressionRange,
    Signature,
    Suspect,
    Verdict,
)
from bot.core.model.commands import IncidentRef, Override, OverrideKind
from bot.core.policy.thresholds import Policy

# An author knows the change, but not the fleet: as much as one weak alibi of a builder, so that a
# second red build outweighs it.
_OBJECTION = 5.0

# What was filed by hand once makes the same explanation likelier the next time, by as much as an
# objection would; three months later the test or the machine is another one.
_LESSON = 5.0
_LESSON_LASTS = timedelta(days=90)

# A maintainer who names a culprit is believed, but can be mistaken: as sure as "confirmed" is.
_NAMED = 0.99

_FILED = {
    OverrideKind.FLAKY: (Verdict.FLAKY, "A maintainer filed it as flaky."),
    OverrideKind.INFRA: (Verdict.ENVIRONMENT, "A maintainer filed it as the machine's."),
}


@dataclass(frozen=True, slots=True)
class CommitTimeline:
    """The branch that overrides are judged on: its commits, and its builds if anybody asks."""

    line: BranchCommits
    load: Callable[[], Sequence[Observation]] = tuple
    _suites: dict[str, Suites] = field(default_factory=dict, init=False, compare=False)
    _seen_in: dict[Signature, SeenIn] = field(default_factory=dict, init=False, compare=False)

    def find_position(self, override: Override) -> int | None:
        """Where the commit of an override is, or the last of its pull; None: it has not landed."""
        for n in range(len(self.line.commits) - 1, -1, -1):
            commit = self.line.commits[n]
            if commit.sha == override.sha or (
                override.sha is None and commit.pull == override.pull
            ):
                return n
        return None

    def learn_suites(self, builder: str) -> Suites:
        """What the steps of a builder are known to run."""
        if builder not in self._suites:
            self._suites[builder] = learn_suites(o for o in self.load() if o.builder == builder)
        return self._suites[builder]

    def find_seen_in(self, signature: Signature) -> SeenIn:
        """The steps in which a failure was ever seen, and what they ran."""
        if signature not in self._seen_in:
            self._seen_in[signature] = find_seen_in(self.load(), signature)
        return self._seen_in[signature]

    def find_builds(self, position: int) -> list[Observation]:
        """The builds of the commit there and of later ones."""
        shas = {commit.sha for commit in self.line.commits[position:]}
        return [o for o in self.load() if o.revision in shas]


def apply_overrides(
    incidents: Sequence[Incident],
    overrides: Iterable[Override],
    policy: Policy,
    timeline: CommitTimeline,
) -> tuple[Incident, ...]:
    """The incidents as builds and people together tell them, in the same order.

    Nobody is accused by an objection to another: a pull is named by builds, or by a maintainer.
    """
    valid = sorted((r for r in overrides if r.undone_by is None), key=lambda o: o.order)
    if not valid:
        return tuple(incidents)
    return tuple(_apply(incident, valid, policy, timeline) for incident in incidents)


def matches(target: IncidentRef, incident: Incident) -> bool:
    """True for the incident that was meant, also where a late build gave it another id."""
    if target.incident_id == incident.id:
        return True
    return target.first_red_build in incident.red_builds and not frozenset(
        target.signatures
    ).isdisjoint(incident.signatures)


def make_ref(incident: Incident) -> IncidentRef:
    """What is kept of the incident that an override is about."""
    return IncidentRef(
        incident_id=incident.id,
        branch=incident.branch,
        signatures=incident.signatures,
        first_red_build=incident.first_red_build,
        opened_at=incident.opened_at,
        builders=incident.builders,
    )


def _apply(
    built: Incident, overrides: Sequence[Override], policy: Policy, timeline: CommitTimeline
) -> Incident:
    about = [override for override in overrides if matches(override.target, built)]
    incident = _learn(built, overrides, policy) if not about else built
    objected: set[tuple[str, int | None]] = set()
    for override in about:
        if override.kind is OverrideKind.NOT_ME:
            if (override.by, override.pull) not in objected:  # saying it twice makes it no truer
                incident = _object(incident, override, policy)
            objected.add((override.by, override.pull))
        elif override.kind is OverrideKind.BLAME:
            incident = _blame(incident, override, built)
        elif override.kind is OverrideKind.FIXED_BY:
            incident = _close_if_green(incident, override, timeline)
        else:
            incident = _file(incident, *_FILED[override.kind])
    return incident


# ---------------------------------------------------------------- objections, and lessons


def _object(incident: Incident, override: Override, policy: Policy) -> Incident:
    if override.pull is None:
        return incident
    why = f"Somebody who knows pull {override.pull} objects."
    return _doubt(incident, override.pull, _OBJECTION, why, policy)


def _learn(incident: Incident, overrides: Sequence[Override], policy: Policy) -> Incident:
    """What was filed as flaky or as a machine's before is believed a little less of a commit."""
    lesson = next((r for r in overrides if _teaches(r, incident)), None)
    if lesson is None or incident.pull is None:
        return incident
    what = "flaky" if lesson.kind is OverrideKind.FLAKY else "the machine's"
    why = f"A maintainer filed the same failure as {what} before."
    return _doubt(incident, incident.pull, _LESSON, why, policy)


def _teaches(override: Override, incident: Incident) -> bool:
    """True where all of an incident looks like what was filed, and came soon after."""
    target = override.target
    age = incident.opened_at - target.opened_at
    if not timedelta(0) < age <= _LESSON_LASTS:
        return False
    if override.kind is OverrideKind.FLAKY:
        filed = {s.site for s in target.signatures}
        return all(s.site in filed for s in incident.signatures)
    return override.kind is OverrideKind.INFRA and set(incident.builders) <= set(target.builders)


def _doubt(incident: Incident, pull: int, odds: float, why: str, policy: Policy) -> Incident:
    """Divide a pull's odds, and see whether the accusation of it stands.

    It is kept down to where policy takes back what was said; whether it is told to anybody who has
    not heard of it yet, is asked of the confidence, which is what it is now.
    """
    suspects = _divide(incident.suspects, pull, odds)
    if incident.pull != pull or incident.verdict not in ACCUSING:
        return replace(incident, suspects=suspects)
    confidence = _divide_odds(incident.confidence, odds)
    if confidence < policy.withdraw_below:
        return replace(
            incident,
            suspects=suspects,
            pull=None,
            confidence=confidence,
            verdict=Verdict.UNKNOWN,
            reason=f"{why} Builds alone do not outweigh that.",
        )
    sure = incident.verdict if confidence >= policy.confirmed else Verdict.SUSPECTED
    reason = f"{incident.reason} {why}".strip()
    return replace(incident, suspects=suspects, confidence=confidence, verdict=sure, reason=reason)


def _divide(suspects: Sequence[Suspect], pull: int, odds: float) -> tuple[Suspect, ...]:
    """The suspects with a pull's odds divided; what it loses goes to all other causes alike."""
    p = min(1.0, sum(s.p for s in suspects if s.pull == pull))
    less = _divide_odds(p, odds)
    own = less / p if p else 1.0
    rest = (1.0 - less) / (1.0 - p) if p < 1.0 else 1.0
    scaled = (replace(s, p=s.p * (own if s.pull == pull else rest)) for s in suspects)
    return tuple(sorted(scaled, key=lambda s: -s.p))


def _divide_odds(p: float, odds: float) -> float:
    # Certain is what rounding made of it: no evidence of ours is better than a thousand to one.
    p = min(p, 0.999)
    return p / (p + odds * (1.0 - p))


# ---------------------------------------------------------------- a maintainer's word


def _blame(incident: Incident, override: Override, built: Incident) -> Incident:
    """The commit that was named is the culprit; what builds make of the others, is kept small."""
    others = [s for s in incident.suspects if s.sha != override.sha]
    known = next((s for s in incident.suspects if s.sha == override.sha), None)
    total = sum(s.p for s in others)
    left = [replace(s, p=s.p / total * (1.0 - _NAMED)) for s in others if total]
    named = replace(known or Suspect(override.sha or "", override.pull, _NAMED), p=_NAMED)
    return replace(
        incident,
        suspects=(named, *left),
        verdict=Verdict.CONFIRMED,
        # What the project lists as flaky is withdrawn by that; who names a commit knows better.
        state=IncidentState.OPEN if built.state is IncidentState.WITHDRAWN else built.state,
        pull=override.pull,
        confidence=_NAMED,
        reason="Named by a maintainer.",
        awaited=(),
    )


def _file(incident: Incident, verdict: Verdict, reason: str) -> Incident:
    over = incident.state is not IncidentState.OPEN
    return replace(
        incident,
        verdict=verdict,
        state=incident.state if over else IncidentState.WITHDRAWN,
        pull=None,
        confidence=_NAMED,
        reason=reason,
        awaited=(),
    )


def _close_if_green(incident: Incident, override: Override, timeline: CommitTimeline) -> Incident:
    """Closed once a builder that was red is green at the fix, and none was red since."""
    fix = timeline.find_position(override)
    if fix is None or incident.state is not IncidentState.OPEN:
        return incident
    since = timeline.find_builds(fix)
    passes = [o for o in since if _passes(o, incident, timeline)]
    commit = timeline.line.commits[fix]
    if not passes or any(o.ref in incident.red_builds for o in since):
        return replace(incident, awaited=(f"A green build of {commit.sha[:10]}.",))
    return replace(
        incident,
        state=IncidentState.FIXED,
        closed_at=min(o.complete_at for o in passes),
        fix=Fix(RegressionRange(commit.parent, commit.sha), pull=commit.pull, sha=commit.sha),
        awaited=(),
    )


def _passes(build: Observation, incident: Incident, timeline: CommitTimeline) -> bool:
    """All of it went away on a builder that had shown it."""
    if build.builder not in incident.builders:
        return False
    return all(_passes_one(build, s, timeline) for s in incident.signatures)


def _passes_one(build: Observation, signature: Signature, timeline: CommitTimeline) -> bool:
    steps, places = timeline.find_seen_in(signature)
    executed = ExecutedSuites(
        lambda: find_suites(build, timeline.learn_suites(build.builder)), places
    )
    return find_outcome(build, signature, steps, executed=executed) is Outcome.PASS
