"""How good are we? Our own accusations in figures, as far as later facts prove them.

In: `RecordFacts`. Out: a `Record`. Every share has its interval, since a few comments prove little;
and what is doubted counts as much as what is not.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from itertools import pairwise
from statistics import mean, median

from bot.core.history.hindsight import find_interval
from bot.core.ports.record import RecordFacts
from bot.core.reports.judgement import Judge, Judged, Known, Outcome

ENOUGH = 20
"""Below it the interval is wider than any two presets are apart."""

# The likelihoods that comments are told with: most lie above the thresholds of the presets.
_LIMITS = (0.0, 0.9, 0.95, 0.99, 1.01)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and where the true share lies in 95 of 100 cases."""

    part: int
    whole: int
    value: float | None  # the best guess; None of none
    low: float
    high: float


def make_share(part: int, whole: int) -> Share:
    """A plain one, with Wilson's interval."""
    value = part / whole if whole else None
    return Share(part, whole, value, *find_interval(part, whole))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some accusations."""

    made: int = 0
    posted: int = 0
    right: int = 0
    wrong: int = 0
    doubted: int = 0
    open: int = 0
    withdrawn: int = 0  # by ourselves, whatever was proved
    objected: int = 0  # the same

    @property
    def settled(self) -> int:
        """Proved, one way or the other."""
        return self.right + self.wrong


@dataclass(frozen=True, slots=True)
class Bin:
    """Accusations that were told with about the same likelihood."""

    low: float
    high: float
    claimed: float  # what was told, on average
    right: Share


@dataclass(frozen=True, slots=True)
class Record:
    """All of it."""

    total: Tally
    months: tuple[tuple[str, Tally], ...]  # `2026-03`; the newest first
    precision: Share
    coverage: Share
    calibration: tuple[Bin, ...]
    typical_delay: timedelta | None  # from the first red build to the comment
    longest_delay: timedelta | None  # of nine in ten
    judged: tuple[Judged, ...]  # the newest first

    @property
    def is_enough(self) -> bool:
        """Whether so many are proved that the precision says something."""
        return self.total.settled >= ENOUGH

    @property
    def honest_line(self) -> str:
        """What to make of it, in one sentence."""
        settled, total = self.total.settled, self.total
        left = total.doubted + total.open
        if not total.made:
            return "Nothing was said yet: there is nothing to judge."
        if not self.is_enough:
            return (
                f"Only {settled} of {total.made} are proved right or wrong: too few to say how"
                " good we are."
            )
        return (
            f"{settled} of {total.made} are proved; of the other {left} nobody knows. What nobody"
            " reverts, rules upon or builds again stays open."
        )


def make_record(facts: RecordFacts) -> Record:
    """Judge everything that was said."""
    judge = Judge(facts)
    judged = [judge.judge(accusation) for accusation in facts.accusations]
    judged.sort(key=lambda j: (j.accusation.told_at, j.accusation.incident_id), reverse=True)
    by_month: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_month[f"{one.accusation.told_at.astimezone(UTC):%Y-%m}"].append(one)
    delays = sorted(_list_delays(judged))
    return Record(
        total=count(judged),
        months=tuple((month, count(by_month[month])) for month in sorted(by_month, reverse=True)),
        precision=find_precision(judged),
        coverage=_find_coverage(list(judge.list_known())),
        calibration=tuple(_calibrate(judged)),
        typical_delay=timedelta(seconds=median(d.total_seconds() for d in delays))
        if delays
        else None,
        longest_delay=delays[min(len(delays) * 9 // 10, len(delays) - 1)] if delays else None,
        judged=tuple(judged),
    )


def count(judged: Iterable[Judged]) -> Tally:
    """What became of these."""
    known = list(judged)

    def having(outcome: Outcome) -> int:
        return sum(j.outcome is outcome for j in known)

    return Tally(
        made=len(known),
        posted=sum(j.accusation.is_posted for j in known),
        right=having(Outcome.RIGHT),
        wrong=having(Outcome.WRONG),
        doubted=having(Outcome.DOUBTED),
        open=having(Outcome.OPEN),
        withdrawn=sum(j.accusation.is_withdrawn for j in known),
        objected=sum(j.is_objected for j in known),
    )


def find_precision(judged: Sequence[Judged]) -> Share:
    """The share of all accusations that were right, from those that are proved.

    Where somebody objected, or we took it back, more was wrong than elsewhere, and not as much is
    proved: so both groups are estimated by themselves and put together by their sizes, with the
    interval of Newcombe's method (1998) from Wilson's of each. What builds prove shows us right
    more often than wrong, for those are the builds that we ask for: the interval is the wider one
    of what people and reverts prove, and of all proofs.
    """
    by_people = [_forget_builds(j) for j in judged]
    value, low, high = _estimate(judged)
    _, people_low, people_high = _estimate(by_people)
    total = count(judged)
    return Share(total.right, total.settled, value, min(low, people_low), max(high, people_high))


def _forget_builds(judged: Judged) -> Judged:
    return replace(judged, outcome=Outcome.OPEN) if judged.by_builds else judged


def _estimate(judged: Sequence[Judged]) -> tuple[float | None, float, float]:
    """The share that was right, and its interval; None where nothing is proved."""
    if not count(judged).settled:
        return None, 0.0, 1.0
    value = below = above = 0.0
    for doubted in (True, False):
        own = [j for j in judged if j.is_doubted is doubted]
        tally, weight = count(own), len(own) / len(judged)
        low, high = find_interval(tally.right, tally.settled)
        # Of a group of which nothing is proved nothing is known.
        share = tally.right / tally.settled if tally.settled else 0.5
        value += weight * share
        below += (weight * (share - low)) ** 2
        above += (weight * (high - share)) ** 2
    return value, max(value - math.sqrt(below), 0.0), min(value + math.sqrt(above), 1.0)


def _find_coverage(known: Sequence[Known]) -> Share:
    """Of the regressions whose culprit people or reverts prove, those that we named."""
    told = sum(k.is_told for k in known)
    return make_share(told, len(known))


def _calibrate(judged: Sequence[Judged]) -> Iterable[Bin]:
    """What was claimed beside what proved true; empty bins are left out."""
    for low, high in pairwise(_LIMITS):
        own = [j for j in judged if low <= (j.accusation.confidence or -1.0) < high]
        settled = [j for j in own if j.outcome in {Outcome.RIGHT, Outcome.WRONG}]
        if settled:
            right = sum(j.outcome is Outcome.RIGHT for j in settled)
            claimed = mean(j.accusation.confidence or 0.0 for j in settled)
            share = make_share(right, len(settled))
            yield Bin(low, min(high, 1.0), claimed, share)


def _list_delays(judged: Iterable[Judged]) -> Iterable[timedelta]:
    for one in judged:
        if one.incident is not None:
            yield max(one.accusation.told_at - one.incident.opened_at, timedelta(0))
