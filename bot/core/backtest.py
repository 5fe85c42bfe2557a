"""Backtest: a history and a policy in, everything that would have been said out.

The very same code as the service: `advance` build by build, then `decide` for each pull whose
incidents changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.history import Epoch, History
from bot.core.model import Incident, IncidentState, Observation, Said, Verdict
from bot.core.policy import Intent, Policy, decide


@dataclass(frozen=True, slots=True)
class Spoken:
    """One incident said on one pull, as it was first said, and when it was taken back."""

    at: datetime
    pull: int
    incident: Incident
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BranchReport:
    """What would have been said of one branch."""

    branch: str
    spoken: tuple[Spoken, ...]
    incidents: tuple[Incident, ...]
    builds: int
    builders: frozenset[str]  # that built
    stable: frozenset[str]  # those of them that may open an incident
    commits: int
    unplaced: int  # builds of commits that the file does not tell of
    gaps: int  # commits whose parent is not the one before: no range reaches over them


@dataclass(slots=True)
class _Pull:
    """What touches a pull, and what was said there."""

    incidents: dict[str, None] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    """A branch while it is played."""

    policy: Policy
    state: BranchState
    pulls: dict[int, _Pull] = field(default_factory=dict)
    accused: dict[str, set[int]] = field(default_factory=dict)  # by incident: its pulls
    spoken: dict[tuple[int, str], Spoken] = field(default_factory=dict)


def count_builds(history: History) -> int:
    """How many steps a backtest of this history has."""
    return sum(len(e.observations) for epochs in history.branches.values() for e in epochs)


def play_branch(
    branch: str, epochs: Sequence[Epoch], policy: Policy
) -> Iterator[BranchReport | None]:
    """Play one branch; yields None after each build, and the report at the end."""
    run = _Run(policy, new_state(branch))
    for epoch in epochs:
        run.state = extend(run.state, epoch.line)
        for build in sorted(epoch.observations, key=lambda o: o.order):
            _step(run, build)
            yield None
    yield _make_report(run, epochs)


def _step(run: _Run, build: Observation) -> None:
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


def _speak(run: _Run, number: int, at: datetime) -> None:
    pull = run.pulls[number]
    found = [run.state.find_incident(name) for name in pull.incidents]
    incidents = [i for i in found if i is not None]
    decision = decide(number, incidents, list(pull.said.values()), _EVER, run.policy)
    for intent in decision.intents:
        _say(run, pull, number, intent, at)


_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # speaking was always switched on


def _say(run: _Run, pull: _Pull, number: int, intent: Intent, at: datetime) -> None:
    name = intent.incident.id
    key = (number, name)
    if key not in run.spoken:
        run.spoken[key] = Spoken(at, number, intent.incident)
    taken_back = at if intent.state is IncidentState.WITHDRAWN else None
    if (taken_back is None) != (run.spoken[key].withdrawn_at is None):
        run.spoken[key] = replace(run.spoken[key], withdrawn_at=taken_back)
    pull.said[name] = Said(name, intent.verdict, intent.state, at)


def _make_report(run: _Run, epochs: Sequence[Epoch]) -> BranchReport:
    known = {c.sha for e in epochs for c in e.line.commits}
    builds = [o for e in epochs for o in e.observations]
    return BranchReport(
        branch=run.state.branch,
        spoken=tuple(sorted(run.spoken.values(), key=lambda s: (s.at, s.pull, s.incident.id))),
        incidents=run.state.incidents,
        builds=len(builds),
        builders=frozenset(o.builder for o in builds),
        stable=frozenset(o.builder for o in builds if o.stable),
        commits=len(known),
        unplaced=sum(o.revision not in known for o in builds),
        gaps=len(epochs) - 1,
    )


# ---------------------------------------------------------------- as JSON


def render_comment_row(spoken: Spoken) -> dict[str, object]:
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


def render_summary(reports: Sequence[BranchReport], left_out: int) -> dict[str, object]:
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
    }


def _unix(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
