"""Incidents: a group of trails with one belief in, the incident that people see out."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.blame.case import Belief
from bot.core.blame.ranges import Ranges
from bot.core.blame.trail import BuilderLog, Entry, Streak, Trail, find_first_good
from bot.core.blame.verdict import find_verdict
from bot.core.model import (
    Commit,
    Fix,
    Incident,
    IncidentState,
    RegressionRange,
    Suspect,
)
from bot.core.policy import Policy


class View:
    """The commits of a branch by position, for those who make incidents."""

    def __init__(self, commits: Sequence[Commit], base: int) -> None:
        self._commits = commits
        self._base = base

    def between(self, start: int, end: int) -> Sequence[Commit]:
        """The commits from one position to another, both included."""
        return self._commits[start - self._base : end + 1 - self._base]

    def sha(self, entry: Entry | None) -> str | None:
        """The commit of a build."""
        return entry.build.revision if entry else None


def make_incident(
    trails: Sequence[Trail],
    belief: Belief,
    ranges: Ranges,
    *,
    logs: Mapping[str, BuilderLog],
    view: View,
    policy: Policy,
    over: bool,
    plain_pull: int | None = None,
) -> Incident:
    """The incident of trails that share a streak; `over`: every stable builder is green again."""
    streak = trails[0].streak
    assert streak is not None  # noqa: S101 - incidents are made of open trails
    suspects = view.between(belief.start, belief.start + len(belief.suspects) - 1)
    first = trails[0].signature
    finding = find_verdict(
        first.kind, belief, suspects, streak, policy=policy, plain_pull=plain_pull
    )
    opening = streak.opening or streak.reds[0]
    fix, closed_at = _find_fix(streak, trails[0], logs, view) if over else (None, None)
    return Incident(
        id=make_id(first, opening),
        branch=first.branch,
        signatures=tuple(t.signature for t in trails),
        builders=ranges.builders,
        verdict=finding.verdict,
        state=IncidentState.FIXED if over else IncidentState.OPEN,
        range=ranges.whole,
        ranges=ranges.by_builder,
        suspects=_make_suspects(belief, suspects, policy),
        opened_at=opening.order[0],
        first_red_build=opening.build.buildid,
        red_builds=tuple([e.build.buildid for e in streak.reds]),  # a list is made twice as fast
        pull=finding.pull,
        confidence=finding.confidence,
        reason=finding.reason,
        awaited=() if over else finding.awaited,
        closed_at=closed_at,
        fix=fix,
    )


def make_id(signature: object, opening: Entry) -> str:
    """Stable as long as the same build opened it: buildids are never used twice."""
    name = repr((signature, opening.build.source, opening.build.buildid))
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def _make_suspects(
    belief: Belief, commits: Sequence[Commit], policy: Policy
) -> tuple[Suspect, ...]:
    """Those that matter, the likeliest first."""
    pairs = zip(commits, belief.suspects, strict=True)
    ranked = sorted(pairs, key=lambda pair: -pair[1])[: policy.suspects_kept]
    return tuple(Suspect(c.sha, c.pull, p) for c, p in ranked if p >= policy.suspect_above)


def _find_fix(
    streak: Streak, trail: Trail, logs: Mapping[str, BuilderLog], view: View
) -> tuple[Fix | None, datetime | None]:
    """(last FAIL, first PASS], intersected over the stable builders, and when it was known.

    Builders that were fixed by different commits have nothing in common: then it is the end of
    the builder that came last.
    """
    ends = []
    for builder, red in streak.last_reds().items():
        good = find_first_good(logs[builder], red, trail)
        if good is None:
            return None, None
        ends.append((red, good))
    red, good = max(r for r, _ in ends), min(g for _, g in ends)
    if red.position >= good.position:
        red, good = max(ends, key=lambda end: end[1])
    left = view.between(red.position + 1, good.position)
    fix = Fix(
        RegressionRange(view.sha(red), view.sha(good)),
        pull=left[0].pull if len({c.pull for c in left}) == 1 else None,
        sha=left[0].sha if len(left) == 1 else None,
    )
    return fix, max(g.order[0] for _, g in ends)
