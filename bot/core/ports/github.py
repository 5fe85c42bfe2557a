"""GitHub, and keeping pace with it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.model import Comment, Commit, Pull, Repository
from bot.core.model.commands import Role
from bot.core.payloads.repository_contents import FileContent


class GitHub(Protocol):
    """GitHub as this bot, with pacing, caching and retries of its own kind."""

    async def fetch_me(self) -> str:
        """The login under which our comments stand."""
        ...

    async def fetch_repository(self, full_name: str) -> Repository:
        """By `owner/name`; follows renames."""
        ...

    def fetch_line(self, repository: Repository, branch: str) -> AsyncIterator[tuple[Commit, ...]]:
        """The first-parent commits of a branch with verified pulls, tip first, page by page."""
        ...

    async def fetch_files(self, repository: Repository, sha: str) -> tuple[str, ...]:
        """The paths that a commit touched."""
        ...

    async def fetch_pull(self, repository: Repository, number: int) -> Pull:
        """A pull as it is now."""
        ...

    async def fetch_fork_push(self, repository: Repository, number: int) -> datetime | None:
        """When anybody last pushed to the fork that a pull comes from; None: it is of no fork."""
        ...

    async def find_comments(
        self, repository: Repository, number: int, marker: str
    ) -> tuple[Comment, ...]:
        """Our own comments that hold `marker`, oldest first; never served from a cache."""
        ...

    async def fetch_comment(self, repository: Repository, comment_id: int) -> Comment | None:
        """A comment by id; None when it was deleted."""
        ...

    async def post_comment(self, repository: Repository, number: int, body: str) -> Comment:
        """A new comment on a pull."""
        ...

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> Comment:
        """New text for a comment of ours."""
        ...

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Take a twin away."""
        ...

    async def fetch_role(self, repository: Repository, login: str) -> Role:
        """What somebody may do in a repository, as of now."""
        ...

    async def react(self, repository: Repository, comment_id: int, reaction: str) -> None:
        """A reaction of ours to a comment; the same again changes nothing."""
        ...

    @property
    def time(self) -> datetime | None:
        """GitHub's own clock as of its last answer; None: it has not answered yet."""
        ...

    async def follow_repository(self, repository: Repository) -> Repository:
        """The same by GitHub's number, whatever its name is now."""
        ...

    async def minimize_comment(
        self, repository: Repository, comment: Comment, classifier: str
    ) -> None:
        """Show a comment folded, as `RESOLVED` or `OUTDATED`; it may be so already."""
        ...

    async def unminimize_comment(self, repository: Repository, comment: Comment) -> None:
        """Show a comment in full again."""
        ...


class RepositoryFiles(Protocol):
    """A repository's files, and words about a commit that changed one."""

    async def fetch_file(self, repository: Repository, path: str) -> FileContent | None:
        """A file as the default branch has it now; None where there is none."""
        ...

    async def fetch_last_change(self, repository: Repository, path: str) -> str | None:
        """The newest commit of the default branch that touched a file; None: none did."""
        ...

    async def comment_once(
        self, repository: Repository, sha: str, marker: str, author: str, body: str
    ) -> None:
        """A comment of ours under a commit, unless one with this marker stands there already."""
        ...


class Reverts(Protocol):
    """Pulls that take others back."""

    async def find_revert(self, repository: Repository, marker: str, author: str) -> int | None:
        """Ours with this marker, among the pulls that were opened last."""
        ...

    async def open_revert(self, repository: Repository, number: int, title: str, body: str) -> int:
        """A pull that reverts a merged one."""
        ...


class RateLimit(Protocol):
    """What all instances that speak as one GitHub App or user have to keep together."""

    async def take_turn(self, gap: timedelta) -> timedelta:
        """Take the next turn to write, `gap` after the one before; how long it is until then."""
        ...

    async def load_shut(self) -> timedelta | None:
        """How long GitHub still wants to be left alone; None: it does not."""
        ...

    async def save_shut(self, wait: timedelta) -> None:
        """GitHub wants to be left alone for so long."""
        ...
