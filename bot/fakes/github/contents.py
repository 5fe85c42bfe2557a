"""Files of the small GitHub, and comments under its commits.

Input: a path on the default branch, or a commit. Output: what REST answers of them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.fakes.github.auth import Caller, CallerKind, FakeTokens
from bot.fakes.github.middleware import GitHubMiddleware, read_comment
from bot.fakes.github.repository import DemoComment, DemoRepository
from bot.fakes.github.serializers import make_commit, make_time, make_user
from bot.fakes.http_server import ApiError, Json

_LARGEST = 2**20  # of a larger one GitHub's answer has the size only


class ContentRoutes(GitHubMiddleware):
    """The endpoints."""

    def __init__(
        self,
        repositories: dict[str, DemoRepository],
        door: FakeTokens,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(repositories, door, clock)
        self.permissions = {"contents": "read", "metadata": "read", "pull_requests": "write"}

    async def _file(self, request: web.Request, _caller: Caller) -> Json:
        """https://docs.github.com/en/rest/repos/contents#get-repository-content"""
        path = request.match_info["path"]
        content = self._find(request).contents.get(path)
        if content is None:
            raise ApiError(404, "Not Found")
        shown = len(content) <= _LARGEST
        blob = b"blob %d\0" % len(content) + content
        return {
            "type": "file",
            "path": path,
            "sha": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
            "size": len(content),
            "encoding": "base64" if shown else "none",
            "content": base64.encodebytes(content).decode() if shown else "",
        }

    async def _commits(self, request: web.Request, _caller: Caller) -> list[Json]:
        """https://docs.github.com/en/rest/commits/commits#list-commits"""
        repository, path = self._find(request), request.query.get("path")
        line = repository.history.first_parents(repository.tip(repository.default_branch))
        return [
            make_commit(commit, repository, self._url(request))
            for commit in line
            if path is None or path in commit.files
        ]

    async def _commit_comments(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        commit = self._find_commit(request, repository, "ref")
        notes = repository.commit_comments.get(commit.sha, [])
        return [_make_note(note, commit.sha) for note in notes]

    async def _post_commit_comment(self, request: web.Request, caller: Caller) -> Json:
        """https://docs.github.com/en/rest/commits/comments#create-a-commit-comment"""
        repository = self._find(request)
        commit = self._find_commit(request, repository, "ref")
        bound = caller.kind is CallerKind.INSTALLATION
        if bound and self.permissions.get("contents") != "write":
            raise ApiError(403, "Resource not accessible by integration")
        note = repository.add_note(
            commit.sha, caller.login, await read_comment(request), self._clock()
        )
        return _make_note(note, commit.sha)


def _make_note(note: DemoComment, sha: str) -> Json:
    return {
        "id": note.comment_id,
        "node_id": f"CC_{note.comment_id}",
        "user": make_user(note.author),
        "commit_id": sha,
        "body": note.body,
        "created_at": make_time(note.created_at),
        "updated_at": make_time(note.updated_at),
        "html_url": f"https://github.com/demo/commit/{sha}#commitcomment-{note.comment_id}",
    }
