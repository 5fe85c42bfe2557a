"""Judge: a group of trails in, what is believed of it and the incident that people see out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.core.blame.beliefs import believe
from bot.core.blame.case import Belief, Case
from bot.core.blame.evidence import Span, find_span, make_case
from bot.core.blame.incidents import View, make_id, make_incident
from bot.core.blame.memory import Memory
from bot.core.blame.plain import find_plain_pull
from bot.core.blame.priors import PriorBook
from bot.core.blame.ranges import RangeBook
from bot.core.blame.rates import DEFAULT_RATES
from bot.core.blame.testimony import make_record, tell_suspects
from bot.core.blame.trail import Streak, Trail
from bot.core.model import Incident, Line, Signature
from bot.core.policy import Policy


class _Shares(NamedTuple):
    """Priors, and of what."""

    span: Span
    told: list[Signature]
    shares: list[float]


class Judge:
    """Judges by what is remembered; what it keeps itself only saves time."""

    def __init__(self, policy: Policy, line: Line) -> None:
        self.line = line
        self._policy = policy
        self._rates = DEFAULT_RATES
        self._priors = PriorBook()
        self.forget()

    def forget(self) -> None:
        """Builds were taken back, or commits are not what they were."""
        self._ranges = RangeBook()
        self._shares: dict[Signature, _Shares] = {}  # by the first of those that share a streak

    def note(self, builder: str) -> None:
        """It has built."""
        self._ranges.note(builder)

    def close(self, trail: Trail) -> None:
        """Its streak is over."""
        self._ranges.forget(trail.signature)
        self._shares.pop(trail.signature, None)

    def believe(self, trails: Sequence[Trail], memory: Memory) -> Belief:
        """What is believed of trails that share a streak."""
        return believe(self._make_case(trails, memory), self._rates)

    def make_incident(self, trails: Sequence[Trail], memory: Memory, *, over: bool) -> Incident:
        """Their incident, by the belief that they hold; `over`: all builders are green again."""
        trail, streak = trails[0], _find_streak(trails[0])
        assert trail.belief is not None  # noqa: S101 - they were just judged
        view = View(self.line.commits, self.line.base)
        young = self._is_young(memory)
        return make_incident(
            trails,
            trail.belief,
            self._ranges.find(trail, streak, memory.logs),
            logs=memory.logs,
            view=view,
            policy=self._policy,
            over=over,
            plain_pull=find_plain_pull(trail, streak, memory.logs, view) if young else None,
        )

    def explain(self, incident: Incident, memory: Memory) -> Incident:
        """With testimony and the failure's own record; as it was where it is over."""
        trails = [memory.trails.get(s) for s in incident.signatures]
        still = [t for t in trails if t is not None and t.streak is not None]
        if not still or _find_id(still[0]) != incident.id:
            return incident
        trail, case = still[0], self._make_case(still, memory)
        start = case.start - self.line.base
        suspects = tell_suspects(
            incident.suspects,
            case,
            trail,
            logs=memory.logs,
            commits=self.line.commits[start : start + len(case.shares)],
            rates=self._rates,
        )
        record = make_record(trail, _find_streak(trail), memory.logs)
        return replace(incident, suspects=suspects, record=record)

    def _make_case(self, trails: Sequence[Trail], memory: Memory) -> Case:
        trail, streak = trails[0], _find_streak(trails[0])
        span = find_span(trail, streak, memory.logs, self.line.base)
        return make_case(
            trail,
            streak,
            span,
            shares=self._share(span, [t.signature for t in trails]),
            logs=memory.logs,
            commits=self.line.commits,
            base=self.line.base,
            ledger=memory.make_ledger(trail, streak),
            rates=self._rates,
        )

    def _share(self, span: Span, told: list[Signature]) -> list[float]:
        """The priors, worked out anew where the suspects or the failures are others."""
        known = self._shares.get(told[0])
        if known is None or known.span != span or known.told != told:
            start, end = span.start - self.line.base, span.end + 1 - self.line.base
            shares = self._priors.share(self.line.commits, start, end, told)
            known = self._shares[told[0]] = _Shares(span, told, shares)
        return known.shares

    def _is_young(self, memory: Memory) -> bool:
        """The fleet has no past yet. After a gap it has one that we only cannot see."""
        return self.line.epoch <= 1 and memory.count_builds() < self._policy.plain_until


def _find_streak(trail: Trail) -> Streak:
    assert trail.streak is not None  # noqa: S101 - only open trails are judged
    return trail.streak


def _find_id(trail: Trail) -> str:
    streak = _find_streak(trail)
    return make_id(trail.signature, streak.opening or streak.reds[0])
