"""Episodes: streaks of several builders that one commit can explain together.

In: a trace of one signature. Out: its episodes, oldest commit first, each with the regression
range intersected over its builders and, once every stable builder is green again, where it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.blame.ranges import Point, Streak, Trace
from bot.core.model import Observation, Signature


@dataclass(frozen=True, slots=True)
class Episode:
    """One signature on builders whose ranges intersect; positions are the line's."""

    signature: Signature
    streaks: tuple[Streak, ...]
    flaked: tuple[Point, ...]  # of the whole signature, up to this episode's last red commit
    before: tuple[Point, ...]  # failures on commits before the range, not explained by a fix

    @property
    def last_good(self) -> int | None:
        """The highest commit that any of its builders saw good before its red; None: none did."""
        return max((s.last_good.position for s in self.streaks if s.last_good), default=None)

    @property
    def first_bad(self) -> int:
        """The lowest commit that any of its builders saw red."""
        return min(s.first_bad for s in self.streaks)

    @property
    def stable(self) -> tuple[Streak, ...]:
        """The streaks that may open and close an incident."""
        return tuple(s for s in self.streaks if s.stable)

    @property
    def reds(self) -> tuple[Observation, ...]:
        """The builds that showed it, in the order of folding."""
        found = {(r.observation.order, r.observation) for s in self.streaks for r in s.reds}
        return tuple(o for _, o in sorted(found, key=lambda pair: pair[0]))

    @property
    def opening(self) -> Observation:
        """The stable red build that finished first; only for episodes with a stable streak."""
        return min((r.observation for s in self.stable for r in s.reds), key=lambda o: o.order)


@dataclass(frozen=True, slots=True)
class End:
    """Where red streaks ended: positions (last FAIL, first PASS], and when that was known."""

    at: datetime
    last_bad: int
    first_good: int


def find_end(episodes: Sequence[Episode]) -> End | None:
    """The end of all stable streaks together, intersected; None while one is red.

    Builders that were fixed by different commits leave nothing in common: then it is the end of
    the builder that came last.
    """
    streaks = [s for e in episodes for s in e.stable]
    ends = [(s.last_bad, s.first_good) for s in streaks if s.first_good]
    if not ends or len(ends) < len(streaks):
        return None
    at = max(good.observation.complete_at for _, good in ends)
    last_bad, first_good = max(bad for bad, _ in ends), min(good.position for _, good in ends)
    if last_bad >= first_good:
        last_bad, first_good = max(((b, g.position) for b, g in ends), key=lambda end: end[1])
    return End(at, last_bad, first_good)


def find_episodes(trace: Trace) -> tuple[Episode, ...]:
    """The episodes of a signature that a stable builder showed."""
    groups: list[list[Streak]] = []
    for streak in sorted(trace.streaks, key=lambda s: (s.first_bad, s.builder)):
        if groups and _belongs(streak, groups[-1]):
            groups[-1].append(streak)
        else:
            groups.append([streak])
    episodes = [_make_episode(trace, group, groups[:n]) for n, group in enumerate(groups)]
    return tuple(e for e in episodes if e.stable)


def _belongs(streak: Streak, group: list[Streak]) -> bool:
    """One commit can explain both, and the group was still red when the streak began."""
    first_bad = min(s.first_bad for s in group)
    if streak.last_good is not None and streak.last_good.position >= first_bad:
        return False
    ends = [s.first_good for s in group]
    return None in ends or streak.first_bad < max(p.position for p in ends if p)


def _make_episode(trace: Trace, group: list[Streak], earlier: list[list[Streak]]) -> Episode:
    last_red = max(s.last_bad for s in group)
    unexplained = [r for g in earlier if not _settled(g) for s in g for r in s.reds]
    return Episode(
        trace.signature,
        tuple(group),
        tuple(p for p in trace.flaked if p.position <= last_red),
        tuple(unexplained),
    )


def _settled(group: list[Streak]) -> bool:
    """It was broken (two builds agree) and then fixed everywhere: no hint of a flaky test.

    A single red build between green ones looks just like a flake, so it does not count as fixed.
    """
    builds = {r.observation.buildid for s in group for r in s.reds}
    return len(builds) > 1 and all(s.first_good for s in group)
