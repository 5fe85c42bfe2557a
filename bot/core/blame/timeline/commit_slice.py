"""The commits of a branch, by position."""

from collections.abc import Sequence

from bot.core.blame.timeline.failure_history import PlacedBuild
from bot.core.model import Commit


class CommitSlice:
    """The commits of a branch by position, for those who make incidents."""

    def __init__(self, commits: Sequence[Commit], base: int) -> None:
        self._commits = commits
        self._base = base

    def between(self, start: int, end: int) -> Sequence[Commit]:
        """The commits from one position to another, both included."""
        return self._commits[start - self._base : end + 1 - self._base]

    def sha(self, entry: PlacedBuild | None) -> str | None:
        """The commit of a build."""
        return entry.build.revision if entry else None
