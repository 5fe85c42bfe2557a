"""Hindsight: what would have been said, and what later proved true of it.

In: the comments of a backtest, the commits of the branch, its incidents as they ended, and what
people ruled. Out: which comments were right or wrong, why, and how far that may be trusted. It is
read by nobody who decides what is said. What proves nothing counts for nothing: a comment that
nobody reverted, mended or ruled upon may be right or wrong.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model import Commit, Incident, RegressionRange
from bot.core.model.counts import count_words

# Below it the interval is wider than any two presets are apart: of twenty that were all right, the
# lower end is .84.
_ENOUGH = 20
# What we want to be told of one's own past, and what is too little to go on like that.
_GOOD, _BAD = 0.95, 0.85
_NAMED = re.compile(r"#(\d{1,9})\b")


class Proof(StrEnum):
    """What became of a comment."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Override:
    """What a person ruled, as a history file tells it."""

    at: datetime
    kind: str  # blame, flaky or infra
    pull: int | None
    tests: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proved:
    """What later came to light of one comment; `proof` is None where nothing did."""

    proof: Proof | None
    why: str


NOT_PROVED = Proved(None, "nothing that came later tells")


@dataclass(frozen=True, slots=True)
class Hindsight:
    """How many comments were proved, and what that is worth."""

    right: int
    wrong: int
    open: int

    @property
    def precision(self) -> float | None:
        """Of what was proved."""
        proved = self.right + self.wrong
        return self.right / proved if proved else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the precision."""
        return find_interval(self.right, self.right + self.wrong)

    @property
    def is_enough(self) -> bool:
        """Whether so many are proved that the precision says something."""
        return self.right + self.wrong >= _ENOUGH

    def suggest(self, presets: Sequence[str]) -> tuple[str, str]:
        """One of the presets, and why."""
        low, _ = self.interval
        if not self.is_enough:
            proved = self.right + self.wrong
            few = count_words(proved, "comment is", "comments are")
            return "default", f"only {few} proved" if proved else "no comment is proved"
        share = f"{self.right} of {self.right + self.wrong} were right"
        if (self.precision or 0.0) < _BAD:
            return ("careful" if "careful" in presets else "default"), share
        if low >= _GOOD and "eager" in presets:
            return "eager", f"{share}, and at least {low:.0%} would be"
        return "default", share


def find_interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; nothing is known of none."""
    if not count:
        return 0.0, 1.0
    z = 1.96
    share, square = right / count, z * z / count
    middle = share + square / 2.0
    half = z * math.sqrt(share * (1.0 - share) / count + square / (4.0 * count))
    return (middle - half) / (1.0 + square), (middle + half) / (1.0 + square)


class Past:
    """All that is known of a branch in the end."""

    def __init__(
        self,
        commits: Sequence[Commit],
        incidents: Mapping[str, Incident],
        overrides: Sequence[Override] = (),
    ) -> None:
        self._commits = commits
        self._places = {commit.sha: n for n, commit in enumerate(commits)}
        self._incidents = incidents
        self._overrides = overrides

    def prove(self, pull: int, said: Incident, *, withdrawn: bool) -> Proved:
        """What later came to light of an accusation: people first, then reverts, then fixes."""
        ended = self._incidents.get(said.id, said)
        left = self._find_between(ended.range)
        pulls = {s.pull for s in (*said.suspects, *ended.suspects)} | {c.pull for c in left}
        suspects = {p for p in pulls if p is not None} - {pull}
        return (
            self._find_ruled(pull, said)
            or self._find_mended(pull, suspects, ended)
            or self._find_reverted(pull, ended)
            or (Proved(Proof.WRONG, "it was withdrawn") if withdrawn else None)
            or NOT_PROVED
        )

    def find_culprit(self, incident: Incident) -> int | None:
        """The pull that was to blame, as people or a revert say; None: nobody proved it."""
        tests = {s.site for s in incident.signatures}
        about = [o for o in self._overrides if o.tests & tests and o.at >= incident.opened_at]
        if about:
            last = max(about, key=lambda o: (o.at, o.kind, o.pull or 0))
            return last.pull if last.kind == "blame" else None
        ended = self._incidents.get(incident.id, incident)
        fixes = self._find_between(ended.fix.range) if ended.fix else ()
        left = {c.pull for c in self._find_between(ended.range)}
        left |= {s.pull for s in ended.suspects}
        reverted = {self._find_pull(c.reverts) for c in fixes if c.reverts} & left - {None}
        return next(iter(reverted)) if len(reverted) == 1 else None

    def find_pulls_between(self, bounds: RegressionRange) -> frozenset[int | None] | None:
        """The pulls of the commits of a range; None where an end is open, or is not known."""
        if bounds.last_good not in self._places or bounds.first_bad not in self._places:
            return None
        return frozenset(commit.pull for commit in self._find_between(bounds))

    def _find_ruled(self, pull: int, said: Incident) -> Proved | None:
        tests = {s.site for s in said.signatures}
        about = [o for o in self._overrides if o.tests & tests and o.at >= said.opened_at]
        if not about:
            return None
        last = max(about, key=lambda o: (o.at, o.kind, o.pull or 0))
        if last.kind != "blame":
            return Proved(Proof.WRONG, f"a person filed it as {last.kind}")
        if last.pull == pull:
            return Proved(Proof.RIGHT, "a person named the same pull")
        return Proved(Proof.WRONG, f"a person named pull {last.pull}")

    def _find_mended(self, pull: int, suspects: set[int], ended: Incident) -> Proved | None:
        """By the commits with which it went away."""
        fixes = self._find_between(ended.fix.range) if ended.fix else ()
        reverted = {self._find_pull(c.reverts) for c in fixes if c.reverts}
        if pull in reverted:
            return Proved(Proof.RIGHT, "it went away with a revert of the pull")
        if reverted & suspects:
            other = min(suspects.intersection(reverted))
            return Proved(Proof.WRONG, f"it went away with a revert of pull {other}")
        if len(fixes) != 1:
            return None
        named = {int(n) for n in _NAMED.findall(fixes[0].title)} - {fixes[0].pull}
        if pull in named:
            return Proved(Proof.RIGHT, "the commit that mended it names the pull")
        if named & suspects:
            return Proved(Proof.WRONG, "the commit that mended it names another suspect")
        return None

    def _find_reverted(self, pull: int, ended: Incident) -> Proved | None:
        """A revert while it failed: it went on all the same, or nobody has seen the end yet."""
        began = self._places.get(ended.range.first_bad or "", 0)
        for place, commit in enumerate(self._commits[began:], began):
            if commit.reverts and self._find_pull(commit.reverts) == pull:
                last_bad = ended.fix.range.last_good if ended.fix else None
                if last_bad is not None and place <= self._places.get(last_bad, -1):
                    return Proved(Proof.WRONG, "the pull was reverted, and it failed all the same")
                return None if ended.fix else Proved(Proof.RIGHT, "the pull was reverted")
        return None

    def _find_between(self, bounds: RegressionRange) -> Sequence[Commit]:
        """The commits after one end of a range, up to the other."""
        begin = self._places.get(bounds.last_good or "")
        end = self._places.get(bounds.first_bad or "")
        return () if begin is None or end is None else self._commits[begin + 1 : end + 1]

    def _find_pull(self, sha: str | None) -> int | None:
        place = self._places.get(sha or "")
        return None if place is None else self._commits[place].pull


def sum_up(proved: Sequence[Proved]) -> Hindsight:
    """Count them."""
    counts = Counter(p.proof for p in proved)
    return Hindsight(counts[Proof.RIGHT], counts[Proof.WRONG], counts[None])
