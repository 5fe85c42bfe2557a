"""The state of a branch: commits and observations in, the incidents they add up to out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.blame.episodes import find_episodes
from bot.core.blame.incidents import find_incidents
from bot.core.blame.ranges import find_traces
from bot.core.model import Incident, IncidentState, Line, Observation
from bot.core.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True)
class BranchState:
    """What is known of a branch. Observations of unknown commits wait until the line has them."""

    branch: str
    line: Line
    observations: tuple[Observation, ...] = ()  # in the order of folding
    incidents: tuple[Incident, ...] = ()  # by opening; those of earlier epochs are among them
    left_behind: tuple[Incident, ...] = ()  # closed because a force push took their commits


def new_state(branch: str) -> BranchState:
    """Nothing is known yet."""
    return BranchState(branch, Line(epoch=0, base=0, commits=()))


def extend(state: BranchState, line: Line) -> BranchState:
    """The branch's commits as they are now. A higher epoch is a force push; a lower one is stale.

    Incidents are judged again by the next `advance`.
    """
    if line.epoch < state.line.epoch:
        return state
    if line.epoch == state.line.epoch or not state.line.commits:
        return replace(state, line=line)
    left_behind = tuple(_leave_behind(i) for i in state.incidents)
    return replace(state, line=line, incidents=left_behind, left_behind=left_behind)


def advance(
    state: BranchState,
    observations: Sequence[Observation],
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
) -> BranchState:
    """Fold observations in. `now` is the time in Buildbot's clock, for what has gone quiet.

    A build that comes again replaces itself; one of another branch is left out.
    """
    own = (o for o in observations if o.branch == state.branch)
    folded = _merge(state.observations, own)
    positions = {c.sha: state.line.base + n for n, c in enumerate(state.line.commits)}
    episodes = [e for trace in find_traces(folded, positions) for e in find_episodes(trace)]
    incidents = find_incidents(episodes, state.line, now, policy)
    live = {i.id for i in incidents}
    kept = [i for i in state.left_behind if i.id not in live]
    ordered = sorted([*kept, *incidents], key=lambda i: (i.opened_at, i.id))
    return replace(state, observations=folded, incidents=tuple(ordered))


def _merge(known: Iterable[Observation], new: Iterable[Observation]) -> tuple[Observation, ...]:
    """Each build once, its latest reading, in the order of folding."""
    by_build = {(o.source, o.buildid): o for o in (*known, *new)}
    return tuple(sorted(by_build.values(), key=lambda o: (o.order, o.source)))


def _leave_behind(incident: Incident) -> Incident:
    if incident.state is not IncidentState.OPEN:
        return incident
    return replace(
        incident,
        state=IncidentState.CLOSED,
        reason="The branch was force-pushed; its commits are not what they were.",
        awaited=(),
    )
