"""The weights of the priors: histories with known culprits in, weights by feature out.

A conditional logit: in a window of commits around each culprit, the weighted features of the
culprit should stand out.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from bench.histories.stories import Story
from bot.core.blame.inference.priors import NAMES, PriorModel, softmax
from bot.core.model import Commit, Kind, Signature

_WINDOWS = (3, 6, 10)  # what incidents look like: few commits to a dozen
_SITES = 4
_STEPS = 12  # it has settled after six
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


def find_all_examples(stories: Sequence[Story]) -> list[Example]:
    """Windows of every size around each culprit."""
    return [e for size in _WINDOWS for e in find_examples(stories, size)]


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
    rows = PriorModel().find_rows(commits, start, start + size, failed)
    return [(rows, at - start)]


def fit(examples: Sequence[Example], ridge: float) -> dict[str, float]:
    """Weights by feature, by Newton's steps; the ridge keeps those of rare features small."""
    tables = [np.array(rows) for rows, _ in examples]
    scale = np.sqrt(np.mean(np.concatenate(tables) ** 2, axis=0))
    scale[scale < _UNSEEN] = 1.0
    scaled = [table / scale for table in tables]
    weights = np.zeros(len(NAMES))
    for _ in range(_STEPS):
        slope, bend = -ridge * weights, ridge * np.eye(len(NAMES))
        for table, (_, culprit) in zip(scaled, examples, strict=True):
            shares = np.array(softmax(list(table @ weights)))
            mean = shares @ table
            slope += table[culprit] - mean
            bend += (table * shares[:, None]).T @ table - np.outer(mean, mean)
        weights += np.linalg.solve(bend, slope)
    return dict(zip(NAMES, (float(w) for w in weights / scale), strict=True))


_UNSEEN = 1e-6  # a feature that no example has
