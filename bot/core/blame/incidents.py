"""Incidents: the episodes of all signatures in, one incident per cause out.

A commit that breaks fifty tests is one incident. Episodes are joined only where nothing tells
them apart: the same first red build, the same range, the same verdict.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from bot.core.blame.episodes import Episode, find_end
from bot.core.blame.judge import Finding, judge
from bot.core.blame.ranges import Streak
from bot.core.model import (
    BuilderRange,
    Commit,
    Fix,
    Incident,
    IncidentState,
    Line,
    Observation,
    RegressionRange,
    Suspect,
    Verdict,
)
from bot.core.policy import Policy

_Judged = list[tuple[Episode, Finding]]


def find_incidents(
    episodes: Sequence[Episode], line: Line, now: datetime, policy: Policy
) -> tuple[Incident, ...]:
    """The incidents of a branch, by opening; `now` closes what has gone quiet."""
    groups: dict[object, _Judged] = defaultdict(list)
    for episode in sorted(episodes, key=lambda e: (e.signature, e.opening.order)):
        finding = judge(episode, _find_left(episode, line), policy)
        key = (episode.opening.buildid, episode.last_good, episode.first_bad)
        groups[(*key, finding.verdict, finding.pull)].append((episode, finding))
    incidents = [_make_incident(group, line, now, policy) for group in groups.values()]
    return tuple(sorted(incidents, key=lambda i: (i.opened_at, i.id)))


def _make_incident(group: _Judged, line: Line, now: datetime, policy: Policy) -> Incident:
    episodes = [episode for episode, _ in group]
    first, finding = group[0]
    reds = _unite_reds(episodes)
    state, closed_at = _find_state(episodes, reds[-1], now, policy)
    return Incident(
        id=_make_id(first),
        branch=first.signature.branch,
        signatures=tuple(e.signature for e in episodes),
        builders=tuple(sorted({s.builder for e in episodes for s in e.streaks})),
        verdict=finding.verdict,
        state=state,
        range=RegressionRange(_sha(line, first.last_good), _sha(line, first.first_bad)),
        ranges=_make_ranges(episodes, line),
        suspects=_make_suspects(finding, _find_left(first, line), policy),
        opened_at=first.opening.complete_at,
        first_red_build=first.opening.buildid,
        red_builds=tuple(o.buildid for o in reds),
        pull=finding.pull,
        confidence=0.0 if finding.pull is None else policy.confidence,
        reason=finding.reason,
        awaited=finding.awaited if state is IncidentState.OPEN else (),
        closed_at=closed_at,
        fix=_find_fix(episodes, line),
    )


def _make_id(episode: Episode) -> str:
    """Stable as long as the same build opened it: buildids are never used twice."""
    opening = episode.opening
    name = repr((episode.signature, opening.source, opening.buildid))
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def _unite_reds(episodes: Sequence[Episode]) -> list[Observation]:
    builds = {(o.source, o.buildid): o for e in episodes for o in e.reds}
    return sorted(builds.values(), key=lambda o: o.order)


def _find_state(
    episodes: Sequence[Episode], last_red: Observation, now: datetime, policy: Policy
) -> tuple[IncidentState, datetime | None]:
    end = find_end(episodes)
    if end is not None:
        return IncidentState.FIXED, end.at
    quiet_at = last_red.complete_at + policy.quiet_after
    if now >= quiet_at:
        return IncidentState.CLOSED, quiet_at
    return IncidentState.OPEN, None


def _find_fix(episodes: Sequence[Episode], line: Line) -> Fix | None:
    end = find_end(episodes)
    if end is None:
        return None
    left = _commits(line, end.last_bad, end.first_good)
    return Fix(
        RegressionRange(_sha(line, end.last_bad), _sha(line, end.first_good)),
        pull=left[0].pull if len({c.pull for c in left}) == 1 else None,
        sha=left[0].sha if len(left) == 1 else None,
    )


def _find_left(episode: Episode, line: Line) -> tuple[Commit, ...]:
    """The commits that may have done it; without a last good one only the first bad is known."""
    good, bad = episode.last_good, episode.first_bad
    return _commits(line, bad - 1 if good is None else good, bad)


def _make_suspects(finding: Finding, left: Sequence[Commit], policy: Policy) -> tuple[Suspect, ...]:
    """The newest first-parent commits of the range, each as likely as the others."""
    if finding.verdict not in (Verdict.UNKNOWN, Verdict.SUSPECTED):
        return ()
    return tuple(Suspect(c.sha, c.pull, 1 / len(left)) for c in left[-policy.suspects_kept :])


def _make_ranges(episodes: Sequence[Episode], line: Line) -> tuple[BuilderRange, ...]:
    ranges = {_make_range(streak, line): None for e in episodes for streak in e.streaks}
    return tuple(sorted(ranges, key=lambda r: (r.builder, r.first_bad_build)))


def _make_range(streak: Streak, line: Line) -> BuilderRange:
    good, first = streak.last_good, streak.reds[0]
    return BuilderRange(
        streak.builder,
        RegressionRange(_sha(line, good.position if good else None), _sha(line, first.position)),
        good.observation.buildid if good else None,
        first.observation.buildid,
    )


def _commits(line: Line, after: int, until: int) -> tuple[Commit, ...]:
    return line.commits[max(0, after + 1 - line.base) : until + 1 - line.base]


def _sha(line: Line, position: int | None) -> str | None:
    return None if position is None else line.commits[position - line.base].sha
