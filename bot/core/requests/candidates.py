"""Which builds are worth a thought: an incident's case in, (builder, position) pairs out.

Every pair could be tried. But what a position tells changes only where suspicion lies, and each
trial costs believing anew as often as there are ways in which what was asked for may turn out.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate

from bot.core.model import BuilderLoad
from bot.core.requests.information_gain import Candidate, Inquiry

_PARTS = 4  # in which suspicion is cut; a build cannot do better than halve it
_OTHERS = 3  # builders that never showed it, those that have most in common with it first


def find_candidates(inquiry: Inquiry, fleet: Mapping[str, BuilderLoad]) -> list[Candidate]:
    """Builds that may tell something, on builders of this fleet; the quickest first."""
    positions = _find_positions(inquiry)
    builders = sorted(_find_builders(inquiry, fleet), key=lambda b: (fleet[b].minutes, b))
    return [Candidate(b, p) for b in builders for p in positions]


def _find_positions(inquiry: Inquiry) -> Sequence[int]:
    """Where suspicion is cut in equal parts, around the likeliest, and where it failed."""
    start, suspects = inquiry.case.start, inquiry.weights.suspects
    reds = [b.position for b in inquiry.case.window if b.red]
    found = {min(reds), max(reds)}
    total = sum(suspects)
    if total > 0.0:
        found |= {start + n for n in _cut(suspects, total)}
        top = max(range(len(suspects)), key=lambda n: suspects[n])
        found |= {top + start, top + start - 1}
    known = range(start - 1, max(reds) + 1)
    telling = (q for p in found for q in _find_telling(p, known, inquiry.silent))
    return sorted(set(telling))


def _find_telling(position: int, known: range, silent: Collection[int]) -> Iterable[int]:
    """The position, or its neighbours on both sides where nothing would be told of it."""
    for step in (-1, 1):
        at = position
        while at in silent:
            at += step
        if at in known:
            yield at


def _cut(suspects: Sequence[float], total: float) -> Iterable[int]:
    """Of each cut the suspects on both sides of it; the commit before the first is -1."""
    sums = list(accumulate(suspects))
    for part in range(1, _PARTS):
        n = bisect_left(sums, total * part / _PARTS)
        yield from (n - 1, min(n, len(suspects) - 1))


def _find_builders(inquiry: Inquiry, fleet: Mapping[str, BuilderLoad]) -> list[str]:
    """Those that showed it, and of the others those that are most like them, the quick first."""
    case = inquiry.case
    shown = sorted({b.builder for b in case.window if b.red and b.builder in fleet})
    own = {tag for b in shown for tag in case.tags.get(b, ())}

    def rank(builder: str) -> tuple[int, float, str]:
        alike = len(own.intersection(case.tags.get(builder, ())))
        return (-alike, fleet[builder].minutes, builder)

    others = sorted((b for b in fleet if b in case.tags and b not in shown), key=rank)
    return [*shown, *others[:_OTHERS]]
