"""A repository's files, and words about a commit that changed one.

In: a path on the default branch, or a commit. Out: bytes, or a comment of ours under the commit.
"""

from urllib.parse import quote, urlencode

from bot.clients.github.api import parse_answer
from bot.clients.github.repository_calls import RepositoryCalls
from bot.core.errors import Refused
from bot.core.model import Comment, Repository
from bot.core.payloads import parse_comment, parse_repository
from bot.core.payloads.repository_contents import (
    FileContent,
    parse_file,
    parse_newest_commit,
)

_MOST_COMMENTS = 1000  # under one commit


class RepositoryFiles:
    """Implements `ports.RepositoryFiles`."""

    def __init__(self, calls: RepositoryCalls) -> None:
        self._calls = calls

    async def fetch_file(self, repository: Repository, path: str) -> FileContent | None:
        """A file as the default branch has it now; None where there is none."""
        name, below = repository.full_name, f"/contents/{quote(path)}"
        try:
            return await self._calls.read(name, f"{path} of {name}", below, parse_file)
        except Refused as refused:
            if refused.status != 404:
                raise
        # GitHub says the same of what it hides: who may not see the repository hears so here.
        await self._calls.read(name, name, "", parse_repository)
        return None

    async def fetch_last_change(self, repository: Repository, path: str) -> str | None:
        """The newest commit of the default branch that touched a file; None: none did."""
        name = repository.full_name
        below = f"/commits?{urlencode({'path': path, 'per_page': 1})}"
        return await self._calls.read(name, f"{path} of {name}", below, parse_newest_commit)

    async def comment_once(
        self, repository: Repository, sha: str, marker: str, author: str, body: str
    ) -> None:
        """A comment of ours under a commit, unless one with this marker stands there already."""
        what, path = f"commit {sha[:10]} of {repository.full_name}", f"/commits/{sha}/comments"
        listed = f"{path}?per_page=100"
        rows = await self._calls.read_all(repository, what, listed, _MOST_COMMENTS)
        comments = [parse_answer(parse_comment, row) for row in rows]
        if not any(_is_ours(comment, marker, author) for comment in comments):
            await self._calls.write(repository, what, "POST", path, {"body": body})


def _is_ours(comment: Comment, marker: str, author: str) -> bool:
    return marker in comment.body and comment.author.lower() == author.lower()
