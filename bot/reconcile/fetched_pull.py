"""The pull of a key, fetched from GitHub once, and handed down to all who ask of it.

In: a repository as we know it and the number of a pull. Out: both as they are now.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Refused
from bot.core.model import Pull, Repository
from bot.core.ports import BuildStore, GitHub


@dataclass(frozen=True, slots=True)
class FetchedPull:
    """A pull as GitHub shows it, under the name that its repository has now."""

    repository: Repository
    number: int
    pull: Pull | Refused | None = None  # or why it is not shown; None: nobody asked for it yet

    @property
    def labels(self) -> tuple[str, ...]:
        """None where the pull is not shown: whoever writes there hears why."""
        return self.pull.labels if isinstance(self.pull, Pull) else ()

    @property
    def author(self) -> str | None:
        """None where the pull is not shown, or its author's account is gone."""
        return self.pull.author if isinstance(self.pull, Pull) else None

    def check(self) -> None:
        """Raises `Refused` where nothing new can be posted."""
        if isinstance(self.pull, Refused):
            raise self.pull
        if self.pull is None:
            return
        if self.pull.repo_id != self.repository.repo_id:
            name = self.repository.full_name
            raise Refused(f"{name} is the name of another repository now")
        if self.pull.locked:
            raise Refused("the pull is locked")

    async def fetch(self, github: GitHub, builds: BuildStore) -> FetchedPull:
        """The same, with the pull; one that was fetched is not fetched again.

        By its repository's number: after a rename, the old name may be another's.
        """
        if self.pull is not None:
            return self
        pull, repository = await _fetch(github, self.repository, self.number), self.repository
        if isinstance(pull, Pull) and pull.repo_id != repository.repo_id:
            repository = await github.follow_repository(repository)
            await builds.save_repository(repository)
            pull = await _fetch(github, repository, self.number)
        return FetchedPull(repository, self.number, pull)


async def _fetch(github: GitHub, repository: Repository, number: int) -> Pull | Refused:
    try:
        return await github.fetch_pull(repository, number)
    except Refused as refused:
        return refused
