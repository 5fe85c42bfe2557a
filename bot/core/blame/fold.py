"""Folding: the commits and finished builds of a branch in any order in, its incidents out.

One that arrives late is put in its place: what was folded after it is taken back and folded again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.blame.journal import Journal
from bot.core.blame.judge import Judge
from bot.core.blame.memory import Memory
from bot.core.blame.outcome import find_shown
from bot.core.blame.placing import Placing
from bot.core.blame.trail import Entry, Trail
from bot.core.model import Incident, IncidentState, Line, Observation, Signature
from bot.core.policy import Policy
from bot.core.results import is_evidence

# Builds between two looks for failures that nobody has seen for long; each look costs as much as
# there are open ones.
_SWEEP = 64


class Fold:
    """The state behind `BranchState`; it changes in place, and only `state.py` may hold it."""

    def __init__(self, policy: Policy, line: Line, journal: Journal | None = None) -> None:
        self._policy = policy
        self._journal = journal or Journal()
        self._placing = Placing(line)
        self._judge = Judge(policy, line)
        self.changed: dict[str, None] = {}  # ids of incidents that changed since last asked
        self._begin()

    def _begin(self) -> None:
        self._journal.clear()
        self._judge.forget()
        self._memory = Memory(self._journal)
        self._incidents: dict[str, Incident] = {}
        self._last_red: dict[str, datetime] = {}
        self._folded: list[Observation] = []  # those of the placed builds that are in memory

    @property
    def policy(self) -> Policy:
        """The thresholds it judges by."""
        return self._policy

    @property
    def line(self) -> Line:
        """The branch's commits."""
        return self._placing.line

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All that are known, in the order of folding."""
        return self._placing.observations

    def find_incidents(self, now: datetime | None) -> list[Incident]:
        """By opening; `now` closes what has gone quiet."""
        aged = [self._age(i, now) for i in self._incidents.values()]
        return sorted(aged, key=lambda i: (i.opened_at, i.id))

    def find_incident(self, name: str, now: datetime | None) -> Incident | None:
        """An incident by id."""
        incident = self._incidents.get(name)
        return incident and self._age(incident, now)

    def _age(self, incident: Incident, now: datetime | None) -> Incident:
        if now is None or incident.state is not IncidentState.OPEN:
            return incident
        quiet_at = self._last_red[incident.id] + self._policy.quiet_after
        if now < quiet_at:
            return incident
        return replace(
            incident,
            state=IncidentState.CLOSED,
            closed_at=quiet_at,
            reason=f"It did not fail for {self._policy.quiet_after.days} days, nor was it seen to"
            " pass on all of its builders.",
            awaited=(),
        )

    # ------------------------------------------------------------ facts come in

    def extend(self, line: Line) -> None:
        """The branch's commits as they are now; what they change is folded again."""
        kept = self._placing.extend(line)
        self._judge.line = line
        self._rewind(kept)
        self._catch_up()

    def add(self, observations: Iterable[Observation]) -> list[Observation]:
        """Fold builds in; one that comes again replaces itself. Returns those that were news."""
        news, kept = self._placing.add(observations)
        self._rewind(kept)
        self._catch_up()
        return news

    def _rewind(self, count: int) -> None:
        """Take back what was folded after so many builds."""
        if count >= len(self._folded):
            return
        before = self._incidents.copy()
        left = self._journal.take_back(count)
        if left:
            self._memory.take_out(self._folded[left:])
            self._judge.forget()
            del self._folded[left:]
        else:
            self._begin()
        for name, incident in before.items():
            if self._incidents.get(name) is not incident:  # it is gone, or what it was
                self.changed[name] = None

    # ------------------------------------------------------------ folding

    def _catch_up(self) -> None:
        for build in self._placing.placed[len(self._folded) :]:
            self._journal.turn(len(self._folded))
            if is_evidence(build.result):
                self._fold(build)
            self._folded.append(build)

    def _fold(self, build: Observation) -> None:
        entry = Entry(self._placing.find_position(build), build.order, build)
        self._memory.add(entry)
        self._judge.note(build.builder)
        shown = find_shown(build)
        red = self._memory.find_red(entry, shown)
        green, elsewhere = self._memory.find_green(entry, shown)
        for trails in self._memory.find_groups(red | green | elsewhere):
            self._judge_anew(trails, green, entry)
        if self._memory.count_builds() % _SWEEP == 0:
            for trail in self._memory.forget_quiet(build.complete_at - self._policy.quiet_after):
                self._judge.close(trail)
        for signature in sorted(green):  # what no stable builder showed has no incident to judge
            trail = self._memory.trails[signature]
            if trail.streak and not trail.streak.opening and self._memory.is_over(trail):
                self._memory.close(trail, regression=False)

    def _judge_anew(self, trails: Sequence[Trail], green: set[Signature], entry: Entry) -> None:
        """Believe anew, and publish what that makes of the incident."""
        over = {t.signature for t in trails if t.signature in green and self._memory.is_over(t)}
        passed = trails[0].signature in green
        if over or self._memory.is_open_to(trails[0], entry, passed=passed):
            belief = self._judge.believe(trails, self._memory)
            trails = [self._memory.believe(t, belief) for t in trails]
        ended = [t for t in trails if t.signature in over]
        still = [t for t in trails if t.signature not in over]
        for part in (ended, still):
            if part:
                self._publish(part, over=part is ended)
        for trail in ended:
            self._judge.close(trail)
            self._memory.close(trail, regression=trail.is_regression)

    def explain(self, incident: Incident) -> Incident:
        """With testimony and the failure's own record; as it was where it is over."""
        return self._judge.explain(incident, self._memory)

    def _publish(self, trails: Sequence[Trail], *, over: bool) -> None:
        incident = self._judge.make_incident(trails, self._memory, over=over)
        self._journal.put(self._incidents, incident.id, incident)
        assert trails[0].streak is not None  # noqa: S101 - groups are of open trails
        self._journal.put(self._last_red, incident.id, trails[0].streak.last_at)
        self.changed[incident.id] = None
