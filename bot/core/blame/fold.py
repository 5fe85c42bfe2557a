"""Folding: the commits and finished builds of a branch in any order in, its incidents out.

One that arrives late is put in its place: what was folded after it is taken back and folded again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.blame.case import Case
from bot.core.blame.culprit_finder import CulpritFinder, find_id
from bot.core.blame.incident_builder import close_abandoned, keep_verdict
from bot.core.blame.inference.parameters import DEFAULT_RATES, ModelParameters
from bot.core.blame.timeline.branch_history import BranchHistory
from bot.core.blame.timeline.build_order import BuildOrder
from bot.core.blame.timeline.failure_history import FailureHistory, PlacedBuild
from bot.core.blame.timeline.gone_builders import find_waiting
from bot.core.blame.timeline.outcomes import find_shown, says_anything
from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.model import BranchCommits, Incident, IncidentState, Observation, Signature
from bot.core.model.counts import count_words
from bot.core.policy.thresholds import Policy

# Builds between two looks for failures that nobody has seen for long; each look costs as much as
# there are open ones.
_SWEEP = 64


class Fold:
    """The state behind `BranchState`; it changes in place, and only `state.py` may hold it."""

    def __init__(
        self,
        policy: Policy,
        line: BranchCommits,
        undo_log: UndoLog | None = None,
        parameters: ModelParameters = DEFAULT_RATES,
        gone: Mapping[str, datetime] | None = None,
    ) -> None:
        """`gone`: builders that were taken out of Buildbot, with the time when that was seen."""
        self._policy = policy
        self.parameters = parameters
        self.gone = gone or {}
        self._undo_log = undo_log or UndoLog()
        self._placing = BuildOrder(line)
        self._finder = CulpritFinder(policy, line, parameters)
        self.changed: dict[str, None] = {}  # ids of incidents that changed since last asked
        self._begin()

    def _begin(self) -> None:
        self._undo_log.clear()
        self._finder.forget()
        self._history = BranchHistory(self._undo_log, self.gone)
        self._incidents: dict[str, Incident] = {}
        self._last_red: dict[str, datetime] = {}
        self._folded: list[Observation] = []  # those of the placed builds that are in memory

    @property
    def policy(self) -> Policy:
        """The thresholds it judges by."""
        return self._policy

    @property
    def line(self) -> BranchCommits:
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
        if abandoned := self._find_abandoned(incident, now):
            return close_abandoned(incident, abandoned, max(self.gone[b] for b in abandoned))
        quiet_at = self._last_red[incident.id] + self._policy.quiet_after
        if now < quiet_at:
            return incident
        days = count_words(self._policy.quiet_after.days, "day")
        return replace(
            incident,
            state=IncidentState.CLOSED,
            closed_at=quiet_at,
            reason=f"It did not fail for {days}, nor was it seen to pass on all of its builders.",
            awaited=(),
        )

    def _find_abandoned(self, incident: Incident, now: datetime) -> set[str]:
        """The builders that alone keep an incident open, where all of them are gone by now."""
        gone = {builder for builder, left in self.gone.items() if now >= left}
        if gone.isdisjoint(incident.builders):
            return set()
        failures = [self._history.failures.get(s) for s in incident.signatures]
        still = [f for f in failures if f is not None and f.streak is not None]
        waiting = {b for f in still for b in find_waiting(f, self._history.logs)}
        return waiting if waiting <= gone else set()

    # ------------------------------------------------------------ facts come in

    def extend(self, line: BranchCommits) -> None:
        """The branch's commits as they are now; what they change is folded again."""
        kept = self._placing.extend(line)
        self._finder.line = line
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
        left = self._undo_log.take_back(count)
        if left:
            self._history.take_out(self._folded[left:])
            self._finder.forget()
            del self._folded[left:]
        else:
            self._begin()
        for name, incident in before.items():
            if self._incidents.get(name) is not incident:  # it is gone, or what it was
                self.changed[name] = None

    # ------------------------------------------------------------ folding

    def _catch_up(self) -> None:
        for build in self._placing.placed[len(self._folded) :]:
            self._undo_log.turn(len(self._folded))
            if says_anything(build):
                self._fold(build)
            self._folded.append(build)

    def _fold(self, build: Observation) -> None:
        entry = self._history.add(self._placing.find_position(build), build)
        self._finder.note(build.builder)
        shown = find_shown(entry.build)
        red = self._history.find_red(entry, shown)
        green, elsewhere = self._history.find_green(entry, shown)
        green |= self._history.find_abandoned() | self._find_mended(red, entry)
        for failures in self._history.find_groups(red | green | elsewhere):
            self._reassess(failures, green, entry)
        if self._history.count_builds() % _SWEEP == 0:
            for failure in self._history.forget_quiet(build.complete_at - self._policy.quiet_after):
                self._finder.close(failure)
        for signature in sorted(green):  # what no stable builder showed has no incident to judge
            failure = self._history.failures[signature]
            if failure.streak and not failure.streak.opening and self._history.is_over(failure):
                self._history.close(failure, regression=False)

    def _find_mended(self, red: set[Signature], entry: PlacedBuild) -> set[Signature]:
        """What failed in a build of an old commit, and passed at later ones before.

        Somebody asked for that build: it tells of what was, and nothing began or came back.
        """
        if entry is self._history.logs[entry.build.builder].entries[-1]:
            return set()  # nothing later was built, as nearly always
        failures = (self._history.failures[s] for s in red)
        failed = [f for f in failures if f.streak is not None and entry in f.streak.reds]
        return {f.signature for f in failed if self._history.is_over(f)}

    def _reassess(
        self, failures: Sequence[FailureHistory], green: set[Signature], entry: PlacedBuild
    ) -> None:
        """Believe anew, and publish what that makes of the incident."""
        over = {f.signature for f in failures if f.signature in green and self._history.is_over(f)}
        passed = failures[0].signature in green
        before = self._incidents.get(find_id(failures[0]))
        if over or self._history.is_open_to(failures[0], entry, passed=passed):
            belief = self._finder.believe(failures, self._history)
            failures = [self._history.believe(f, belief) for f in failures]
        ended = [f for f in failures if f.signature in over]
        still = [f for f in failures if f.signature not in over]
        for part in (ended, still):
            if part:
                self._publish(part, before, over=part is ended)
        for failure in ended:
            self._finder.close(failure)
            self._history.close(failure, regression=failure.is_regression)

    def explain(self, incident: Incident) -> Incident:
        """With testimony and the failure's own record; as it was where it is over."""
        return self._finder.explain(incident, self._history)

    def find_case(self, incident: Incident) -> Case | None:
        """What beliefs in an open incident are made from; None where nothing of it fails now."""
        return self._finder.find_case(incident, self._history)

    def find_silent(self, incident: Incident) -> frozenset[int]:
        """Positions in the range of an open incident where builds told nothing of it."""
        return self._finder.find_silent(incident, self._history)

    def _publish(
        self, failures: Sequence[FailureHistory], before: Incident | None, *, over: bool
    ) -> None:
        incident = self._finder.make_incident(failures, self._history, over=over)
        if over:
            incident = keep_verdict(before, incident, self._policy)
        self._history.note_accused(failures, incident)
        self._undo_log.put(self._incidents, incident.id, incident)
        assert failures[0].streak is not None  # noqa: S101 - groups are of open failures
        self._undo_log.put(self._last_red, incident.id, failures[0].streak.last_at)
        self.changed[incident.id] = None
