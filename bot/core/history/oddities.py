"""Oddities: what a past cannot tell, or tells against itself, in words.

In: the builds and commits of a branch. Out: notes for whoever reads a backtest. They change
nothing of what is said.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bot.core.model import Commit, Observation
from bot.core.model.build_results import is_green, is_red

# Clocks of two machines differ by minutes; a build cannot end before its commit was made.
_CLOCKS_DIFFER = 600.0
_OVERLAP = 60.0  # seconds for which two builds of one builder may seem to run at once


def find_notes(builds: Sequence[Observation], commits: Mapping[str, Commit]) -> tuple[str, ...]:
    """What is odd, one sentence each."""
    return tuple(_find_notes(builds, commits)) if builds else ()


def _find_notes(builds: Sequence[Observation], commits: Mapping[str, Commit]) -> Iterator[str]:
    builders = {o.builder for o in builds}
    if len(builders) == 1:
        yield f"{builds[0].builder} is the only builder: no other confirms or clears what it says"
    if not any(is_green(o.result) for o in builds):
        yield "no build passed: nothing tells since when anything is broken"
    if not any(is_red(o.result) for o in builds):
        yield "no build failed: there is nothing to find"
    early = sum(_is_early(o, commits) for o in builds)
    if early:
        yield f"{early} builds ended before their commit was made: clocks jump or differ"
    twice = _count_overlaps(builds)
    if twice:
        yield (
            f"{twice} builds began on a machine of a builder that was still building there: clocks"
            " jump, or two builders have one name"
        )


def _is_early(o: Observation, commits: Mapping[str, Commit]) -> bool:
    commit = commits.get(o.revision or "")
    return commit is not None and (commit.at - o.complete_at).total_seconds() > _CLOCKS_DIFFER


def _count_overlaps(builds: Sequence[Observation]) -> int:
    """Builds of one builder on one machine that seem to run at once."""
    own: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for o in builds:
        own[o.builder, o.worker].append((o.started_at.timestamp(), o.complete_at.timestamp()))
    count = 0
    for spans in own.values():
        last = float("-inf")
        for begin, end in sorted(spans):
            count += begin + _OVERLAP < last
            last = max(last, end)
    return count
