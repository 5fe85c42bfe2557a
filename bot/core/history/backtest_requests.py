"""Backtest with builds on request: a history and a fleet that answers in, what was said and asked
out.

The very same planner as the service's: whenever what is believed changes, or a limit lets go, it
is asked what to ask for; builds that were asked for are folded when they end. Nothing is asked
after the last build of the history: what the fleet did then nobody knows.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.blame import extend, new_state
from bot.core.blame.inference.parameters import DEFAULT_RATES, ModelParameters
from bot.core.history.backtest import BranchReport, Run, make_report, step
from bot.core.history.hindsight import Override
from bot.core.history.read import SOURCE, Epoch
from bot.core.history.requested_builds import RequestedBuilds
from bot.core.model import (
    BuilderLoad,
    BuildRequest,
    Incident,
    IncidentState,
    Observation,
    PlannedBuild,
    RequestLimits,
    RequestPurpose,
    RequestState,
)
from bot.core.model.build_results import is_evidence
from bot.core.policy.thresholds import Policy
from bot.core.requests import measure_builder, plan_requests

_BUILDS_KEPT = 15  # of each builder, to tell how long it takes


@dataclass(frozen=True, slots=True)
class RequestReport:
    """What would have been said of a branch, and what was asked for it."""

    branch: BranchReport
    requests: tuple[BuildRequest, ...]  # by time


def play_branch_with_requests(
    branch: str,
    epochs: Sequence[Epoch],
    policy: Policy,
    builds: RequestedBuilds,
    *,
    limits: RequestLimits,
    parameters: ModelParameters = DEFAULT_RATES,
    overrides: Sequence[Override] = (),
) -> Iterator[RequestReport | None]:
    """Play one branch; yields None after each of its own builds, and the report at the end."""
    spans = _find_spans(b for epoch in epochs for b in epoch.observations)
    playing = _Playing(Run(policy, new_state(branch, parameters)), builds, limits, spans)
    for epoch in epochs:
        playing.run.state = extend(playing.run.state, epoch.line)
        for build in sorted(epoch.observations, key=lambda o: o.order):
            playing.live_until(build.complete_at)
            playing.take_own(build)
            yield None
    playing.collect_rest()
    report = make_report(playing.run, epochs, overrides)
    yield RequestReport(report, tuple(playing.requests.values()))


_Spans = Mapping[str, Sequence[tuple[datetime, datetime]]]  # by builder, its own builds in order


def _find_spans(builds: Iterable[Observation]) -> _Spans:
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for build in builds:
        spans.setdefault(build.builder, []).append((build.started_at, build.complete_at))
    return {builder: sorted(own) for builder, own in spans.items()}


@dataclass(slots=True)
class _Playing:
    """A branch while it is played and asked about."""

    run: Run
    builds: RequestedBuilds
    limits: RequestLimits
    spans: _Spans
    requests: dict[str, BuildRequest] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)  # of those that are outstanding
    loads: dict[str, BuilderLoad] = field(default_factory=dict)
    newest: dict[str, list[Observation]] = field(default_factory=dict)  # by builder
    stale: dict[str, None] = field(default_factory=dict)  # ids of incidents to look at
    again_at: datetime | None = None

    def take_own(self, build: Observation) -> None:
        """One of the fleet's own builds ended."""
        if is_evidence(build.result):
            own = self.newest.setdefault(build.builder, [])
            own.append(build)
            del own[:-_BUILDS_KEPT]
            known = self.loads.get(build.builder)
            load = measure_builder(own)
            self.loads[build.builder] = replace(load, since=known.since) if known else load
        self._fold(build)
        self._plan(build.complete_at)

    def live_until(self, at: datetime) -> None:
        """Collect what ends by then, and ask again where a limit lets go."""
        while times := [t for t in (*self.ends.values(), self.again_at) if t and t <= at]:
            self._wake(min(times))

    def collect_rest(self) -> None:
        """Wait for what was asked for; nothing more is asked."""
        while self.ends:
            now = min(self.ends.values())
            for name in [n for n, end in self.ends.items() if end <= now]:
                self._collect(name, now)

    def _wake(self, now: datetime) -> None:
        for name in [n for n, end in self.ends.items() if end <= now]:
            self._collect(name, now)
        if self.again_at is not None and self.again_at <= now:
            self.again_at = None
            self.stale |= dict.fromkeys(i.id for i in self._find_open())
        self._plan(now)

    def _fold(self, build: Observation) -> None:
        step(self.run, build)
        self.stale |= dict.fromkeys(self.run.state.changed)

    def _find_open(self) -> list[Incident]:
        return [i for i in self.run.state.incidents if i.state is IncidentState.OPEN]

    # ------------------------------------------------------------ asking

    def _plan(self, now: datetime) -> None:
        """Ask what to ask about the incidents that may have changed."""
        if not self.stale:
            return
        found = [self.run.state.find_incident(name) for name in self.stale]
        self.stale = {}
        plan = plan_requests(
            self.run.state,
            [i for i in found if i is not None],
            {name: self._put_running(load, now) for name, load in self.loads.items()},
            [self._see(r, now) for r in self.requests.values()],
            now,
            limits=self.limits,
        )
        for name in plan.cancel:
            self._cancel(name, now)
        for planned in plan.ask:
            self._ask(planned, now)
        if plan.again_at is not None:
            self.again_at = min(self.again_at or plan.again_at, plan.again_at)

    def _put_running(self, load: BuilderLoad, now: datetime) -> BuilderLoad:
        """With the build of its own that runs; when it will end is not looked up."""
        spans = self.spans.get(load.builder, ())
        place = bisect_right(spans, now, key=lambda span: span[0]) - 1
        if place < 0 or spans[place][1] <= now:
            return load
        return replace(load, running_since=spans[place][0])

    def _see(self, request: BuildRequest, now: datetime) -> BuildRequest:
        """As it stands now: it begins when the fleet said that it would."""
        if request.state is RequestState.QUEUED and (request.started_at or now) < now:
            return replace(request, state=RequestState.RUNNING)
        return request

    def _ask(self, planned: PlannedBuild, now: datetime) -> None:
        name = f"{self.run.state.branch}-{len(self.requests) + 1}"
        answer = self.builds.ask(name, now, planned.builder, planned.revision)
        request = BuildRequest(
            id=name,
            source=SOURCE,
            builder=planned.builder,
            revision=planned.revision,
            purpose=RequestPurpose.AUTO,
            state=RequestState.REFUSED if isinstance(answer, str) else RequestState.QUEUED,
            asked_at=now,
            incident=planned.incident,
            reason=planned.reason,
            expected_minutes=planned.minutes,
        )
        if not isinstance(answer, str):
            request = replace(request, started_at=answer.starts)
            self.ends[name] = answer.ends
        self.requests[name] = request

    def _cancel(self, name: str, now: datetime) -> None:
        if name in self.ends and self.builds.cancel(name, now):
            del self.ends[name]
            self.requests[name] = replace(self.requests[name], state=RequestState.CANCELLED)

    def _collect(self, name: str, now: datetime) -> None:
        request, ended_at = self.requests[name], self.ends.pop(name)
        like = self.newest[request.builder][-1]
        build = self.builds.collect(name, now, like, request.revision)
        if isinstance(build, str):
            self.requests[name] = replace(request, state=RequestState.LOST)
        else:
            self.requests[name] = replace(
                request,
                state=RequestState.FINISHED,
                started_at=build.started_at,
                ended_at=ended_at,
                result=build.result,
                buildid=build.buildid,
            )
            self._fold(build)
        if request.incident is not None:
            self.stale[request.incident] = None


# ---------------------------------------------------------------- as JSON


def render_requests(requests: Sequence[BuildRequest]) -> dict[str, object]:
    """`requests` of the document: everything that was asked for, by time."""
    return {"requests": [_render_request(r) for r in requests]}


def _render_request(request: BuildRequest) -> dict[str, object]:
    return {
        "at": int(request.asked_at.timestamp()),
        "builder": request.builder,
        "revision": request.revision,
        "incident": request.incident,
        "reason": request.reason,
        "state": str(request.state),
        "result": request.result.name.lower() if request.result is not None else None,
        "ended": int(request.ended_at.timestamp()) if request.ended_at is not None else None,
    }
