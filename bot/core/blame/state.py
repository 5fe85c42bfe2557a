"""The state of a branch: commits and observations in, the incidents they add up to out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.blame.case import Case
from bot.core.blame.fold import Fold
from bot.core.blame.inference.parameters import DEFAULT_RATES, ModelParameters
from bot.core.model import BranchCommits, Incident, IncidentState, Observation
from bot.core.policy.thresholds import DEFAULT_POLICY, Policy


class _Facts:
    """A fold that states share, and the builds that made it what it is, as they arrived.

    Only the newest state may go on with the fold. An older one that is asked again gets a fold
    of its own, made from its line and the builds up to its time: states stay values.
    """

    def __init__(
        self,
        policy: Policy,
        line: BranchCommits,
        parameters: ModelParameters,
        gone: Mapping[str, datetime],
    ) -> None:
        self.fold = Fold(policy, line, parameters=parameters, gone=gone)
        self.arrived: list[Observation] = []

    def add(self, observations: Sequence[Observation]) -> None:
        """Fold builds in; those that are known to say just this are nothing new."""
        self.arrived += self.fold.add(observations)

    def fork(self, arrived: int, line: BranchCommits, policy: Policy) -> _Facts:
        """The facts as they were with this line and the first so many builds."""
        other = _Facts(policy, line, self.fold.parameters, self.fold.gone)
        other.add(self.arrived[:arrived])
        return other


@dataclass(frozen=True, slots=True, eq=False)
class BranchState:
    """What is known of a branch. Builds of unknown commits wait until the line has them."""

    branch: str
    line: BranchCommits  # the branch's commits
    _facts: _Facts
    _arrived: int = 0  # builds that had come by its time
    now: datetime | None = None
    left_behind: tuple[Incident, ...] = ()  # closed because a force push took their commits
    changed: tuple[str, ...] = ()  # ids of incidents that the last call may have changed

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

    def find_case(self, incident: Incident) -> Case | None:
        """What beliefs in an open incident are made from; None where nothing of it fails now."""
        return self._own().fold.find_case(incident)

    def find_silent(self, incident: Incident) -> frozenset[int]:
        """Positions in the range of an incident where builds told nothing of it, and would not."""
        return self._own().fold.find_silent(incident)

    @property
    def parameters(self) -> ModelParameters:
        """What beliefs are made with."""
        return self._facts.fold.parameters

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BranchState) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash((self.branch, self.line.epoch))

    def _value(self) -> object:
        return (self.branch, self.line, self.observations, self.incidents)

    def _own(self, policy: Policy | None = None) -> _Facts:
        """Facts up to this state's time, judged by `policy` if given."""
        facts = self._facts
        wanted = policy or facts.fold.policy
        is_newest = facts.fold.line is self.line and len(facts.arrived) == self._arrived
        if is_newest and facts.fold.policy == wanted:
            return facts
        return facts.fork(self._arrived, self.line, wanted)


def new_state(
    branch: str,
    parameters: ModelParameters = DEFAULT_RATES,
    gone: Mapping[str, datetime] | None = None,
) -> BranchState:
    """Nothing is known yet, but that builders are `gone` since a time by Buildbot's clock.

    The parameters are others only where they are fitted or measured.
    """
    line = BranchCommits(epoch=0, base=0, commits=())
    return BranchState(branch, line, _Facts(DEFAULT_POLICY, line, parameters, gone or {}))


def extend(state: BranchState, line: BranchCommits) -> BranchState:
    """The branch's commits as they are now: a higher epoch is a force push, a lower one stale."""
    old = state.line
    if line.epoch < old.epoch or line == old:
        return state
    forced = line.epoch != old.epoch and bool(old.commits)
    left_behind = tuple(_leave_behind(i) for i in state.incidents) if forced else ()
    own = state._own()
    own.fold.extend(line)
    return replace(_go_on(state, own), left_behind=left_behind or state.left_behind)


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
    facts = state._own(policy)
    facts.add(own)
    return replace(_go_on(state, facts), now=now)


def _go_on(state: BranchState, facts: _Facts) -> BranchState:
    """The state of facts that came to hold more than it did."""
    changed = tuple(facts.fold.changed)
    facts.fold.changed = {}
    return replace(
        state, line=facts.fold.line, _facts=facts, _arrived=len(facts.arrived), changed=changed
    )


def _leave_behind(incident: Incident) -> Incident:
    if incident.state is not IncidentState.OPEN:
        return incident
    return replace(
        incident,
        state=IncidentState.CLOSED,
        reason="The branch was force-pushed; its commits are not what they were.",
        awaited=(),
    )
