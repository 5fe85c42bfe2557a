"""Priors: what commits touched and where a failure points in, how each is suspected out.

A conditional logit: every commit of the window gets a score, a weighted sum of the features
below, and the shares follow from the scores. The weights are fitted on real history
(`bench/fit.py`). Priors rank, they do not convict: no share is above `CEILING`, none below a
twentieth of an even share. How rare a word is, the commits before the window tell as well.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.blame.inference.prior_weights import WEIGHTS
from bot.core.model import Commit, Signature

CEILING = 0.95  # out of fold, what paths alone held at 0.95 or more was right 121 times of 122
FLOOR = 0.05  # so often what was touched tells nothing, and any commit may have broken it
_SITES_READ = 4  # tests that broke together say much the same
_FILES_READ = 200  # of a commit; one that touches more is a sweep, and matches everything
# Commits before the window that tell how rare a word is: three blocks of so many, counted once.
_BLOCK = 50
_BLOCKS_READ = 3
_BLOCKS_KEPT = 16

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Not every .txt: CMakeLists.txt, requirements.txt or lists of expected failures change what is run.
_DOCS = re.compile(r"(^|/)(docs?|Doc)/|\.(md|rst|adoc)$|(^|/)(NEWS|README|LICENSE|CODEOWNERS)")
_TESTS = re.compile(r"(^|/)(tests?|unittests?|testing|Tests)/|_test\.|(^|/)test_|Test\.")
_ROLL = re.compile(r"^(roll|bump|update) .*(roll|dep|from|to|version)|^roll ", re.IGNORECASE)
# What takes something back seldom breaks anything; what lands it again is no revert.
_REVERT = re.compile(r"^\W*(revert|back(ed)? ?out)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CommitTokens:
    """The words of a commit, taken apart once."""

    paths: frozenset[str]
    title: frozenset[str]
    files: frozenset[str]
    names: frozenset[frozenset[str]]  # by file, the words of its name without its folder
    flags: tuple[float, ...]


def find_words(text: str) -> frozenset[str]:
    """Words of a path, identifier or sentence, in lower case, numbers and single letters out."""
    return frozenset(w.lower() for w in _WORD.findall(text) if len(w) > 1 and not w.isdigit())


FLAG_NAMES = ("docs only", "tests only", "size", "roll", "revert", "files unknown")


def find_commit_words(commit: Commit) -> CommitTokens:
    """What a commit says of itself."""
    files = (commit.files or ())[:_FILES_READ]
    flags = (
        float(bool(files) and all(_DOCS.search(f) for f in files)),
        float(bool(files) and all(_TESTS.search(f) for f in files)),
        math.log1p(len(commit.files or ())),
        float(bool(_ROLL.search(commit.title))),
        float(bool(commit.reverts or _REVERT.search(commit.title))),
        float(commit.files is None),
    )
    return CommitTokens(
        frozenset(w for f in files for w in find_words(f)),
        find_words(commit.title),
        frozenset(files),
        frozenset(find_words(_name(f)) for f in files),
        flags,
    )


def _name(path: str) -> str:
    """A file's name without folder and ending."""
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


NAMES = (
    "words of the test in the paths",
    "words of the test in the title",
    "words of the message in the paths",
    "words of the message in the title",
    "name of the test in a file's name",
    "touches the very file",
    *FLAG_NAMES,
)


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """In how many commits each word stands."""

    paths: Counter[str]
    title: Counter[str]
    commits: int

    @classmethod
    def of(cls, commits: Sequence[CommitTokens]) -> TokenCounts:
        """Counted in these commits."""
        paths = Counter(w for c in commits for w in c.paths)
        return cls(paths, Counter(w for c in commits for w in c.title), len(commits))

    def __add__(self, other: TokenCounts) -> TokenCounts:
        """Both together."""
        return TokenCounts(
            self.paths + other.paths, self.title + other.title, self.commits + other.commits
        )

    def weigh(self, words: frozenset[str], counts: Counter[str]) -> float:
        """A word that every commit has tells nothing; a rare one that matches tells a lot."""
        return sum(math.log((self.commits + 1) / (counts[w] + 0.5)) for w in words)


def find_features(
    commits: Sequence[CommitTokens], spread: TokenCounts, site: str, message: str
) -> list[tuple[float, ...]]:
    """The features of every commit of a window, against one failing site and its message."""
    test, name, said = find_words(site), find_words(_name(site)), find_words(message)

    def match(wanted: frozenset[str], own: frozenset[str], counts: Counter[str]) -> float:
        x = spread.weigh(wanted & own, counts)
        return x / (1.0 + 0.2 * x)

    def touches(c: CommitTokens) -> float:
        same = (f == site or f.endswith("/" + site) or site.endswith("/" + f) for f in c.files)
        return float(any(same))

    return [
        (
            match(test, c.paths, spread.paths),
            match(test, c.title, spread.title),
            match(said, c.paths, spread.paths),
            match(said, c.title, spread.title),
            max((match(name, own, spread.paths) for own in c.names), default=0.0),
            touches(c),
            *c.flags,
        )
        for c in commits
    ]


class PriorModel:
    """Priors under the fitted weights; it takes every commit apart only once."""

    def __init__(self, weights: Mapping[str, float] = WEIGHTS) -> None:
        self._weights = [weights.get(name, 0.0) for name in NAMES]
        self._words: dict[str, tuple[Commit, CommitTokens]] = {}
        self._blocks: dict[tuple[str, str], TokenCounts] = {}

    def share(
        self, commits: Sequence[Commit], start: int, end: int, signatures: Sequence[Signature]
    ) -> list[float]:
        """The prior share of each commit from index `start` up to `end`; they sum to one."""
        rows = self.find_rows(commits, start, end, signatures)
        scores = [sum(w * x for w, x in zip(self._weights, row, strict=True)) for row in rows]
        return limit(softmax(scores))

    def find_rows(
        self, commits: Sequence[Commit], start: int, end: int, signatures: Sequence[Signature]
    ) -> list[tuple[float, ...]]:
        """The features of each commit of the window, on average over what failed."""
        words = [self._find_words(c) for c in commits[start:end]]
        spread = sum(self._find_blocks(commits, start), TokenCounts.of(words))
        told = signatures[:_SITES_READ]
        tables = [find_features(words, spread, s.site, s.message) for s in told]
        return [
            tuple(sum(column) / len(told) for column in zip(*own, strict=True))
            for own in zip(*tables, strict=True)
        ]

    def _find_blocks(self, commits: Sequence[Commit], start: int) -> list[TokenCounts]:
        """Of the last whole blocks before the window."""
        last = start // _BLOCK
        return [
            self._count(commits[n * _BLOCK : (n + 1) * _BLOCK])
            for n in range(max(0, last - _BLOCKS_READ), last)
        ]

    def _count(self, block: Sequence[Commit]) -> TokenCounts:
        key = (block[0].sha, block[-1].sha)
        if key not in self._blocks:
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.clear()
            self._blocks[key] = TokenCounts.of([self._find_words(c) for c in block])
        return self._blocks[key]

    def _find_words(self, commit: Commit) -> CommitTokens:
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
    """`FLOOR` of it evenly over all, none above `CEILING`; what is cut goes to the others."""
    count = len(shares)
    if count == 1:
        return [1.0]
    mixed = [(1.0 - FLOOR) * s + FLOOR / count for s in shares]
    over = max(0.0, max(mixed) - CEILING)  # of one share only
    return [CEILING if s > CEILING else s + over / (count - 1) for s in mixed]
