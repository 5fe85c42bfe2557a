"""Two GitHubs with one set of handles: the demo's own, and a strict one where it is at hand.

The strict one checks every request against GitHub's published schemas; it lives in the folder that
`NIGHTSWATCH_DATA` names and needs `jsonschema` and `graphql-core`.
"""

import importlib.util
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.clients.github.client import GitHubClient
from bot.core.model import Commit, Repository
from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub
from tests.clients.serving import SwiftClock

REPO = "octo-org/demo"
TOKEN = "a-plain-token"
MARKER = "<!-- nightswatch pull=1 thread=1 -->"
APP_KEY = make_app_key()


class Hub(Protocol):
    """What a test can do to a GitHub."""

    clock: SwiftClock

    @property
    def url(self) -> str: ...

    async def merge(
        self, title: str, *, method: str = "squash", commits: int = 1, branch: str = "main"
    ) -> tuple[int, str]: ...

    async def push(self, title: str, branch: str = "main") -> str: ...

    async def create_branch(self, name: str) -> None: ...

    async def comment(self, number: int, author: str, body: str) -> int: ...

    async def bodies(self, number: int) -> list[str]: ...

    async def minimized(self, number: int) -> list[str | None]: ...

    async def lock(self, number: int) -> None: ...

    async def grant(self, login: str, role: str) -> None: ...

    async def reactions(self, number: int, comment_id: int) -> list[str]: ...

    async def rename(self, name: str) -> None: ...

    async def write_file(self, path: str, content: bytes) -> str: ...

    async def notes(self, sha: str) -> list[str]: ...

    async def allow_contents(self) -> None: ...

    async def open_issue(self, title: str, body: str = "", *labels: str) -> int: ...

    async def allow_issues(self) -> None: ...

    def delay_search(self, seconds: float) -> None: ...

    async def uninstall(self) -> None: ...

    async def fail(self, kind: str, op: str, **details: Any) -> None: ...

    def count(self, op: str) -> int: ...

    def check(self) -> None: ...


class DemoHub:
    """The GitHub that the demo plays on."""

    def __init__(self, clock: SwiftClock) -> None:
        self.clock = clock
        self.demo = FakeGitHub(clock.now, token=TOKEN, login="watcher", app_key=APP_KEY)
        self.demo.create_repository(REPO)
        self._numbers = iter(range(1, 1000))

    @property
    def url(self) -> str:
        return self.demo.url

    async def merge(
        self, title: str, *, method: str = "squash", commits: int = 1, branch: str = "main"
    ) -> tuple[int, str]:
        number = next(self._numbers)
        sha = await self.demo.merge(number, title, method=method, commits=commits, branch=branch)
        return number, sha

    async def push(self, title: str, branch: str = "main") -> str:
        return await self.demo.push_direct(title, branch=branch)

    async def create_branch(self, name: str) -> None:
        self.demo.repository().create_branch(name)

    async def comment(self, number: int, author: str, body: str) -> int:
        return (await self.demo.comment(number, body, author=author)).comment_id

    async def bodies(self, number: int) -> list[str]:
        return [comment.body for comment in self.demo.comments(number)]

    async def minimized(self, number: int) -> list[str | None]:
        return [c.minimized and c.minimized.lower() for c in self.demo.comments(number)]

    async def lock(self, number: int) -> None:
        self.demo.lock(number)

    async def grant(self, login: str, role: str) -> None:
        self.demo.repository().roles[login] = role

    async def reactions(self, number: int, comment_id: int) -> list[str]:
        comment = self.demo.repository().comments[comment_id]
        return sorted(content for _, content in comment.reactions)

    async def rename(self, name: str) -> None:
        self.demo.rename_repository(REPO, name)

    async def write_file(self, path: str, content: bytes) -> str:
        return await self.demo.write_file(path, content)

    async def notes(self, sha: str) -> list[str]:
        return [note.body for note in self.demo.repository().commit_comments.get(sha, [])]

    async def allow_contents(self) -> None:
        self.demo.rest.permissions["contents"] = "write"

    async def open_issue(self, title: str, body: str = "", *labels: str) -> int:
        where, now = self.demo.repository(), self.clock.now()
        return where.open_issue(title, body, "octocat", now, labels).number

    async def allow_issues(self) -> None:
        self.demo.rest.permissions["issues"] = "write"

    def delay_search(self, seconds: float) -> None:
        self.demo.rest.index.lag = timedelta(seconds=seconds)

    async def uninstall(self) -> None:
        await self.demo.uninstall()

    async def fail(self, kind: str, op: str, **details: Any) -> None:
        names = {"html_200": "html", "truncated": "cut", "commit_then_status": "commit_then_502"}
        self.demo.fail_next(names.get(kind, kind), op, **details)

    def count(self, op: str) -> int:
        return self.demo.count(op)

    def check(self) -> None:
        """It does not judge."""


# What the demo's GitHub calls its endpoints, and GitHub itself.
OPERATIONS = {
    "post-comment": "issues/create-comment",
    "edit-comment": "issues/update-comment",
    "delete-comment": "issues/delete-comment",
    "comments": "issues/list-comments",
    "pull": "pulls/get",
    "repository": "repos/get",
    "commit": "repos/get-commit",
    "token": "apps/create-installation-access-token",
    "graphql": "graphql",
    "create-issue": "issues/create",
    "issues": "issues/list-for-repo",
    "search": "search/issues-and-pull-requests",
}


