"""Fit the weights of the priors to histories with known culprits, and print them.

    python -m bench.fit_priors --histories DIR [--half 0|1] [--ridge 25]

A conditional logit: in a window of commits around each culprit, the weighted features of the
culprit should stand out. Plain gradient steps; the ridge keeps weights of rare features small.
"""

import argparse
import hashlib
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.histories.stories import Story, find_histories, load_stories
from bot.core.blame.priors import NAMES, PriorBook, limit, softmax
from bot.core.model import Commit, Kind, Signature

_WINDOWS = (3, 6, 10)  # what incidents look like: few commits to a dozen
_SITES = 4
_STEPS = 400
_PACE = 0.5
Rows = list[tuple[float, ...]]
Example = tuple[Rows, int]  # the features of a window, and which commit did it


def find_examples(stories: Iterable[Story], size: int) -> list[Example]:
    """A window of `size` commits around each culprit, at a place that its sha decides."""
    examples = []
    for story in stories:
        for epochs in story.history.branches.values():
            commits = epochs[-1].line.commits
            position = {c.sha: n for n, c in enumerate(commits)}
            says = _find_messages(story)
            for truth in story.truth:
                at = position.get(str(truth["culprit"]))
                if truth["kind"] == "regression" and at is not None:
                    examples += _make_example(commits, at, truth["tests"], says, size)
    return examples


def _find_messages(story: Story) -> dict[str, str]:
    says: dict[str, str] = {}
    for epochs in story.history.branches.values():
        for build in (o for e in epochs for o in e.observations):
            for s in build.sightings:
                says[s.signature.site] = s.signature.message
    return says


def _make_example(
    commits: Sequence[Commit], at: int, tests: object, says: dict[str, str], size: int
) -> list[Example]:
    shift = int(hashlib.sha256(commits[at].sha.encode()).hexdigest(), 16) % size
    start = max(0, at - shift)
    window = commits[start : start + size]
    sites = [str(t) for t in tests][:_SITES] if isinstance(tests, list) else []
    if len(window) < 2 or not sites:
        return []
    failed = [Signature("", "", Kind.TEST_FAILURE, site, says.get(site, "")) for site in sites]
    rows = PriorBook().find_rows(commits, start, start + size, failed)
    return [(rows, at - start)]


def fit(examples: Sequence[Example], ridge: float) -> list[float]:
    """Weights in the order of `NAMES`."""
    scale = [_find_scale(examples, n) for n in range(len(NAMES))]
    weights = [0.0] * len(NAMES)
    for _ in range(_STEPS):
        slope = [-ridge * w / len(examples) for w in weights]
        for rows, culprit in examples:
            scaled = [[x / s for x, s in zip(row, scale, strict=True)] for row in rows]
            shares = softmax([_dot(weights, row) for row in scaled])
            for n, row in enumerate(scaled):
                surprise = ((n == culprit) - shares[n]) / len(examples)
                slope = [g + surprise * x for g, x in zip(slope, row, strict=True)]
        weights = [w + _PACE * g for w, g in zip(weights, slope, strict=True)]
    return [w / s for w, s in zip(weights, scale, strict=True)]


def _find_scale(examples: Sequence[Example], n: int) -> float:
    values = [row[n] for rows, _ in examples for row in rows]
    return max(1e-6, math.sqrt(sum(v * v for v in values) / len(values)))


def _dot(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum(w * x for w, x in zip(weights, row, strict=True))


def measure(examples: Sequence[Example], weights: Sequence[float]) -> str:
    """How often the culprit comes first, and among the first three."""
    first = third = 0
    for rows, culprit in examples:
        shares = limit(softmax([_dot(weights, row) for row in rows]))
        rank = sorted(range(len(shares)), key=lambda n: -shares[n]).index(culprit)
        first += rank == 0
        third += rank < 3
    count = max(1, len(examples))
    return f"first {first / count:.3f}, among three {third / count:.3f}, of {len(examples)}"


def main() -> int:
    """Fit on one half, measure on the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--histories", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1), default=0, help="the half to fit on")
    parser.add_argument("--ridge", type=float, default=25.0)
    args = parser.parse_args()
    folder = args.histories or find_histories()
    if folder is None:
        print("skipped: no histories; give --histories or NIGHTSWATCH_DATA", file=sys.stderr)
        return 0
    own = list(load_stories(folder, args.half))
    other = list(load_stories(folder, 1 - args.half))
    weights = fit([e for size in _WINDOWS for e in find_examples(own, size)], args.ridge)
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"    {name!r}: {weight:.3f},")
    for title, stories in (("fitted", own), ("other", other)):
        for size in _WINDOWS:
            print(
                f"{title} half, windows of {size}:", measure(find_examples(stories, size), weights)
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
