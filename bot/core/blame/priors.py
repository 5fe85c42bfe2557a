"""Priors: what commits touched and where a failure points in, how each is suspected out.

A conditional logit: every commit of the window gets a score, a weighted sum of the features
below, and the shares follow from the scores. The weights are fitted on real history
(`bench/fit_priors.py`). Priors rank, they do not convict: no share is above `CEILING`, none below
a tenth of an even share.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.blame.weights import WEIGHTS
from bot.core.model import Commit, Signature

CEILING = 0.8  # paths alone are right three times of four at best where they seem sure
FLOOR = 0.1  # of an even share: any commit may break anything
_SITES_READ = 4  # tests that broke together say much the same

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DOCS = re.compile(r"(^|/)(docs?|Doc)/|\.(md|rst|txt|adoc)$|(^|/)(NEWS|README|LICENSE|CODEOWNERS)")
_TESTS = re.compile(r"(^|/)(tests?|unittests?|testing|Tests)/|_test\.|(^|/)test_|Test\.")
_ROLL = re.compile(r"^(roll|bump|update) .*(roll|dep|from|to|version)|^roll ", re.IGNORECASE)
_REVERT = re.compile(r"^(revert|reland|reapply|recommit)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a commit, taken apart once."""

    paths: frozenset[str]
    title: frozenset[str]
    files: frozenset[str]
    flags: tuple[float, ...]


def find_words(text: str) -> frozenset[str]:
    """Words of a path, identifier or sentence, in lower case, numbers and single letters out."""
    return frozenset(w.lower() for w in _WORD.findall(text) if len(w) > 1 and not w.isdigit())


FLAG_NAMES = ("docs only", "tests only", "size", "roll", "revert", "files unknown")


def find_commit_words(commit: Commit) -> Words:
    """What a commit says of itself."""
    files = commit.files or ()
    flags = (
        float(bool(files) and all(_DOCS.search(f) for f in files)),
        float(bool(files) and all(_TESTS.search(f) for f in files)),
        math.log1p(len(files)),
        float(bool(_ROLL.search(commit.title))),
        float(bool(commit.reverts or _REVERT.search(commit.title))),
        float(commit.files is None),
    )
    return Words(
        frozenset(w for f in files for w in find_words(f)),
        find_words(commit.title),
        frozenset(files),
        flags,
    )


NAMES = (
    "words of the test in the paths",
    "words of the test in the title",
    "words of the message in the paths",
    "words of the message in the title",
    "touches the very file",
    *FLAG_NAMES,
)


def find_features(commits: Sequence[Words], site: str, message: str) -> list[tuple[float, ...]]:
    """The features of every commit of a window, against one failing site and its message."""
    count = len(commits)
    in_paths = Counter(w for c in commits for w in c.paths)
    in_title = Counter(w for c in commits for w in c.title)
    test, said = find_words(site), find_words(message)

    def overlap(wanted: frozenset[str], own: frozenset[str], df: Counter[str]) -> float:
        # A word that every commit has tells nothing; a rare one that matches tells a lot.
        return sum(math.log((count + 1) / (df[w] + 0.5)) for w in wanted & own)

    def squash(x: float) -> float:
        return x / (1.0 + 0.2 * x)

    def touches(c: Words) -> float:
        same = (f == site or f.endswith("/" + site) or site.endswith("/" + f) for f in c.files)
        return float(any(same))

    return [
        (
            squash(overlap(test, c.paths, in_paths)),
            squash(overlap(test, c.title, in_title)),
            squash(overlap(said, c.paths, in_paths)),
            squash(overlap(said, c.title, in_title)),
            touches(c),
            *c.flags,
        )
        for c in commits
    ]


class PriorBook:
    """Priors under the fitted weights; it takes every commit apart only once."""

    def __init__(self, weights: Mapping[str, float] = WEIGHTS) -> None:
        self._weights = [weights.get(name, 0.0) for name in NAMES]
        self._words: dict[str, tuple[Commit, Words]] = {}

    def share(self, commits: Sequence[Commit], signatures: Sequence[Signature]) -> list[float]:
        """The prior share of each commit of a window; they sum to one."""
        words = [self._find_words(c) for c in commits]
        scores = [0.0] * len(commits)
        told = signatures[:_SITES_READ]
        for signature in told:
            for n, row in enumerate(find_features(words, signature.site, signature.message)):
                pairs = zip(self._weights, row, strict=True)
                scores[n] += sum(w * x for w, x in pairs) / len(told)
        return limit(softmax(scores))

    def _find_words(self, commit: Commit) -> Words:
        known = self._words.get(commit.sha)
        if known is None or known[0] is not commit:
            known = (commit, find_commit_words(commit))
            self._words[commit.sha] = known
        return known[1]


def softmax(scores: Sequence[float]) -> list[float]:
    """Shares from scores."""
    top = max(scores)
    raised = [math.exp(s - top) for s in scores]
    total = sum(raised)
    return [r / total for r in raised]


def limit(shares: Sequence[float]) -> list[float]:
    """Between a tenth of an even share and the ceiling; what is cut goes to the others evenly."""
    count = len(shares)
    if count == 1:
        return [1.0]
    floored = [max(s, FLOOR / count) for s in shares]
    total = sum(floored)
    cut = [min(s / total, max(CEILING, 1 / count)) for s in floored]
    rest = (1.0 - sum(cut)) / count
    return [c + rest for c in cut]
