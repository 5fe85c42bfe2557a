"""What is remembered of builders, commits and one signature in, its case out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.blame.case import Case, FlakeCounts
from bot.core.blame.inference.likelihood_flaky import count_flaky_tests
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.inference.window import WindowRow
from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    Streak,
    find_last_good,
)
from bot.core.blame.timeline.former_failures import COMMITS_BACK
from bot.core.model import Commit, Kind

# A culprit that fails one time in three passes four times in a row once in five; with such ones
# at one in fifteen, what lies further back is below one percent.
_PASSES_BACK = 4
_STRAYS = 2  # so many reds may lie before the culprit; more, and it is a flaky test anyhow

_COMPILES = frozenset({Kind.COMPILE_ERROR, Kind.LINK_ERROR})
_TRANSIENT = re.compile(
    r"tim(ed|e) ?-?out|connection\w{0,20} ?(reset|refused|aborted|closed)|address already in use"
    r"|no space left|network|temporary failure|could ?n.t resolve|unreachable|broken pipe"
    r"|resource temporarily|too many open files|worker died|memoryerror|out of memory"
    r"|cannot allocate|\bkilled\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CommitSpan:
    """The positions of the suspects, both ends included."""

    start: int
    end: int


def find_span(
    failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog], base: int
) -> CommitSpan:
    """From some passes before the first red, to the first reds."""
    first = streak.first
    lows = []
    for builder in streak.builders:
        good = find_last_good(logs[builder], first, failure, _PASSES_BACK)
        lows.append(good.position if good else base)
    start = max(min(lows), first - COMMITS_BACK, streak.floor, base)
    reds = sorted({e.position for e in streak.reds})
    return CommitSpan(min(start, first), reds[min(_STRAYS, len(reds) - 1)])


def make_case(
    failure: FailureHistory,
    streak: Streak,
    span: CommitSpan,
    *,
    shares: Sequence[float],
    window: Sequence[WindowRow],
    tags: Mapping[str, tuple[str, ...]],
    passes: Mapping[str, int],
    commits: Sequence[Commit],
    base: int,
    flake_counts: FlakeCounts,
    rates: ModelParameters,
) -> Case:
    """Everything that beliefs need; `commits` are the line's, `base` the position of the first."""
    fails = failure.count_fails()
    own = {e.order for e in streak.reds}
    reverted = _find_reverts(span, window[-1].build.position, commits, base)
    strays = len([1 for row in window if row.build.red and row.order not in own])
    return Case(
        window=tuple([row.build for row in window]),
        start=span.start,
        shares=tuple(shares),
        reverted=reverted,
        outlived=_find_outlived(reverted, window, commits, base),
        tags=tags,
        passes=passes,
        fails=fails,
        before=max(0, sum(n for _, n in failure.past) + len(failure.flaked) - strays),
        company=flake_counts.company,
        kin=flake_counts.kin,
        flaky_tests=count_flaky_tests(flake_counts.found, flake_counts.builds, rates),
        transient=is_transient(failure.signature.message),
        compiles=failure.signature.kind in _COMPILES,
        former=flake_counts.former,
        sibling=flake_counts.sibling
        if flake_counts.sibling and flake_counts.sibling >= span.start
        else None,
    )


def is_transient(message: str) -> bool:
    """The message speaks of time, network, memory or disk."""
    return _TRANSIENT.search(message) is not None


def _find_reverts(
    span: CommitSpan, newest: int, commits: Sequence[Commit], base: int
) -> dict[int, int]:
    """Suspects that were reverted before the newest evidence."""
    later = range(span.start, newest + 1)
    reverting = [(p, commits[p - base].reverts) for p in later if commits[p - base].reverts]
    if not reverting:
        return {}
    own = {commits[p - base].sha: p for p in range(span.start, span.end + 1)}
    return {own[sha]: position for position, sha in reverting if sha in own}


def _find_outlived(
    reverted: Mapping[int, int], window: Sequence[WindowRow], commits: Sequence[Commit], base: int
) -> frozenset[int]:
    """Suspects that were reverted, and it failed all the same before anything landed them again.

    What lands again has a title of its own, but touches what was touched before; where nobody
    knows what a commit touched, it may have been that.
    """
    reds = [row.build.position for row in window if row.build.failed]
    found = set()
    for suspect, revert in reverted.items():
        red = min((p for p in reds if p >= revert), default=None)
        files = frozenset(commits[suspect - base].files or ())
        if red is not None and not any(
            _may_touch(commit, files) for commit in commits[revert + 1 - base : red + 1 - base]
        ):
            found.add(suspect)
    return frozenset(found)


def _may_touch(commit: Commit, files: frozenset[str]) -> bool:
    return not files or commit.files is None or not files.isdisjoint(commit.files)
