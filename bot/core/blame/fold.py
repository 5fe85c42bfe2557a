"""Folding: the commits and finished builds of a branch in any order in, its incidents out.

Builds are folded in the order (`complete_at`, `buildid`). One that arrives late is put in its
place: what was folded after it is taken back and folded again.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.blame.beliefs import believe
from bot.core.blame.case import Case
from bot.core.blame.evidence import find_span, make_case
from bot.core.blame.incidents import View, make_id, make_incident
from bot.core.blame.journal import Journal
from bot.core.blame.memory import Memory
from bot.core.blame.plain import find_plain_pull
from bot.core.blame.priors import PriorBook
from bot.core.blame.ranges import RangeBook
from bot.core.blame.rates import DEFAULT_RATES, Rates
from bot.core.blame.testimony import make_record, tell_suspects
from bot.core.blame.trail import Entry, Trail
from bot.core.model import Incident, IncidentState, Line, Observation, Signature
from bot.core.policy import Policy
from bot.core.results import is_evidence

# Builds between two looks for failures that nobody has seen for long; each look costs as much as
# there are open ones.
_SWEEP = 64

_Build = tuple[str, int]


class Fold:
    """The state behind `BranchState`; it changes in place, and only `state.py` may hold it."""

    def __init__(self, policy: Policy, line: Line, journal: Journal | None = None) -> None:
        self._policy = policy
        self._rates: Rates = DEFAULT_RATES
        self._journal = journal or Journal()
        self._priors = PriorBook()
        self.line = line
        self._positions = _find_positions(line)
        self._known: dict[_Build, Observation] = {}
        self._waiting: dict[_Build, Observation] = {}  # their commit is not on the line
        self._placed: list[Observation] = []  # in the order of folding
        self._begin()

    def _begin(self) -> None:
        self._journal.clear()
        self._memory = Memory(self._journal)
        self._ranges = RangeBook()
        self._incidents: dict[str, Incident] = {}
        self._last_red: dict[str, datetime] = {}
        self._folded = 0  # so many of `_placed` are in memory
        self._highest = -1  # no build of a later commit was folded
        self.changed: dict[str, None] = {}  # ids of incidents that changed since last asked

    @property
    def policy(self) -> Policy:
        """The thresholds it judges by."""
        return self._policy

    def find_incidents(self, now: datetime | None) -> list[Incident]:
        """By opening; `now` closes what has gone quiet."""
        aged = [self._age(i, now) for i in self._incidents.values()]
        return sorted(aged, key=lambda i: (i.opened_at, i.id))

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All that are known, in the order of folding."""
        return tuple(sorted(self._known.values(), key=_order))

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
        changed = self._find_change(line)
        self.line = line
        for n in range(changed - line.base, len(line.commits)):
            self._positions[line.commits[n].sha] = line.base + n
        self._rewind_to_position(changed)
        found = [o for o in self._waiting.values() if o.revision in self._positions]
        for o in found:
            del self._waiting[o.source, o.buildid]
        self._place(found)
        self._catch_up()

    def add(self, observations: Iterable[Observation]) -> list[Observation]:
        """Fold builds in; one that comes again replaces itself. Returns those that were news."""
        news, placed = [], []
        for o in observations:
            key = (o.source, o.buildid)
            known = self._known.get(key)
            if known == o:
                continue
            if known is not None:
                self._remove(known)
            self._known[key] = o
            news.append(o)
            if o.revision in self._positions:
                placed.append(o)
            else:
                self._waiting[key] = o
        self._place(placed)
        self._catch_up()
        return news

    def _find_change(self, line: Line) -> int:
        """The first position at which a line differs from the present one; all, when rebased."""
        old = self.line
        if (line.epoch, line.base) != (old.epoch, old.base) or len(line.commits) < len(old.commits):
            self._positions = {}
            self._waiting = dict(self._known)
            self._placed = []
            self._begin()
            return line.base
        same = len(old.commits)
        if line.commits[:same] == old.commits:
            return line.base + same
        pairs = zip(line.commits, old.commits, strict=False)
        return line.base + next(n for n, (new, was) in enumerate(pairs) if new != was)

    def _remove(self, known: Observation) -> None:
        self._waiting.pop((known.source, known.buildid), None)
        n = bisect_left(self._placed, _order(known), key=_order)
        if n < len(self._placed) and self._placed[n] is known:
            self._rewind(n)
            del self._placed[n]

    def _place(self, new: Sequence[Observation]) -> None:
        for o in sorted(new, key=_order):
            n = len(self._placed)
            if n and _order(self._placed[-1]) > _order(o):
                n = bisect_left(self._placed, _order(o), key=_order)
                self._rewind(n)
            self._placed.insert(n, o)

    def _rewind_to_position(self, position: int) -> None:
        """Take back what was folded since a build of this commit or a later one."""
        if position > self._highest:
            return
        for n in range(self._folded):
            if self._positions[self._placed[n].revision or ""] >= position:
                self._rewind(n)
                return

    def _rewind(self, count: int) -> None:
        if count >= self._folded:
            return
        changed = {**self.changed, **dict.fromkeys(self._incidents)}  # also what will be gone
        left = self._journal.take_back(count)
        if left:
            self._memory.take_out(self._placed[left : self._folded])
            self._ranges = RangeBook()
            self._folded = left
        else:
            self._begin()
        self.changed = {**changed, **dict.fromkeys(self._incidents)}  # and what is there again

    # ------------------------------------------------------------ folding

    def _catch_up(self) -> None:
        for build in self._placed[self._folded :]:
            self._journal.turn(self._folded)
            if is_evidence(build.result):
                self._fold(build)
            self._folded += 1

    def _fold(self, build: Observation) -> None:
        entry = Entry(self._positions[build.revision or ""], build.order, build)
        self._highest = max(self._highest, entry.position)
        self._memory.add(entry)
        self._ranges.note(build.builder)
        red = self._memory.find_red(entry)
        green, elsewhere = self._memory.find_green(entry)
        for trails in self._memory.find_groups(red | green | elsewhere):
            self._judge(trails, green, entry)
        if self._memory.count_builds() % _SWEEP == 0:
            self._memory.forget_quiet(build.complete_at - self._policy.quiet_after)
        for signature in sorted(green):
            trail = self._memory.trails[signature]
            if trail.streak and not trail.streak.opening and self._memory.is_over(trail):
                self._memory.close(trail, regression=False)

    def _judge(self, trails: Sequence[Trail], green: set[Signature], entry: Entry) -> None:
        """Believe anew, and publish what that makes of the incident."""
        over = [t for t in trails if t.signature in green and self._memory.is_over(t)]
        passed = trails[0].signature in green
        if over or self._memory.is_open_to(trails[0], entry, passed=passed):
            trails = self._believe(trails)
            over = [t for t in trails if t.signature in {o.signature for o in over}]
        still = [t for t in trails if t not in over]
        for part in (over, still):
            if part:
                self._publish(part, over=part is over)
        for trail in over:
            self._ranges.forget(trail.signature)
            self._memory.close(trail, regression=trail.is_regression)

    def explain(self, incident: Incident) -> Incident:
        """With testimony and the failure's own record; as it was where it is over."""
        trails = [self._memory.trails.get(s) for s in incident.signatures]
        still = [t for t in trails if t is not None and t.streak is not None]
        if not still or _find_id(still[0]) != incident.id:
            return incident
        trail, case = still[0], self._make_case(still)
        start = case.start - self.line.base
        assert trail.streak is not None  # noqa: S101 - those without were left out
        suspects = tell_suspects(
            incident.suspects,
            case,
            trail,
            logs=self._memory.logs,
            commits=self.line.commits[start : start + len(case.shares)],
            rates=self._rates,
        )
        record = make_record(trail, trail.streak, self._memory.logs)
        return replace(incident, suspects=suspects, record=record)

    def _believe(self, trails: Sequence[Trail]) -> list[Trail]:
        belief = believe(self._make_case(trails), self._rates)
        return [self._memory.believe(t, belief=belief) for t in trails]

    def _make_case(self, trails: Sequence[Trail]) -> Case:
        trail, streak = trails[0], trails[0].streak
        assert streak is not None  # noqa: S101 - groups are of open trails
        memory, base = self._memory, self.line.base
        span = find_span(trail, streak, memory.logs, base)
        return make_case(
            trail,
            streak,
            span,
            shares=self._priors.share(
                self.line.commits,
                span.start - base,
                span.end + 1 - base,
                [t.signature for t in trails],
            ),
            logs=memory.logs,
            commits=self.line.commits,
            base=base,
            ledger=memory.make_ledger(trail, streak),
            rates=self._rates,
        )

    def _is_young(self) -> bool:
        """The fleet has no past yet. After a gap it has one that we only cannot see."""
        return self.line.epoch <= 1 and self._memory.count_builds() < self._policy.plain_until

    def _publish(self, trails: Sequence[Trail], *, over: bool) -> None:
        streak, belief = trails[0].streak, trails[0].belief
        assert streak is not None  # noqa: S101 - groups are of open trails
        assert belief is not None  # noqa: S101 - they were just judged
        view = View(self.line.commits, self.line.base)
        plain = (
            find_plain_pull(trails[0], streak, self._memory.logs, view)
            if self._is_young()
            else None
        )
        incident = make_incident(
            trails,
            belief,
            self._ranges.find(trails[0], streak, self._memory.logs),
            logs=self._memory.logs,
            view=view,
            policy=self._policy,
            over=over,
            plain_pull=plain,
        )
        self._journal.put(self._incidents, incident.id, incident)
        self._journal.put(self._last_red, incident.id, streak.last_at)
        self.changed[incident.id] = None


def _find_positions(line: Line) -> dict[str, int]:
    return {commit.sha: line.base + n for n, commit in enumerate(line.commits)}


def _find_id(trail: Trail) -> str:
    assert trail.streak is not None  # noqa: S101 - only open trails are asked about
    return make_id(trail.signature, trail.streak.opening or trail.streak.reds[0])


def _order(observation: Observation) -> tuple[object, int, str]:
    return (*observation.order, observation.source)