class StrictHub:
    """The one that checks every request; driven by its control API's own methods."""

    def __init__(self, module: Any, specs: Any, clock: SwiftClock) -> None:
        self.clock = clock
        self.github = module.Standin(specs, app_id=1, app_key=APP_KEY)
        self.github.add_repo(REPO, files=[{"filename": "README.md", "content": "hi"}])
        self._control = module.Control(self.github)
        self._control.post_tokens({"login": "watcher", "token": TOKEN})
        # Its time is ours, and so are its second-long gaps.
        self.github.now = lambda: clock.now().timestamp()

    @property
    def url(self) -> str:
        return str(self.github.url)

    async def merge(
        self, title: str, *, method: str = "squash", commits: int = 1, branch: str = "main"
    ) -> tuple[int, str]:
        files = [
            {"message": f"{title} {i}", "files": [{"filename": f"src/{title}{i}.py"}]}
            for i in range(commits)
        ]
        order = {"repo": REPO, "title": title, "commits": files, "base": branch, "merge": method}
        made = self._control.post_pulls(order)
        return made["number"], made["merge_commit_sha"]

    async def push(self, title: str, branch: str = "main") -> str:
        order = {"repo": REPO, "branch": branch, "message": title, "files": ["src/app.py"]}
        return str(self._control.post_push(order)["sha"])

    async def create_branch(self, name: str) -> None:
        self._control.post_branches({"repo": REPO, "name": name})

    async def comment(self, number: int, author: str, body: str) -> int:
        order = {"repo": REPO, "number": number, "user": author, "body": body}
        return int(self._control.post_comments(order)["id"])

    async def bodies(self, number: int) -> list[str]:
        return [c["body"] for c in self._control.get_comments({"repo": REPO, "number": number})]

    async def minimized(self, number: int) -> list[str | None]:
        order = {"repo": REPO, "number": number}
        return [c["minimized"] for c in self._control.get_comments(order)]

    async def lock(self, number: int) -> None:
        locked = {"repo": REPO, "number": number, "locked": True, "lock_apps": True}
        self._control.post_pulls_update(locked)

    async def grant(self, login: str, role: str) -> None:
        self._control.post_repos_update({"full_name": REPO, "collaborators": {login: role}})

    async def reactions(self, number: int, comment_id: int) -> list[str]:
        comments = self._control.get_comments({"repo": REPO, "number": number})
        (found,) = (c["reactions"] for c in comments if c["id"] == comment_id)
        return sorted(content for _, content in found)

    async def rename(self, name: str) -> None:
        self._control.post_repos_rename({"full_name": REPO, "to": name})

    async def write_file(self, path: str, content: bytes) -> str:
        files = [{"filename": path, "content": content}]
        order = {"repo": REPO, "branch": "main", "message": "Settings", "files": files}
        return str(self._control.post_push(order)["sha"])

    async def notes(self, sha: str) -> list[str]:
        notes = self.github.repo(REPO)["commit_comments"].values()
        return [note["body"] for note in notes if note["sha"] == sha]

    async def allow_contents(self) -> None:
        given = self.github.installations[77]["permissions"]
        permissions = {**given, "contents": "write"}
        self._control.post_installations_update({"id": 77, "permissions": permissions})

    async def open_issue(self, title: str, body: str = "", *labels: str) -> int:
        order = {"repo": REPO, "title": title, "body": body, "labels": list(labels)}
        return int(self._control.post_issues(order)["number"])

    async def allow_issues(self) -> None:
        """It lets an App."""

    def delay_search(self, seconds: float) -> None:
        self.github.config["search_lag"] = seconds

    async def uninstall(self) -> None:
        self._control.post_installations_update({"id": 77, "repos": []})

    async def fail(self, kind: str, op: str, **details: Any) -> None:
        self._control.post_faults({"match": {"op": OPERATIONS[op]}, "kind": kind, **details})

    def count(self, op: str) -> int:
        return sum(call["op"] == OPERATIONS[op] for call in self.github.journal)

    def check(self) -> None:
        """No request broke a rule of GitHub's."""
        ours = ("request", "auth", "graphql", "unimplemented")
        assert [v for v in self.github.violations if v["kind"] in ours] == []


@cache
def load_strict() -> tuple[Any, Any] | str:
    """Its module and schemas, or why there are none."""
    data = os.environ.get("NIGHTSWATCH_DATA")
    file = Path(data or ".", "tools", "github_standin", "github_standin.py")
    if not data or not file.exists():
        return "NIGHTSWATCH_DATA names no strict GitHub"
    spec = importlib.util.spec_from_file_location("github_standin", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, kept = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        return f"the strict GitHub needs jsonschema and graphql-core: {error}"
    finally:
        sys.dont_write_bytecode = kept
    return module, module.Specs(str(file.parent / "specs"))


@asynccontextmanager
async def open_hub(kind: str) -> AsyncIterator[Hub]:
    """A GitHub for one test; skips where it is not at hand."""
    clock = SwiftClock()
    if kind == "demo":
        demo = DemoHub(clock)
        await demo.demo.start()
        try:
            yield demo
        finally:
            await demo.demo.stop()
        return
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    strict = StrictHub(*loaded, clock)
    await strict.github.start()
    try:
        yield strict
        await strict.github.drain()
        strict.check()
    finally:
        await strict.github.stop()


async def read_line(client: GitHubClient, where: Repository, branch: str = "main") -> list[Commit]:
    """The commits of a branch, tip first."""
    return [commit async for page in client.fetch_line(where, branch) for commit in page]
