"""The commits and builds of a branch in any order in; the builds in order, out.

Builds are folded in the order (`complete_at`, `buildid`). One whose commit is not on the line waits
until it is.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.core.model import BranchCommits, BuildRef, Commit, Observation


class BuildOrder:
    """What is known of a branch, by its place."""

    def __init__(self, line: BranchCommits) -> None:
        self.line = line
        self.placed: list[Observation] = []  # in the order of folding
        self._positions = {commit.sha: line.base + n for n, commit in enumerate(line.commits)}
        self._known: dict[str, dict[int, Observation]] = {}  # by source and buildid
        self._builds: dict[str, list[Observation]] = {}  # by revision, whether on the line or not

    @property
    def observations(self) -> tuple[Observation, ...]:
        """All that are known, in the order of folding."""
        known = (o for builds in self._known.values() for o in builds.values())
        return tuple(sorted(known, key=_order))

    def find_position(self, build: Observation) -> int:
        """The position of the commit of a build that is placed."""
        return self._positions[build.revision or ""]

    def add(self, observations: Iterable[Observation]) -> tuple[list[Observation], int]:
        """Take builds in; one that comes again replaces itself.

        Returns those that were news, and how many of the placed builds stay what they were.
        """
        news, placed, kept = [], [], len(self.placed)
        for o in observations:
            builds = self._known.setdefault(o.source, {})
            known = builds.get(o.buildid)
            if known == o:
                continue
            if known is not None:
                kept = min(kept, self._remove(known))
            builds[o.buildid] = o
            self._builds.setdefault(o.revision or "", []).append(o)
            news.append(o)
            if o.revision in self._positions:
                placed.append(o)
        return news, min(kept, self._place(placed))

    def extend(self, line: BranchCommits) -> int:
        """Take the line as it is now; how many of the placed builds stay what they were."""
        same = _count_same(self.line, line)
        if same is None:
            same, self.placed, self._positions = 0, [], {}
            changed: Sequence[Commit] = ()
        else:
            changed = self.line.commits[same:]
        kept = self._find_first(o for c in changed for o in self._builds.get(c.sha, ()))
        self.line = line
        found: list[Observation] = []
        for position, commit in enumerate(line.commits[same:], line.base + same):
            if commit.sha not in self._positions:
                self._positions[commit.sha] = position
                found += self._builds.get(commit.sha, ())
        return min(kept, self._place(found))

    def _place(self, new: Iterable[Observation]) -> int:
        """Put builds in their places; how many stand before the first of them."""
        kept = len(self.placed)
        for o in sorted(new, key=_order):
            n = len(self.placed)
            if n and _order(self.placed[-1]) > _order(o):
                n = bisect_left(self.placed, _order(o), key=_order)
            self.placed.insert(n, o)
            kept = min(kept, n)
        return kept

    def _remove(self, known: Observation) -> int:
        """Forget a build; how many stand before its place."""
        self._builds[known.revision or ""].remove(known)
        if known.revision not in self._positions:
            return len(self.placed)
        n = bisect_left(self.placed, _order(known), key=_order)
        if n < len(self.placed) and self.placed[n] is known:
            del self.placed[n]
        return n

    def _find_first(self, builds: Iterator[Observation]) -> int:
        """How many of the placed builds stand before the first of these, which are placed."""
        first = min(map(_order, builds), default=None)
        if first is None:
            return len(self.placed)
        return bisect_left(self.placed, first, key=_order)


def _count_same(old: BranchCommits, new: BranchCommits) -> int | None:
    """How many commits at the beginning are just what they were; None: it is another line."""
    length = len(old.commits)
    if (new.epoch, new.base) != (old.epoch, old.base) or len(new.commits) < length:
        return None
    if new.commits[:length] == old.commits:
        return length
    pairs = list(zip(new.commits, old.commits, strict=False))
    if any(now.sha != was.sha for now, was in pairs):
        return None
    return next(n for n, (now, was) in enumerate(pairs) if now != was)


def _order(observation: Observation) -> tuple[datetime, BuildRef]:
    return observation.order
