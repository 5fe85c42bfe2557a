"""Which builders may accuse, of a fleet that nobody described yet: a proposal, for a person's yes.

In: builders, and the builds that ended last. Out: a tag, or a pattern for whole names, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.model import Build, Builder
from bot.core.model.build_results import is_evidence, is_red

# Words that fleets use for what must stay green, the surest first.
_USUAL_TAGS = ("stable", "tier-1", "tier1", "gating", "blocking", "production")

# Red more often than that is red for reasons of its own; of fewer builds nobody can tell.
_MOST_RED = 0.34
_FEWEST_BUILDS = 3
# A longer list is no pattern that a person would want to keep.
_MOST_NAMES = 60

_SPECIAL = frozenset("\\.+*?()|[]{}^$")


@dataclass(frozen=True, slots=True)
class StableProposal:
    """Exactly one of tag and pattern."""

    why: str
    tag: str | None = None
    pattern: str | None = None


def count_tags(builders: Iterable[Builder]) -> list[tuple[str, int]]:
    """Each tag with its number of builders; the most used first."""
    counts = Counter(tag for builder in builders for tag in builder.tags)
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


def propose_stable(builders: Sequence[Builder], builds: Iterable[Build]) -> StableProposal:
    """A tag that is usual for it; else those that were mostly green; else all."""
    tags = {tag.lower(): tag for builder in builders for tag in builder.tags}
    usual = next((tags[name] for name in _USUAL_TAGS if name in tags), None)
    if usual is not None:
        return StableProposal("it is what fleets call those that must stay green", tag=usual)
    steady = find_steady(builders, builds)
    if not steady:
        return StableProposal("none is known to be steady, so all may accuse", pattern=".*")
    if len(steady) == len(builders) or len(steady) > _MOST_NAMES:
        return StableProposal("most of their last builds were green", pattern=".*")
    pattern = "|".join(quote_pattern(name) for name in steady)
    return StableProposal("the last builds of these were mostly green", pattern=pattern)


def find_steady(builders: Iterable[Builder], builds: Iterable[Build]) -> list[str]:
    """Names of builders whose last builds were mostly green."""
    seen: Counter[int] = Counter()
    red: Counter[int] = Counter()
    for build in builds:
        if build.result is not None and is_evidence(build.result):
            seen[build.builderid] += 1
            red[build.builderid] += is_red(build.result)
    return sorted(
        b.name
        for b in builders
        if seen[b.builderid] >= _FEWEST_BUILDS and red[b.builderid] <= _MOST_RED * seen[b.builderid]
    )


def quote_pattern(name: str) -> str:
    """The name as a pattern that fits it alone; blanks stay as they are, for people."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in name)
