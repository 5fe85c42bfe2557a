"""Which builds to ask for: open incidents, a fleet's load and what was asked for in, a plan out.

For each incident, of the (builder, commit) pairs that could be built, the one with the highest
expected drop in entropy for each minute of its builder; builders go to the incidents in the order
of that worth. The same plan serves asking by itself, `bisect`, a dry run and the backtest: who
does not want to ask, does not.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.blame import BranchState
from bot.core.model import (
    DEFAULT_LIMITS,
    Budget,
    BuilderLoad,
    BuildRef,
    BuildRequest,
    Incident,
    IncidentState,
    PlannedBuild,
    RequestLimits,
    RequestPlan,
    RequestPurpose,
    RequestState,
)
from bot.core.model.build_results import is_evidence
from bot.core.requests.answers import find_answer
from bot.core.requests.candidates import find_candidates
from bot.core.requests.information_gain import Candidate, Inquiry, Outlook
from bot.core.requests.limits import (
    SEARCHING,
    Hindrance,
    find_builder_hindrance,
    find_fleet_hindrance,
    find_incident_hindrance,
    find_pace_hindrance,
)
from bot.core.requests.reasons import explain

_NONE: Mapping[str, Budget] = {}
# A person who spends builds wants to know, but not what is known already.
_LEAST_WHEN_TOLD = 0.03  # bits
# A build that ended is read within seconds; one that could not be read for so long is given up.
_READING = timedelta(hours=1)


def plan_requests(
    state: BranchState,
    incidents: Sequence[Incident],
    fleet: Mapping[str, BuilderLoad],
    requests: Sequence[BuildRequest],
    now: datetime,
    *,
    limits: RequestLimits = DEFAULT_LIMITS,
    budgets: Mapping[str, Budget] = _NONE,
) -> RequestPlan:
    """What to ask for now about these incidents of a branch, and what to take back.

    `fleet`: the builders that may be asked, by name. `requests`: all that were asked for in the
    last `share_span`, of all incidents and purposes, and all that are outstanding. `budgets`: what
    may still be spent on an incident, by id, where that is not up to the limits.
    """
    folded = frozenset(observation.ref for observation in state.observations)
    seen = [_see_unread(request, folded, now) for request in requests]
    planning = _Planning(state, fleet, seen, now, limits, budgets)
    planning.times += [r.ended_at + _READING for r in seen if r.is_outstanding and r.ended_at]
    for incident in incidents:
        planning.consider(incident)
    planning.assign()
    return planning.finish()


def _see_unread(request: BuildRequest, folded: Container[BuildRef], now: datetime) -> BuildRequest:
    """A build that ended runs on for us until what it says is folded in: it may still tell."""
    if request.buildid is None or request.ended_at is None or not is_evidence(request.result):
        return request
    if BuildRef(request.source, request.buildid) in folded or now - request.ended_at >= _READING:
        return request
    return replace(request, state=RequestState.RUNNING)


@dataclass(frozen=True, slots=True)
class _Option:
    """A build that may be asked for."""

    incident: str  # id
    candidate: Candidate
    outlook: Outlook
    worth: float  # bits for each minute until it has answered


@dataclass(slots=True)
class _Planning:
    """A plan while it is made."""

    state: BranchState
    fleet: Mapping[str, BuilderLoad]
    requests: Sequence[BuildRequest]
    now: datetime
    limits: RequestLimits
    budgets: Mapping[str, Budget]
    inquiries: dict[str, Inquiry] = field(default_factory=dict)  # by id of an incident
    ask: list[PlannedBuild] = field(default_factory=list)
    cancel: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)
    times: list[datetime] = field(default_factory=list)  # when limits let go

    # ------------------------------------------------------------ one incident

    def consider(self, incident: Incident) -> None:
        """Begin an inquiry, or say why there is none; what it no longer needs is cancelled."""
        inquiry = self._inquire(incident)
        if inquiry is None:
            answer: str | None = "It is over."
        else:
            is_told = incident.id in self.budgets
            answer = find_answer(incident, inquiry, self.state, self.now, is_told=is_told)
        if inquiry is None or answer is not None:
            self._close(incident, answer or "")
            return
        for request in self.requests:
            place, load = inquiry.find_position(request.revision), self.fleet.get(request.builder)
            if request.is_outstanding and load is not None and place is not None:
                inquiry.expect(Candidate(request.builder, place), load.minutes)
        self.inquiries[incident.id] = inquiry

    def _inquire(self, incident: Incident) -> Inquiry | None:
        case = self.state.find_case(incident)
        if case is None or incident.state is not IncidentState.OPEN:
            return None
        start = case.start - self.state.line.base
        commits = self.state.line.commits[start : start + len(case.shares)]
        silent = self.state.find_silent(incident)
        return Inquiry(case, commits, self.state.parameters, self.now, silent=silent)

    def _close(self, incident: Incident, reason: str) -> None:
        self.silent[incident.id] = reason
        for request in self.requests:
            own = request.incident == incident.id and request.purpose in SEARCHING
            if own and request.is_outstanding and request.state is not RequestState.RUNNING:
                self.cancel[request.id] = f"No longer needed. {reason}"

    # ------------------------------------------------------------ all of them

    def assign(self) -> None:
        """Give builders to incidents, the most worth first, until nothing is worth its price."""
        best = {name: self._find_best(name) for name in self.inquiries}
        while options := [o for o in best.values() if o is not None]:
            option = max(options, key=_rank)
            told = self._take(option)
            for other in options:
                if other.incident in told or other.candidate.builder == option.candidate.builder:
                    best[other.incident] = self._find_best(other.incident)

    def _take(self, option: _Option) -> list[str]:
        """Plan a build; the ids of the incidents that it tells something about."""
        load = self.fleet[option.candidate.builder]
        planned = PlannedBuild(
            incident=option.incident,
            builder=load.builder,
            revision=self._find_revision(option.candidate),
            gain=option.outlook.gain,
            left=option.outlook.left,
            minutes=load.minutes,
            reason=explain(self.inquiries[option.incident], option.candidate, option.outlook),
        )
        self.ask.append(planned)
        told = [n for n, inquiry in self.inquiries.items() if inquiry.covers(option.candidate)]
        for name in told:
            self.inquiries[name].expect(option.candidate, load.minutes)
        return told

    def _find_best(self, name: str) -> _Option | None:
        """Of the builds that may be asked for about an incident, the one that is worth most."""
        budget, asked = self.budgets.get(name), self._list_asked()
        own = [r for r in asked if r.incident == name]
        hindrance = find_incident_hindrance(own, self.limits, budget) or find_fleet_hindrance(
            asked, self.now, self.limits, budget
        )
        if hindrance is not None:
            self._note(name, hindrance)
            return None
        free = {b: load for b, load in self.fleet.items() if self._is_free(name, load, asked)}
        return self._weigh(name, free, asked)

    def _weigh(
        self, name: str, free: Mapping[str, BuilderLoad], asked: Sequence[BuildRequest]
    ) -> _Option | None:
        """The best one, the quickest builders first: what is slower often cannot tell enough."""
        inquiry, budget, best = self.inquiries[name], self.budgets.get(name), None
        most = min(1.0, inquiry.left) + self.limits.gain_of_telling  # two outcomes: one bit
        for candidate in find_candidates(inquiry, free):
            load, revision = free[candidate.builder], self._find_revision(candidate)
            price = load.minutes + self.limits.minutes_of_asking
            delay = price + load.expect_wait(self.now)
            if not revision or (best is not None and most / delay <= best.worth):
                continue
            if budget is not None and load.minutes > budget.minutes:
                continue
            hindrance = find_pace_hindrance(load, revision, asked, self.now, self.limits)
            if hindrance is not None:
                self._note(name, hindrance)
                continue
            outlook = inquiry.find_outlook(candidate, load.minutes)
            value = self._find_value(inquiry, outlook, budget)
            if value is not None and value * 60.0 >= self.limits.least_gain_per_hour * price:
                option = _Option(name, candidate, outlook, value / delay)
                best = option if best is None else max(best, option, key=_rank)
        return best

    def _find_value(
        self, inquiry: Inquiry, outlook: Outlook, budget: Budget | None
    ) -> float | None:
        """Bits that matter; None where they are too few."""
        if budget is not None and budget.is_told:
            return outlook.gain if outlook.gain >= _LEAST_WHEN_TOLD else None
        value = outlook.gain * inquiry.of_pulls + outlook.telling * self.limits.gain_of_telling
        return value if value >= self.limits.least_gain else None

    def _find_revision(self, candidate: Candidate) -> str:
        """Its commit; empty where there is none, or it has not landed by the committer's clock."""
        line = self.state.line
        place = candidate.position - line.base
        if not 0 <= place < len(line.commits) or line.commits[place].at > self.now:
            return ""
        return line.commits[place].sha

    def _is_free(self, name: str, load: BuilderLoad, asked: Sequence[BuildRequest]) -> bool:
        hindrance = find_builder_hindrance(load, asked, self.now, self.limits)
        if hindrance is not None:
            self._note(name, hindrance)
        return hindrance is None

    def _note(self, name: str, hindrance: Hindrance) -> None:
        self.silent[name] = hindrance.reason
        if hindrance.until is not None:
            self.times.append(hindrance.until)

    def _list_asked(self) -> list[BuildRequest]:
        """What was asked for, and what this plan asks for as if it were."""
        kept = [r for r in self.requests if r.id not in self.cancel]
        return [*kept, *(_see(n, planned, self.now) for n, planned in enumerate(self.ask))]

    def finish(self) -> RequestPlan:
        """The plan."""
        asked = {planned.incident for planned in self.ask}
        for name in self.inquiries:
            self.silent.setdefault(name, "No build would tell enough for its price.")
        return RequestPlan(
            ask=tuple(self.ask),
            cancel=self.cancel,
            silent={name: why for name, why in self.silent.items() if name not in asked},
            again_at=min((t for t in self.times if t > self.now), default=None),
        )


def _rank(option: _Option) -> tuple[float, str, str, int]:
    """The higher, the better; names only decide a tie."""
    return (option.worth, option.incident, *option.candidate)


def _see(number: int, planned: PlannedBuild, now: datetime) -> BuildRequest:
    """A planned build as limits see it."""
    return BuildRequest(
        id=f"planned {number}",
        source="",
        builder=planned.builder,
        revision=planned.revision,
        purpose=RequestPurpose.AUTO,
        state=RequestState.PLANNED,
        asked_at=now,
        incident=planned.incident,
        expected_minutes=planned.minutes,
    )
