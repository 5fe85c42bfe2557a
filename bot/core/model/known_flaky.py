"""Tests that a project itself calls flaky, in files of its repository or by a label of issues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedTest:
    """One test that is listed, or that was; all times are by Buildbot's clock."""

    words: str  # the name in a file, or the title of an issue; hostile
    source: str  # `file:PATH` or `label:NAME`
    issue: int | None  # None: a file lists it
    since: datetime  # when we read of it first
    until: datetime | None = None  # when it was not listed any more; None: it is listed

    @property
    def place(self) -> str:
        """Where people find it."""
        return self.source.partition(":")[2] if self.issue is None else f"issue {self.issue}"

    def holds(self, closed_at: datetime | None) -> bool:
        """For an incident that was over then, or is open (None): what was over stays as it was."""
        if closed_at is None:
            return self.until is None
        return self.since < closed_at and (self.until is None or closed_at <= self.until)


@dataclass(frozen=True, slots=True)
class KnownFlaky:
    """All that a repository lists."""

    tests: tuple[ListedTest, ...] = ()
    problems: tuple[str, ...] = ()  # why a file or a label is as it was read before


NOTHING_LISTED = KnownFlaky()
"""Of a repository without lists."""
