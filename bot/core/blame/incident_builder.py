"""Incidents: a group of failures with one belief in, the incident that people see out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from bot.core.blame.case import Posterior
from bot.core.blame.regression_ranges import Ranges
from bot.core.blame.timeline.commit_slice import CommitSlice
from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    PlacedBuild,
    Streak,
    find_first_good,
)
from bot.core.blame.verdict import find_verdict
from bot.core.model import (
    ACCUSING,
    Commit,
    Fix,
    Incident,
    IncidentState,
    RegressionRange,
    Suspect,
    Verdict,
)
from bot.core.policy.thresholds import Policy

_IDS_KEPT = 4096  # of incidents that are open at a time


def make_incident(
    failures: Sequence[FailureHistory],
    belief: Posterior,
    ranges: Ranges,
    *,
    logs: Mapping[str, BuilderLog],
    view: CommitSlice,
    policy: Policy,
    over: bool,
    plain_pull: int | None = None,
) -> Incident:
    """The incident of failures that share a streak; `over`: every stable builder is green again."""
    streak = failures[0].streak
    assert streak is not None  # noqa: S101 - incidents are made of open failures
    suspects = view.between(belief.start, belief.start + len(belief.suspects) - 1)
    first = failures[0].signature
    accused = _find_accused(failures, streak.last_at - policy.quiet_after)
    finding = find_verdict(
        first.kind, belief, suspects, streak, policy=policy, plain_pull=plain_pull, accused=accused
    )
    opening = streak.opening or streak.reds[0]
    fix, closed_at = _find_fix(streak, failures[0], logs, view) if over else (None, None)
    incident = Incident(
        id=make_id(first, opening),
        branch=first.branch,
        signatures=tuple(f.signature for f in failures),
        builders=ranges.builders,
        verdict=finding.verdict,
        state=IncidentState.FIXED if over else IncidentState.OPEN,
        range=ranges.whole,
        ranges=ranges.by_builder,
        suspects=_make_suspects(finding.shares or belief.suspects, suspects, policy),
        opened_at=opening.order[0],
        first_red_build=opening.build.ref,
        red_builds=tuple([e.build.ref for e in streak.reds]),  # a list is made twice as fast
        pull=finding.pull,
        confidence=finding.confidence,
        reason=finding.reason,
        awaited=() if over else finding.awaited,
        closed_at=closed_at,
        fix=fix,
    )
    if over and fix is None:
        return close_abandoned(incident, _find_lacking(streak, failures[0], logs), streak.last_at)
    return incident


def close_abandoned(incident: Incident, builders: Collection[str], at: datetime) -> Incident:
    """An incident that nobody can see fixed any more: these builders were taken out of Buildbot."""
    names = " and ".join(sorted(builders)[:2]) + (" and others" if len(builders) > 2 else "")
    one = len(builders) == 1
    return replace(
        incident,
        state=IncidentState.CLOSED,
        closed_at=incident.closed_at or at,
        reason=f"{names} {'was' if one else 'were'} taken out of Buildbot before"
        f" {'it was' if one else 'they were'} seen green again.",
        awaited=(),
    )


def _find_accused(failures: Sequence[FailureHistory], since: datetime) -> frozenset[int]:
    """The pulls that the same failures accused not long ago."""
    return frozenset(pull for f in failures for pull, at in f.accused if at >= since)


def keep_verdict(before: Incident | None, over: Incident, policy: Policy) -> Incident:
    """An incident that is over, with what was believed until then.

    The pass that ends a regression looks like the one that ends a flake: what it makes of the
    belief is for the ledger, and people are told of it only where it takes an accusation back.
    """
    accused = before.pull if before is not None and before.verdict in ACCUSING else None
    if before is not None and accused is not None:
        left = sum(s.p for s in over.suspects if s.pull == accused)
        if left >= policy.withdraw_below:
            return _believe_as(before, over)
    if over.verdict not in ACCUSING or over.pull == accused:
        return over
    if before is not None and accused is None:
        return _believe_as(before, over)
    return replace(
        over,
        verdict=Verdict.UNKNOWN,
        pull=None,
        confidence=0.0,
        reason="Nobody was accused while it failed.",
    )


def _believe_as(before: Incident, over: Incident) -> Incident:
    return replace(
        over,
        verdict=before.verdict,
        pull=before.pull,
        confidence=before.confidence,
        reason=over.reason if over.state is IncidentState.CLOSED else before.reason,
        suspects=before.suspects,
    )


def make_id(signature: object, opening: PlacedBuild) -> str:
    """Stable as long as the same build opened it: buildids are never used twice."""
    return _make_id(signature, opening.build.source, opening.build.buildid)


@lru_cache(_IDS_KEPT)
def _make_id(signature: object, source: str, buildid: int) -> str:
    return hashlib.sha256(repr((signature, source, buildid)).encode()).hexdigest()[:12]


def _make_suspects(
    shares: Sequence[float], commits: Sequence[Commit], policy: Policy
) -> tuple[Suspect, ...]:
    """Those that matter, the likeliest first."""
    pairs = zip(commits, shares, strict=True)
    likely = [pair for pair in pairs if pair[1] >= policy.suspect_above]
    likely.sort(key=lambda pair: -pair[1])
    return tuple([Suspect(c.sha, c.pull, p) for c, p in likely[: policy.suspects_kept]])


def _find_fix(
    streak: Streak, failure: FailureHistory, logs: Mapping[str, BuilderLog], view: CommitSlice
) -> tuple[Fix | None, datetime | None]:
    """(last FAIL, first PASS], intersected over the stable builders, and when it was known.

    Builders that were fixed by different commits have nothing in common: then it is the end of
    the builder that came last. Where one is gone no fix is told.
    """
    found = ((r, find_first_good(logs[b], r, failure)) for b, r in streak.last_reds().items())
    ends = [(red, good) for red, good in found if good is not None]
    if len(ends) < len(streak.last_reds()):
        return None, max((good.order[0] for _, good in ends), default=None)
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


def _find_lacking(
    streak: Streak, failure: FailureHistory, logs: Mapping[str, BuilderLog]
) -> set[str]:
    """The builders that were not seen green again."""
    reds = streak.last_reds().items()
    return {builder for builder, r in reds if find_first_good(logs[builder], r, failure) is None}
