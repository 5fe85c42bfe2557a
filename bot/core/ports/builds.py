"""What we read, kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    BranchCommits,
    BuildAt,
    BuildRecord,
    BuildRef,
    Commit,
    FinishedBuild,
    Key,
    KnownBuilder,
    Observation,
    ObservationBatch,
    Repository,
    TroubleKind,
)


class BuildStore(Protocol):
    """What we read, kept: builds, failures, test runs, commits, pulls."""

    async def save_build(self, facts: BuildRecord, keys: Sequence[Key]) -> None:
        """Facts and follow-up keys, one transaction; raises the branch's version.

        Keys of other branches that it may tell something about are put, too.
        """
        ...

    async def load_known_builds(
        self, source: str, buildids: Sequence[int]
    ) -> Mapping[int, FinishedBuild]:
        """Those of these builds that we have facts of, by id, with how they ended."""
        ...

    async def save_unread(self, source: str, buildid: int, words: str) -> None:
        """Remember that Buildbot refused to show a build; `save_build` forgets it."""
        ...

    async def load_builders(self) -> tuple[KnownBuilder, ...]:
        """Builders as they are remembered, of all sources."""
        ...

    async def save_builders(self, known: Sequence[KnownBuilder], keys: Sequence[Key]) -> None:
        """Remember these as they are now, and look at these keys; one transaction."""
        ...

    async def load_unplaced_builds(self, source: str) -> tuple[int, ...]:
        """The builds of which it was not known where their commits live; a thousand at most."""
        ...

    async def load_builds(self, refs: Collection[BuildRef]) -> tuple[BuildRecord, ...]:
        """The facts of these builds, by name; unknown ones are left out."""
        ...

    async def load_builds_at(
        self, repo_id: int, branch: str, shas: Collection[str], builders: Collection[str]
    ) -> tuple[BuildAt, ...]:
        """All builds that we have facts of, of these commits on these builders, by name."""
        ...

    async def load_observations(
        self, repo_id: int, branch: str, after_version: int, since: datetime
    ) -> ObservationBatch:
        """Observations of a branch saved after a version and finished since then."""
        ...

    async def load_reds(
        self, repo_id: int, beside: str, begin: datetime, end: datetime
    ) -> tuple[Observation, ...]:
        """Builds of all branches that finished meanwhile and list a failure, by time.

        None at all where no branch but `beside` has any.
        """
        ...

    async def load_branches(self) -> tuple[tuple[int, str], ...]:
        """(repo id, branch) of all that a build or a commit was ever saved of."""
        ...

    async def load_line(self, repo_id: int, branch: str) -> BranchCommits:
        """The branch's commits of the present epoch; epoch 0 and empty when we know none."""
        ...

    async def load_commits(
        self, repo_id: int, branch: str, shas: Collection[str]
    ) -> tuple[Commit, ...]:
        """Those of these commits that are on the branch's line now, in its order."""
        ...

    async def save_line(
        self, repo_id: int, branch: str, commits: Sequence[Commit], *, new_epoch: bool
    ) -> None:
        """Append commits, oldest first; a new epoch starts the line afresh.

        Of commits that are on the line already, a pull that is now known is filled in.
        """
        ...

    async def save_files(self, repo_id: int, sha: str, files: Sequence[str]) -> None:
        """The paths that a commit touched, kept for ever with it."""
        ...

    async def save_repository(self, repository: Repository) -> None:
        """Remember a repository's name and default branch."""
        ...

    async def load_repository(self, repo_id: int) -> Repository | None:
        """A repository that we know, by id."""
        ...

    async def load_repositories(self) -> tuple[Repository, ...]:
        """All that we know, by id."""
        ...

    async def find_repository(self, full_name: str) -> Repository | None:
        """A repository that we know, by its last known name."""
        ...

    async def load_time(self, name: str) -> datetime | None:
        """A named moment by a neighbour's clock: a sweep's cursor, the first start."""
        ...

    async def save_time(self, name: str, at: datetime | None) -> None:
        """Set or forget a named moment."""
        ...

    async def mark_done(self, name: str) -> None:
        """Remember that this was done just now, by the clock that all instances share."""
        ...

    async def save_trouble(self, place: str, kind: TroubleKind, words: str | None) -> None:
        """Remember what is wrong with a place, or that it is well there again (None)."""
        ...
