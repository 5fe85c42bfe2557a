"""A group of failures in, what is believed of it and the incident that people see out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.core.blame.case import Case, Posterior
from bot.core.blame.explanation import explain_suspects, make_record
from bot.core.blame.incident_builder import make_id, make_incident
from bot.core.blame.incident_cache import IncidentCache
from bot.core.blame.inference.case_builder import CommitSpan, find_span, make_case
from bot.core.blame.inference.cold_start import find_cold_start_culprit
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.inference.posterior import compute_posterior
from bot.core.blame.inference.priors import PriorModel
from bot.core.blame.inference.window import WindowCache
from bot.core.blame.regression_ranges import RangeCache
from bot.core.blame.timeline.branch_history import BranchHistory
from bot.core.blame.timeline.commit_slice import CommitSlice
from bot.core.blame.timeline.failure_history import FailureHistory, Streak
from bot.core.model import BranchCommits, Incident, Signature
from bot.core.policy.thresholds import Policy


class _Shares(NamedTuple):
    """Priors, and of what."""

    span: CommitSpan
    told: list[Signature]
    shares: list[float]


class CulpritFinder:
    """Judges by what is remembered; what it keeps itself only saves time."""

    def __init__(self, policy: Policy, line: BranchCommits, parameters: ModelParameters) -> None:
        self.line = line
        self._policy = policy
        self._rates = parameters
        self._priors = PriorModel(parameters.weights)
        self.forget()

    def forget(self) -> None:
        """Builds were taken back, or commits are not what they were."""
        self._ranges = RangeCache()
        self._windows = WindowCache()
        self._published = IncidentCache(self._policy.failures_needed)
        self._shares: dict[Signature, _Shares] = {}  # by the first of those that share a streak

    def note(self, builder: str) -> None:
        """It has built."""
        self._ranges.note(builder)

    def close(self, failure: FailureHistory) -> None:
        """Its streak is over."""
        self._ranges.forget(failure.signature)
        self._windows.forget(failure.signature)
        self._published.forget(failure.signature)
        self._shares.pop(failure.signature, None)

    def believe(self, failures: Sequence[FailureHistory], history: BranchHistory) -> Posterior:
        """What is believed of failures that share a streak."""
        return compute_posterior(self._make_case(failures, history), self._rates)

    def make_incident(
        self, failures: Sequence[FailureHistory], history: BranchHistory, *, over: bool
    ) -> Incident:
        """Their incident, by the belief that they hold; `over`: all builders are green again."""
        failure, streak = failures[0], _find_streak(failures[0])
        assert failure.belief is not None  # noqa: S101 - they were just judged
        view = CommitSlice(self.line.commits, self.line.base)
        young = self._is_young(history)
        ranges = self._ranges.find(failure, streak, history.logs)
        known = None if over or young else self._published.find(failures, streak, ranges)
        incident = known or make_incident(
            failures,
            failure.belief,
            ranges,
            logs=history.logs,
            view=view,
            policy=self._policy,
            over=over,
            plain_pull=find_cold_start_culprit(failure, streak, history.logs, view)
            if young
            else None,
        )
        self._published.keep(failures, streak, ranges, incident)
        return incident

    def find_case(self, incident: Incident, history: BranchHistory) -> Case | None:
        """What beliefs in an open incident are made from; None where nothing of it fails now.

        The incident may go by another id than the fold gives it: a build that came late moves the
        opening, and what people know keeps its name.
        """
        still = _find_open(incident, history)
        return self._make_case(still, history) if still else None

    def find_silent(self, incident: Incident, history: BranchHistory) -> frozenset[int]:
        """Positions of suspects, and of the commit before, where a build told nothing of it.

        What does not compile there, or fails otherwise, does so whenever it is built.
        """
        still = _find_open(incident, history)
        if not still:
            return frozenset()
        failure = still[0]
        span = find_span(failure, _find_streak(failure), history.logs, self.line.base)
        entries = (
            e for log in history.logs.values() for e in log.between(span.start - 1, span.end)
        )
        told: dict[int, bool] = {}
        for entry in entries:
            told[entry.position] = told.get(entry.position, False) or bool(failure.outcome(entry))
        return frozenset(position for position, anything in told.items() if not anything)

    def explain(self, incident: Incident, history: BranchHistory) -> Incident:
        """With testimony and the failure's own record; as it was where it is over."""
        still = _find_open(incident, history)
        if not still or find_id(still[0]) != incident.id:
            return incident
        failure, case = still[0], self._make_case(still, history)
        start = case.start - self.line.base
        suspects = explain_suspects(
            incident.suspects,
            case,
            failure,
            logs=history.logs,
            commits=self.line.commits[start : start + len(case.shares)],
            rates=self._rates,
        )
        record = make_record(failure, _find_streak(failure), history.logs)
        return replace(incident, suspects=suspects, record=record)

    def _make_case(self, failures: Sequence[FailureHistory], history: BranchHistory) -> Case:
        failure, streak = failures[0], _find_streak(failures[0])
        span = find_span(failure, streak, history.logs, self.line.base)
        tags = history.fleet.find_tags()
        return make_case(
            failure,
            streak,
            span,
            shares=self._share(span, [f.signature for f in failures]),
            window=self._windows.find(failure, streak, span.start, history.logs, tags),
            tags=tags,
            passes=history.fleet.count_passes(failure),
            commits=self.line.commits,
            base=self.line.base,
            flake_counts=history.make_ledger(failure, streak),
            rates=self._rates,
        )

    def _share(self, span: CommitSpan, told: list[Signature]) -> list[float]:
        """The priors, worked out anew where the suspects or the failures are others."""
        known = self._shares.get(told[0])
        if known is None or known.span != span or known.told != told:
            start, end = span.start - self.line.base, span.end + 1 - self.line.base
            shares = self._priors.share(self.line.commits, start, end, told)
            known = self._shares[told[0]] = _Shares(span, told, shares)
        return known.shares

    def _is_young(self, history: BranchHistory) -> bool:
        """The fleet has no past yet. After a gap it has one that we only cannot see."""
        return self.line.epoch <= 1 and history.count_builds() < self._policy.plain_until


def _find_open(incident: Incident, history: BranchHistory) -> Sequence[FailureHistory]:
    """The failures of an incident that are open now, of one streak."""
    failures = [history.failures.get(s) for s in incident.signatures]
    still = [f for f in failures if f is not None and f.streak is not None]
    return [f for f in still if find_id(f) == find_id(still[0])]


def _find_streak(failure: FailureHistory) -> Streak:
    assert failure.streak is not None  # noqa: S101 - only open failures are judged
    return failure.streak


def find_id(failure: FailureHistory) -> str:
    """The id of the incident of an open failure and of those that share its streak."""
    streak = _find_streak(failure)
    return make_id(failure.signature, streak.opening or streak.reds[0])
