"""Evidence: what is remembered of builders, commits and one signature in, its case out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.blame.case import Case, Seen
from bot.core.blame.flakes import count_flaky_tests
from bot.core.blame.rates import Rates
from bot.core.blame.trail import BuilderLog, Entry, Streak, Trail, find_last_good
from bot.core.model import Commit, Kind, Observation, Outcome

# A culprit that fails one time in three passes four times in a row once in five; with such ones
# at one in fifteen, what lies further back is below one percent.
_PASSES_BACK = 4
_COMMITS_BACK = 120  # a builder that slept so long has more suspects than beliefs could tell apart
# Evidence near the first red decides; more of the same only costs time.
_ENTRIES_AFTER = 14
_ENTRIES_BEFORE = 6  # of builders that never showed it
# More builders of a large fleet say the same again.
_BUILDERS_SHOWN = 12
_BUILDERS_ELSEWHERE = 12
_STRAYS = 2  # so many reds may lie before the culprit; more, and it is a flaky test anyhow

_COMPILES = frozenset({Kind.COMPILE_ERROR, Kind.LINK_ERROR})
_TRANSIENT = re.compile(
    r"tim(ed|e) ?-?out|connection\w* ?(reset|refused|aborted|closed)|address already in use"
    r"|no space left|network|temporary failure|could ?n.t resolve|unreachable|broken pipe"
    r"|resource temporarily|too many open files|worker died|memoryerror|out of memory"
    r"|cannot allocate|\bkilled\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the fleet's record says of flakiness, for one signature."""

    company: int  # signatures that began in the same build
    kin: int  # other signatures with this message that proved flaky on these builders
    found: int  # signatures of the fleet that proved flaky
    builds: int  # builds of the fleet that were evidence


@dataclass(frozen=True, slots=True)
class Span:
    """The positions of the suspects, both ends included."""

    start: int
    end: int


def find_span(trail: Trail, streak: Streak, logs: Mapping[str, BuilderLog], base: int) -> Span:
    """From some passes before the first red, to the first reds."""
    first = streak.first
    lows = []
    for builder in streak.builders:
        good = find_last_good(logs[builder], first, trail, _PASSES_BACK)
        lows.append(good.position if good else base)
    start = max(min(lows), first - _COMMITS_BACK, streak.floor, base)
    reds = sorted({e.position for e in streak.reds})
    return Span(min(start, first), reds[min(_STRAYS, len(reds) - 1)])


def make_case(
    trail: Trail,
    streak: Streak,
    span: Span,
    *,
    shares: Sequence[float],
    logs: Mapping[str, BuilderLog],
    commits: Sequence[Commit],
    base: int,
    ledger: Ledger,
    rates: Rates,
) -> Case:
    """Everything that beliefs need; `commits` are the line's, `base` the position of the first."""
    fails = trail.count_fails()
    window = _find_window(trail, streak, span.start, logs)
    own = {e.order for e in streak.reds}
    strays = sum(seen.red and order not in own for order, seen in window)
    return Case(
        window=tuple(seen for _, seen in window),
        start=span.start,
        shares=tuple(shares),
        reverted=_find_reverts(span, streak, window[-1][1].position, commits, base),
        tags={builder: log.tags for builder, log in logs.items()},
        passes={b: max(0, len(log.entries) - fails[b]) for b, log in logs.items()},
        fails=fails,
        before=max(0, sum(n for _, n in trail.past) + len(trail.flaked) - strays),
        company=ledger.company,
        kin=ledger.kin,
        flaky_tests=count_flaky_tests(ledger.found, ledger.builds, rates),
        transient=is_transient(trail.signature.message),
        compiles=trail.signature.kind in _COMPILES,
    )


def is_transient(message: str) -> bool:
    """The message speaks of time, network, memory or disk."""
    return _TRANSIENT.search(message) is not None


_Told = tuple[tuple[datetime, int], Seen]  # the order of the build, and what it showed


def _find_window(
    trail: Trail, streak: Streak, start: int, logs: Mapping[str, BuilderLog]
) -> list[_Told]:
    first = streak.first
    told: list[_Told] = []
    for builder in _pick_builders(streak, logs):
        log = logs[builder]
        begin, middle = log.index(start), log.index(first)
        if builder not in streak.builders:
            begin = max(begin, middle - _ENTRIES_BEFORE)
        told += _see(trail, log.entries[begin : middle + _ENTRIES_AFTER])
    return sorted(told, key=lambda t: (t[1].position, t[1].hours, t[1].builder))


def _pick_builders(streak: Streak, logs: Mapping[str, BuilderLog]) -> list[str]:
    """Those that showed it first, and of the others those that have most in common with them."""
    shown = list(dict.fromkeys(e.build.builder for e in streak.reds))[:_BUILDERS_SHOWN]
    tags = {tag for b in shown for tag in logs[b].tags}
    others = sorted(
        (b for b in logs if b not in streak.builders),
        key=lambda b: (not tags.intersection(logs[b].tags), b),
    )
    return [*shown, *others[:_BUILDERS_ELSEWHERE]]


def _see(trail: Trail, entries: Iterable[Entry]) -> Iterable[_Told]:
    for entry in entries:
        result = trail.outcome(entry.build)
        if result is not None:
            begin, end = _find_hours(entry.build)
            yield (
                entry.order,
                Seen(
                    position=entry.position,
                    hours=(begin + end) / 2.0,
                    half=(end - begin) / 2.0,
                    builder=entry.build.builder,
                    worker=entry.build.worker,
                    failed=result is Outcome.FAIL,
                    flaked=result is Outcome.FLAKED,
                ),
            )


def _find_reverts(
    span: Span, streak: Streak, newest: int, commits: Sequence[Commit], base: int
) -> dict[int, int]:
    """Suspects that were reverted before the newest evidence."""
    later = range(streak.first, newest + 1)
    reverting = [(p, commits[p - base].reverts) for p in later if commits[p - base].reverts]
    if not reverting:
        return {}
    own = {commits[p - base].sha: p for p in range(span.start, span.end + 1)}
    return {own[sha]: position for position, sha in reverting if sha in own}


def _find_hours(build: Observation) -> tuple[float, float]:
    """When it began and ended; a clock that runs backwards is not believed."""
    end = build.complete_at.timestamp()
    return min(build.started_at.timestamp(), end) / 3600.0, end / 3600.0
