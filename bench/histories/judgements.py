"""Judgements: a story in, all that was believed of its failures while it was played out.

One play tells what every policy would have said: `speak` asks the very verdict of the service, once
for each judgement.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bench.histories.stories import Row, Story
from bot.core.blame import advance, extend, fold, new_state
from bot.core.blame.case import Posterior
from bot.core.blame.culprit_finder import CulpritFinder
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.timeline.branch_history import BranchHistory
from bot.core.blame.timeline.failure_history import FailureHistory, Streak
from bot.core.blame.verdict import Assessment, find_verdict
from bot.core.model import ACCUSING, Commit, Incident, IncidentState
from bot.core.policy.thresholds import Policy


@dataclass(slots=True)
class Judgement:
    """What was believed of an incident when a build had ended."""

    incident: Incident
    belief: Posterior
    suspects: Sequence[Commit]
    streak: Streak
    plain_pull: int | None
    at: datetime | None = None

    @property
    def top(self) -> tuple[int | None, float]:
        """The likeliest pull, and how likely it is."""
        shares: dict[int | None, float] = {}
        for commit, p in zip(self.suspects, self.belief.suspects, strict=True):
            shares[commit.pull] = shares.get(commit.pull, 0.0) + p
        return max(shares.items(), key=lambda item: (item[1], item[0] or 0))


class _Recorder(CulpritFinder):
    """The service's own, which keeps what it judged."""

    heard: list[Judgement]

    def make_incident(
        self, failures: Sequence[FailureHistory], history: BranchHistory, *, over: bool
    ) -> Incident:
        incident = super().make_incident(failures, history, over=over)
        belief, streak = failures[0].belief, failures[0].streak
        if belief is not None and streak is not None:
            start = belief.start - self.line.base
            suspects = self.line.commits[start : start + len(belief.suspects)]
            plain = incident.pull if incident.reason.startswith("Every commit left") else None
            self.heard.append(Judgement(incident, belief, suspects, streak, plain))
        return incident


@contextmanager
def _recording() -> Iterator[list[Judgement]]:
    heard: list[Judgement] = []
    kind = type("Recorder", (_Recorder,), {"heard": heard})
    vars(fold)["CulpritFinder"] = kind
    try:
        yield heard
    finally:
        vars(fold)["CulpritFinder"] = CulpritFinder


def watch(story: Story, parameters: ModelParameters) -> list[Judgement]:
    """Play a story with these parameters; every judgement in the order in which it was made."""
    with _recording() as heard:
        for branch, epochs in story.history.branches.items():
            state = new_state(branch, parameters)
            for epoch in epochs:
                state = extend(state, epoch.line)
                for build in sorted(epoch.observations, key=lambda o: o.order):
                    told = len(heard)
                    state = advance(state, (build,), build.complete_at)
                    for judgement in heard[told:]:
                        judgement.at = build.complete_at
    return heard


def speak(judgements: Sequence[Judgement], policy: Policy, *, patience: int = 0) -> list[Row]:
    """What would have been said: once per pull and incident, after so many judgements more."""
    accused: dict[object, set[int]] = {}
    held: dict[tuple[int, str], int] = {}
    comments: list[Row] = []
    for judgement in judgements:
        incident = judgement.incident
        found = _find_verdict(judgement, policy, accused)
        if incident.state is not IncidentState.OPEN or found.pull is None:
            continue
        if found.verdict not in ACCUSING or found.confidence < policy.confidence:
            continue
        for signature in incident.signatures:
            accused.setdefault(signature, set()).add(found.pull)
        key = (found.pull, incident.id)
        held[key] = held.get(key, -1) + 1
        if held[key] == patience:
            comments.append(_make_comment(judgement, found))
    return comments


def _find_verdict(
    judgement: Judgement, policy: Policy, accused: dict[object, set[int]]
) -> Assessment:
    before: set[int] = set()
    for signature in judgement.incident.signatures:
        before |= accused.get(signature, set())
    return find_verdict(
        judgement.incident.signatures[0].kind,
        judgement.belief,
        judgement.suspects,
        judgement.streak,
        policy=policy,
        plain_pull=judgement.plain_pull,
        accused=before,
    )


def _make_comment(judgement: Judgement, found: Assessment) -> Row:
    return {
        "at": judgement.at.timestamp() if judgement.at else 0.0,
        "pr": found.pull,
        "tests": [s.site for s in judgement.incident.signatures],
        "confidence": found.confidence,
    }


def find_last_beliefs(judgements: Sequence[Judgement]) -> list[tuple[Judgement, int | None, float]]:
    """Of every incident what was held last while it was open: the likeliest pull, how likely."""
    last = {j.incident.id: j for j in judgements if j.incident.state is IncidentState.OPEN}
    return [(j, *j.top) for j in last.values()]
