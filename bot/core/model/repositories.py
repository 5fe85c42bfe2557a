"""GitHub's nouns, and git's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by GitHub's numeric id, so that renames do no harm."""

    repo_id: int
    full_name: str
    default_branch: str = "main"
    # What GitHub says; None: not known, and treated as if it were. It is no part of its identity.
    private: bool | None = field(default=None, compare=False)

    def name_branch(self, branch: str) -> str:
        """A branch as people are told of it, `owner/name@branch`."""
        return f"{self.full_name}@{branch}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who logged in with GitHub, and what they may read there of what we asked for."""

    login: str
    repositories: frozenset[int]


@dataclass(frozen=True, slots=True)
class Commit:
    """A node of a branch's first-parent line, with the pull that GitHub verifies for it."""

    sha: str
    parent: str | None  # first parent
    at: datetime  # when it was committed, by the committer's clock: for people, not for order
    title: str
    author: str | None
    pull: int | None  # verified: merged into this branch by this very commit
    reverts: str | None = None  # the sha that it says it reverts
    files: tuple[str, ...] | None = None  # None: not fetched


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as GitHub tells it now."""

    repo_id: int
    number: int
    title: str
    author: str | None
    base: str
    merged: bool
    merge_sha: str | None
    locked: bool
    labels: tuple[str, ...] = ()
    is_open: bool = False
    head_sha: str | None = None  # its newest commit; None: not told


@dataclass(frozen=True, slots=True)
class Comment:
    """One of the comments on a pull."""

    comment_id: int
    author: str
    body: str
    node_id: str = ""
    number: int | None = None  # the pull it stands on; None: not told
    created_at: datetime | None = None  # by GitHub's clock; None: not told


@dataclass(frozen=True, slots=True)
class BranchCommits:
    """The first-parent commits of a branch, oldest first; positions count from `base`."""

    epoch: int
    base: int
    commits: tuple[Commit, ...]
    version: int = field(default=0, compare=False)  # raised by every change of it in the store
