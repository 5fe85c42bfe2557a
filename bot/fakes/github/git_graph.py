"""The commits of a demo repository as a graph, walked the way that Git and GitHub walk it.

Input: commits with their parents. Output: what a branch holds, in GitHub's order, and its
first-parent line. Shas follow from what was committed, so that a story always has the same ones.
"""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DemoCommit:
    """A node of the graph."""

    sha: str
    parents: tuple[str, ...]
    message: str
    author: str
    at: datetime
    files: tuple[str, ...]

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


class History:
    """All commits of one repository, and where its branches point."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._order: dict[str, int] = {}
        self.commits: dict[str, DemoCommit] = {}
        self.branches: dict[str, str] = {}

    def commit(
        self,
        message: str,
        parents: tuple[str, ...],
        author: str,
        at: datetime,
        files: tuple[str, ...],
    ) -> str:
        """A new commit that no branch holds yet; its sha."""
        sha = self.make_sha(message, parents)
        self._order[sha] = len(self.commits)
        self.commits[sha] = DemoCommit(sha, parents, message, author, at, files)
        return sha

    def make_sha(self, message: str, parents: tuple[str, ...]) -> str:
        """The name of a commit that is about to be made; a real git could give it instead."""
        words = (self._name, str(len(self.commits)), message, *parents)
        return hashlib.sha1("\0".join(words).encode(), usedforsecurity=False).hexdigest()

    def find(self, ref: str) -> DemoCommit | None:
        """By branch, `refs/heads/…`, sha or the first seven or more letters of one."""
        name = ref.removeprefix("refs/").removeprefix("heads/")
        if name in self.branches:
            return self.commits[self.branches[name]]
        if ref in self.commits or len(ref) < 7:
            return self.commits.get(ref)
        return next((c for sha, c in self.commits.items() if sha.startswith(ref)), None)

    def walk(self, tip: str) -> list[DemoCommit]:
        """Every ancestor of `tip` and itself, newest first: what GitHub calls `history`."""
        seen, frontier, walked = {tip}, [self._rank(tip)], []
        while frontier:
            _, _, sha = heapq.heappop(frontier)
            commit = self.commits[sha]
            walked.append(commit)
            for parent in commit.parents:
                if parent not in seen:
                    seen.add(parent)
                    heapq.heappush(frontier, self._rank(parent))
        return walked

    def _rank(self, sha: str) -> tuple[float, int, str]:
        return (-self.commits[sha].at.timestamp(), -self._order[sha], sha)

    def first_parents(self, tip: str) -> list[DemoCommit]:
        """The line of a branch, newest first."""
        line: list[DemoCommit] = []
        commit: DemoCommit | None = self.commits[tip]
        while commit is not None:
            line.append(commit)
            commit = self.commits[commit.parents[0]] if commit.parents else None
        return line

    def between(self, base: str, head: str) -> list[DemoCommit]:
        """What `head` has and `base` has not, oldest first: a comparison's commits."""
        known = {commit.sha for commit in self.walk(base)}
        return [commit for commit in reversed(self.walk(head)) if commit.sha not in known]
