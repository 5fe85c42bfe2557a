"""Backtest: a history and a policy in, everything that would have been said out.

The very same code as the service: `advance` build by build, then `decide` for each pull whose
incidents changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.history.hindsight import NOT_PROVED, Hindsight, Override, Past, Proved, sum_up
from bot.core.history.oddities import find_notes
from bot.core.history.read import Epoch, History
from bot.core.model import Announcement, Incident, IncidentState, Observation, Verdict
from bot.core.policy.decide import Intent, decide
from bot.core.policy.threshold_settings import POLICIES
from bot.core.policy.thresholds import Policy


@dataclass(frozen=True, slots=True)
class PredictedComment:
    """One incident said on one pull, as it was first said, and when it was taken back."""

    at: datetime
    pull: int
    incident: Incident
    withdrawn_at: datetime | None = None
    proved: Proved = NOT_PROVED


@dataclass(frozen=True, slots=True)
class BranchReport:
    """What would have been said of one branch."""

    branch: str
    spoken: tuple[PredictedComment, ...]
    incidents: tuple[Incident, ...]
    builds: int
    builders: frozenset[str]  # that built
    stable: frozenset[str]  # those of them that may open an incident
    commits: int
    unplaced: int  # builds of commits that the file does not tell of
    gaps: int  # commits whose parent is not the one before: no range reaches over them
    notes: tuple[str, ...] = ()  # what is odd about this past


@dataclass(slots=True)
class _Pull:
    """What touches a pull, and what was said there."""

    incidents: dict[str, None] = field(default_factory=dict)
    said: dict[str, Announcement] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """A branch while it is played: what is believed, and what was said."""

    policy: Policy
    state: BranchState
    explains: bool = False  # what each comment rested on, when it was said
    pulls: dict[int, _Pull] = field(default_factory=dict)
    accused: dict[str, set[int]] = field(default_factory=dict)  # by incident: its pulls
    spoken: dict[tuple[int, str], PredictedComment] = field(default_factory=dict)


def count_builds(history: History) -> int:
    """How many steps a backtest of this history has."""
    return sum(len(e.observations) for epochs in history.branches.values() for e in epochs)


def play_branch(
    branch: str,
    epochs: Sequence[Epoch],
    policy: Policy,
    overrides: Sequence[Override] = (),
    *,
    explains: bool = False,
) -> Iterator[BranchReport | None]:
    """Play one branch; yields None after each build, and the report at the end.

    `explains`: comments carry what builds said for and against when they were made.
    """
    run = Run(policy, new_state(branch), explains)
    for epoch in epochs:
        run.state = extend(run.state, epoch.line)
        for build in sorted(epoch.observations, key=lambda o: o.order):
            step(run, build)
            yield None
    yield make_report(run, epochs, overrides)


def step(run: Run, build: Observation) -> None:
    """One build finished: what changed, and what is said of it."""
    run.state = advance(run.state, (build,), build.complete_at, run.policy)
    touched: set[int] = set()
    for name in run.state.changed:
        incident = run.state.find_incident(name)
        if incident is None:
            continue
        pulls = run.accused.setdefault(name, set())
        if incident.pull is not None:
            pulls.add(incident.pull)
            run.pulls.setdefault(incident.pull, _Pull()).incidents[name] = None
        touched |= pulls
    for number in sorted(touched):
        _speak(run, number, build.complete_at)


def _speak(run: Run, number: int, at: datetime) -> None:
    pull = run.pulls[number]
    found = [run.state.find_incident(name) for name in pull.incidents]
    incidents = [i for i in found if i is not None]
    decision = decide(number, incidents, list(pull.said.values()), _EVER, run.policy)
    for intent in decision.intents:
        _say(run, pull, number, intent, at)


_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # speaking was always switched on


def _say(run: Run, pull: _Pull, number: int, intent: Intent, at: datetime) -> None:
    name = intent.incident.id
    key = (number, name)
    if key not in run.spoken:
        incident = run.state.explain(intent.incident) if run.explains else intent.incident
        run.spoken[key] = PredictedComment(at, number, incident)
    taken_back = at if intent.state is IncidentState.WITHDRAWN else None
    if (taken_back is None) != (run.spoken[key].withdrawn_at is None):
        run.spoken[key] = replace(run.spoken[key], withdrawn_at=taken_back)
    pull.said[name] = Announcement(name, intent.verdict, intent.state, at)


def make_report(run: Run, epochs: Sequence[Epoch], overrides: Sequence[Override]) -> BranchReport:
    """What was said of a branch that was played to its end."""
    commits = {c.sha: c for e in epochs for c in e.line.commits}
    known = commits.keys()
    past = Past(tuple(commits.values()), {i.id: i for i in run.state.incidents}, overrides)
    spoken = [
        replace(s, proved=past.prove(s.pull, s.incident, withdrawn=s.withdrawn_at is not None))
        for s in run.spoken.values()
    ]
    builds = [o for e in epochs for o in e.observations]
    return BranchReport(
        branch=run.state.branch,
        spoken=tuple(sorted(spoken, key=lambda s: (s.at, s.pull, s.incident.id))),
        incidents=run.state.incidents,
        builds=len(builds),
        builders=frozenset(o.builder for o in builds),
        stable=frozenset(o.builder for o in builds if o.stable),
        commits=len(known),
        unplaced=sum(o.revision not in known for o in builds),
        gaps=len(epochs) - 1,
        notes=find_notes(builds, commits),
    )


# ---------------------------------------------------------------- as JSON


def render_comment_row(spoken: PredictedComment) -> dict[str, object]:
    """One of `comments`."""
    incident = spoken.incident
    own = [s.sha for s in incident.suspects if s.pull == spoken.pull]
    return {
        "at": int(spoken.at.timestamp()),
        "pr": spoken.pull,
        "sha": own[0] if own else None,
        "tests": [s.site for s in incident.signatures],
        "builders": list(incident.builders),
        "verdict": str(incident.verdict),
        "confidence": round(incident.confidence, 4),
        "incident": incident.id,
        "withdrawn_at": _unix(spoken.withdrawn_at),
        "reason": incident.reason,
        "proved": spoken.proved.proof and str(spoken.proved.proof),
        "proved_by": spoken.proved.why,
    }


def render_incident_row(incident: Incident) -> dict[str, object]:
    """One of `incidents`."""
    return {
        "id": incident.id,
        "tests": [s.site for s in incident.signatures],
        "builders": list(incident.builders),
        "range": [incident.range.last_good, incident.range.first_bad],
        "verdict": str(incident.verdict),
        "state": str(incident.state),
        "suspects": [{"sha": s.sha, "pr": s.pull, "p": round(s.p, 4)} for s in incident.suspects],
        "opened": _unix(incident.opened_at),
        "closed": _unix(incident.closed_at),
        "reason": incident.reason,
    }


def render_summary(reports: Sequence[BranchReport], left_out: int) -> dict[str, Any]:
    """`summary`: what was read, and how much was said of it."""
    spoken = [s for r in reports for s in r.spoken]
    incidents = [i for r in reports for i in r.incidents]
    return {
        "branches": len(reports),
        "commits": sum(r.commits for r in reports),
        "gaps_in_the_commits": sum(r.gaps for r in reports),
        "builds": sum(r.builds for r in reports),
        "builders": len({(r.branch, b) for r in reports for b in r.builders}),
        "stable_builders": len({(r.branch, b) for r in reports for b in r.stable}),
        "builds_of_unknown_commits": sum(r.unplaced for r in reports),
        "lines_left_out": left_out,
        "incidents": len(incidents),
        "verdicts": {str(v): sum(i.verdict is v for i in incidents) for v in Verdict},
        "comments": len(spoken),
        "pulls_told": len({s.pull for s in spoken}),
        "withdrawn": sum(s.withdrawn_at is not None for s in spoken),
        "hindsight": _render_hindsight(sum_up([s.proved for s in spoken])),
        "notes": [f"{r.branch}: {note}" for r in reports for note in r.notes],
    }


def _render_hindsight(hindsight: Hindsight) -> dict[str, object]:
    """What later proved true; `precision` is null where nothing was proved."""
    low, high = hindsight.interval
    preset, why = hindsight.suggest(tuple(POLICIES))
    precision = hindsight.precision
    return {
        "right": hindsight.right,
        "wrong": hindsight.wrong,
        "not_proved": hindsight.open,
        "precision": None if precision is None else round(precision, 3),
        "interval": [round(low, 3), round(high, 3)],
        "enough": hindsight.is_enough,
        "preset": preset,
        "preset_because": why,
    }


def _unix(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
