"""The state of a branch: commits and observations in, the incidents they add up to out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.blame.fold import Fold
from bot.core.model import Incident, IncidentState, Line, Observation
from bot.core.policy import DEFAULT_POLICY, Policy


class _Facts:
    """A fold that states share, and the calls that made it what it is.

    Only the newest state may go on with the fold. An older one that is asked again gets a fold
    of its own, made from the calls up to its time: states stay values.
    """

    def __init__(self, policy: Policy) -> None:
        self.fold = Fold(policy)
        self.calls: list[Line | tuple[Observation, ...]] = []

    def take(self, facts: Line | tuple[Observation, ...]) -> None:
        self.calls.append(facts)
        if isinstance(facts, Line):
            self.fold.extend(facts)
        else:
            self.fold.add(facts)

    def fork(self, calls: int, policy: Policy) -> _Facts:
        other = _Facts(policy)
        for facts in self.calls[:calls]:
            other.take(facts)
        return other


@dataclass(frozen=True, slots=True, eq=False)
class BranchState:
    """What is known of a branch. Builds of unknown commits wait until the line has them."""

    branch: str
    _facts: _Facts
    _calls: int = 0
    now: datetime | None = None
    left_behind: tuple[Incident, ...] = ()  # closed because a force push took their commits
    changed: tuple[str, ...] = ()  # ids of incidents that the last call may have changed

    @property
    def line(self) -> Line:
        """The branch's commits."""
        return self._own().fold.line

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All builds, in the order of folding."""
        return self._own().fold.observations

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """By opening; those of earlier epochs are among them."""
        present = self._own().fold.find_incidents(self.now)
        live = {i.id for i in present}
        kept = [i for i in self.left_behind if i.id not in live]
        return tuple(sorted([*kept, *present], key=lambda i: (i.opened_at, i.id)))

    def find_incident(self, name: str) -> Incident | None:
        """An incident of the present epoch by id, without looking at the others."""
        return self._own().fold.find_incident(name, self.now)

    def explain(self, incident: Incident) -> Incident:
        """An incident of this state with testimony on its likeliest suspects, and its record.

        It costs as much as judging it some fifty times.
        """
        return self._own().fold.explain(incident)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BranchState) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash((self.branch, self._calls))

    def _value(self) -> object:
        return (self.branch, self.line, self.observations, self.incidents)

    def _own(self, policy: Policy | None = None) -> _Facts:
        """Facts up to this state's time, judged by `policy` if given."""
        facts = self._facts
        wanted = policy or facts.fold.policy
        if facts.fold.policy == wanted and len(facts.calls) == self._calls:
            return facts
        return facts.fork(self._calls, wanted)


def new_state(branch: str) -> BranchState:
    """Nothing is known yet."""
    return BranchState(branch, _Facts(DEFAULT_POLICY))


def extend(state: BranchState, line: Line) -> BranchState:
    """The branch's commits as they are now: a higher epoch is a force push, a lower one stale."""
    old = state.line
    if line.epoch < old.epoch or line == old:
        return state
    forced = line.epoch != old.epoch and bool(old.commits)
    left_behind = tuple(_leave_behind(i) for i in state.incidents) if forced else ()
    return replace(_take(state, line), left_behind=left_behind or state.left_behind)


def advance(
    state: BranchState,
    observations: Sequence[Observation],
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
) -> BranchState:
    """Fold observations in. `now` is the time in Buildbot's clock, for what has gone quiet.

    A build that comes again replaces itself; one of another branch is left out.
    """
    own = tuple(o for o in observations if o.branch == state.branch)
    return replace(_take(state, own, policy), now=now)


def _take(
    state: BranchState, facts: Line | tuple[Observation, ...], policy: Policy | None = None
) -> BranchState:
    own = state._own(policy)
    own.take(facts)
    changed = tuple(own.fold.changed)
    own.fold.changed = {}
    return replace(state, _facts=own, _calls=len(own.calls), changed=changed)


def _leave_behind(incident: Incident) -> Incident:
    if incident.state is not IncidentState.OPEN:
        return incident
    return replace(
        incident,
        state=IncidentState.CLOSED,
        reason="The branch was force-pushed; its commits are not what they were.",
        awaited=(),
    )
