"""What a build would tell: the case of an incident and a build that nobody ran in, bits out.

The build is put into the case as if it had failed, and as if it had passed, and everything is
believed anew: the very likelihoods that verdicts are made of. So it is known at once how sensitive
a builder is, how flaky the test, and that a pass on a builder that never showed it tells little.
"""

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.core.blame.case import Case, WindowBuild
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.inference.posterior import Weights, weigh_causes
from bot.core.model import Commit

# As sure as it has to be where paths or a pass of the builder speak against it (`Policy`).
_TELLABLE, _NOISE = 0.98, 0.02


class Candidate(NamedTuple):
    """A build that could be asked for."""

    builder: str
    position: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a build is expected to tell."""

    gain: float  # bits: the expected drop in entropy
    left: float  # bits: the entropy without it
    telling: float  # how likely it is that one pull can be told afterwards


@dataclass(frozen=True, slots=True)
class _World:
    """One way in which the builds that are still to come may turn out."""

    case: Case
    share: float


class Inquiry:
    """What may be asked about one incident, whatever else is still to come."""

    def __init__(
        self,
        case: Case,
        commits: Sequence[Commit],
        rates: ModelParameters,
        now: datetime,
        *,
        silent: Collection[int] = (),
    ) -> None:
        """`commits` are the suspects, in order; builds at `silent` positions tell nothing."""
        self.case = case
        self.commits = commits
        self.silent = silent
        self.weights = weigh_causes(case, rates)
        self.left = find_entropy(self._merge(self.weights))  # bits
        self._rates = rates
        self._now = now
        self._worlds: Sequence[_World] = (_World(case, 1.0),)
        self._workers = {b.builder: b.worker for b in case.window}

    # ------------------------------------------------------------ what is believed now

    @property
    def of_pulls(self) -> float:
        """How likely it is that a pull did it: then there is somebody to tell."""
        total = self.weights.total
        return sum(self._sum_pulls(self.weights).values()) / total if total > 0.0 else 0.0

    def find_top_pull(self) -> int | None:
        """The likeliest pull; None where no suspect has one."""
        pulls = self._sum_pulls(self.weights)
        return max(pulls, key=lambda n: (pulls[n], n), default=None)

    def find_share(self, shas: Collection[str | None]) -> float:
        """How likely it is that one of these commits did it, if any of the suspects did."""
        pairs = list(zip(self.commits, self.weights.suspects, strict=True))
        total = sum(weight for _, weight in pairs)
        own = sum(weight for commit, weight in pairs if commit.sha in shas)
        return own / total if total > 0.0 else 0.0

    def find_position(self, revision: str) -> int | None:
        """The position of a suspect."""
        places = (n for n, c in enumerate(self.commits, self.case.start) if c.sha == revision)
        return next(places, None)

    def covers(self, candidate: Candidate) -> bool:
        """It would build one of the suspects, or the commit before them."""
        end = self.case.start + len(self.commits)
        return self.case.start - 1 <= candidate.position < end

    # ------------------------------------------------------------ what is to come

    def expect(self, candidate: Candidate, minutes: float) -> None:
        """Reckon with a build that was asked for, and will tell something."""
        grown: list[_World] = []
        for world in self._worlds:
            ways = self._imagine(world.case, candidate, minutes)
            total = sum(weights.total for _, weights in ways)
            if total > 0.0:
                grown += [_World(c, world.share * w.total / total) for c, w in ways]
        self._worlds = grown or self._worlds

    def find_outlook(self, candidate: Candidate, minutes: float) -> Outlook:
        """What this build is expected to tell beside those that are still to come."""
        gain = left = telling = 0.0
        for world in self._worlds:
            ways = [weights for _, weights in self._imagine(world.case, candidate, minutes)]
            total = sum(w.total for w in ways)
            if total <= 0.0:
                continue
            merged = [self._merge(w) for w in ways]
            before = find_entropy([sum(parts) for parts in zip(*merged, strict=True)])
            shares = [w.total / total for w in ways]
            after = sum(s * find_entropy(m) for s, m in zip(shares, merged, strict=True))
            gain += world.share * max(0.0, before - after)
            left += world.share * before
            told = sum(s for s, w in zip(shares, ways, strict=True) if self._is_tellable(w))
            telling += world.share * told
        return Outlook(gain, left, telling)

    def _imagine(
        self, case: Case, candidate: Candidate, minutes: float
    ) -> list[tuple[Case, Weights]]:
        """The case had this build failed, and had it passed."""
        cases = [self._put(case, candidate, minutes, failed=failed) for failed in (True, False)]
        return [(c, weigh_causes(c, self._rates)) for c in cases]

    def _put(self, case: Case, candidate: Candidate, minutes: float, *, failed: bool) -> Case:
        middle = self._now + timedelta(minutes=minutes / 2.0)
        build = WindowBuild(
            position=candidate.position,
            hours=middle.timestamp() / 3600.0,
            builder=candidate.builder,
            worker=self._workers.get(candidate.builder, candidate.builder),
            failed=failed,
            half=minutes / 120.0,
        )
        window = sorted((*case.window, build), key=lambda b: (b.position, b.hours, b.builder))
        counts = case.fails if failed else case.passes
        more = {**counts, candidate.builder: counts.get(candidate.builder, 0) + 1}
        if failed:
            return replace(case, window=tuple(window), fails=more)
        return replace(case, window=tuple(window), passes=more)

    # ------------------------------------------------------------ by what people are told

    def _merge(self, weights: Weights) -> list[float]:
        """A pull's commits are one, and so is each commit without a pull."""
        merged: dict[Hashable, float] = {}
        for commit, weight in zip(self.commits, weights.suspects, strict=True):
            name = commit.sha if commit.pull is None else commit.pull
            merged[name] = merged.get(name, 0.0) + weight
        return [*merged.values(), weights.flaky, weights.environment, weights.old]

    def _sum_pulls(self, weights: Weights) -> dict[int, float]:
        pulls: dict[int, float] = {}
        for commit, weight in zip(self.commits, weights.suspects, strict=True):
            if commit.pull is not None:
                pulls[commit.pull] = pulls.get(commit.pull, 0.0) + weight
        return pulls

    def _is_tellable(self, weights: Weights) -> bool:
        """One pull stands out, and next to nothing speaks for noise."""
        noise = weights.flaky + weights.environment
        most = max(self._sum_pulls(weights).values(), default=0.0)
        return most >= _TELLABLE * weights.total > 0.0 and noise <= _NOISE * weights.total


def find_entropy(weights: Sequence[float]) -> float:
    """In bits, of weights that need not sum to one."""
    total = sum(weights)
    if total <= 0.0:
        return 0.0
    shares = (w / total for w in weights if w > 0.0)
    return -sum(s * math.log2(s) for s in shares)
