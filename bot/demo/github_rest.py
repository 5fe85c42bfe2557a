"""The REST front of the small GitHub: who calls, what they may, and what there is.

Input: repositories and a doorkeeper. Output: routes for the loopback server, each named for the
journal and for faults. Writes are told to `on_comment`, so that webhooks can follow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.demo.github_auth import Caller, CallerKind, Doorkeeper
from bot.demo.github_door import STALE, GitHubDoor, Paged, Work, make_page, read_comment, read_json
from bot.demo.github_graphql import answer_query
from bot.demo.github_hooks import installation_id
from bot.demo.github_json import (
    make_comment,
    make_commit,
    make_file,
    make_issue,
    make_pull,
    make_repository,
    make_time,
    make_user,
)
from bot.demo.loopback import ApiError, Json, Route
from bot.demo.repository import DemoComment, DemoRepository

OnComment = Callable[[str, DemoComment, DemoRepository, str], None]


class GitHubRest(GitHubDoor):
    """The routes, over state that others change too."""

    def __init__(
        self,
        repositories: dict[str, DemoRepository],
        door: Doorkeeper,
        clock: Callable[[], datetime],
        on_comment: OnComment,
    ) -> None:
        super().__init__(repositories, door, clock)
        self._on_comment = on_comment

    def make_routes(self) -> list[Route]:
        """Every endpoint, by op."""
        here = "/repos/{owner}/{name}"
        issue, comment = here + "/issues/{number:\\d+}", here + "/issues/comments/{comment:\\d+}"
        pull, app = here + "/pulls/{number:\\d+}", CallerKind.APP
        table: tuple[tuple[str, str, str, Work, CallerKind | None], ...] = (
            ("GET", "/app", "app", self._app, app),
            ("GET", "/app/installations", "installations", self._installations, app),
            ("GET", here + "/installation", "repository-installation", self._installation, app),
            ("POST", "/app/installations/{id:\\d+}/access_tokens", "token", self._token, app),
            ("GET", "/user", "user", self._user, None),
            ("GET", "/rate_limit", "rate-limit", self._rate_limit, None),
            ("GET", "/installation/repositories", "repositories", self._mine, None),
            ("GET", here, "repository", self._repository, None),
            ("GET", "/repositories/{id:\\d+}", "repository-by-id", self._repository, None),
            ("GET", here + "/branches/{branch:.+}", "branch", self._branch, None),
            ("GET", here + "/commits", "commits", self._commits, None),
            ("GET", here + "/commits/{ref}", "commit", self._commit, None),
            ("GET", here + "/commits/{ref}/pulls", "commit-pulls", self._commit_pulls, None),
            ("GET", here + "/compare/{base}...{head}", "compare", self._compare, None),
            ("GET", pull, "pull", self._pull, None),
            ("GET", pull + "/files", "pull-files", self._pull_files, None),
            ("GET", issue, "issue", self._issue, None),
            ("GET", issue + "/comments", "comments", self._comments, None),
            ("POST", issue + "/comments", "post-comment", self._post_comment, None),
            ("GET", comment, "comment", self._comment, None),
            ("PATCH", comment, "edit-comment", self._edit_comment, None),
            ("DELETE", comment, "delete-comment", self._delete_comment, None),
            ("POST", "/graphql", "graphql", self._graphql, None),
        )
        return [
            Route(method, path, op, self.guard(work, kind))
            for method, path, op, work, kind in table
        ]

    # ------------------------------------------------------------ who am I

    async def _app(self, _request: web.Request, _caller: Caller) -> Json:
        return {"id": self._door.app_id, "slug": self._door.slug, "name": self._door.slug}

    async def _installations(self, _request: web.Request, _caller: Caller) -> list[Json]:
        owners = sorted({r.owner for r in self._repositories.values() if r.installed})
        return [self._make_installation(owner) for owner in owners]

    async def _installation(self, request: web.Request, _caller: Caller) -> Json:
        return self._make_installation(self._find(request).owner)

    def _make_installation(self, owner: str) -> Json:
        account = {**make_user(owner), "type": "Organization"}
        return {"id": installation_id(owner), "account": account, "app_id": self._door.app_id}

    async def _token(self, request: web.Request, _caller: Caller) -> Json:
        wanted = int(request.match_info["id"])
        owners = {r.owner for r in self._repositories.values() if r.installed}
        for owner in owners:
            if installation_id(owner) == wanted:
                token, end = self._door.grant(owner)
                return {"token": token, "expires_at": make_time(end), "permissions": {}}
        raise ApiError(404, "Not Found")

    async def _user(self, _request: web.Request, caller: Caller) -> Json:
        if caller.kind is CallerKind.INSTALLATION:
            raise ApiError(403, "Resource not accessible by integration")
        return make_user(caller.login)

    async def _rate_limit(self, _request: web.Request, _caller: Caller) -> Json:
        core = {"limit": self.limit, "used": self._used, "remaining": self.limit - self._used}
        return {"resources": {"core": core}, "rate": core}

    async def _mine(self, request: web.Request, _caller: Caller) -> Json:
        known = {r.repo_id: r for r in self._repositories.values() if r.installed}
        named = [make_repository(r, self._url(request)) for r in known.values()]
        return {"total_count": len(named), "repositories": named}

    # ------------------------------------------------------------ repositories, commits, pulls

    async def _repository(self, request: web.Request, _caller: Caller) -> Json:
        return make_repository(self._find(request), self._url(request))

    async def _branch(self, request: web.Request, _caller: Caller) -> Json:
        repository, name = self._find(request), request.match_info["branch"]
        if name not in repository.history.branches:
            raise ApiError(404, "Branch not found")
        commit = repository.history.commits[repository.tip(name)]
        return {"name": name, "commit": make_commit(commit, repository, self._url(request))}

    async def _commits(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        start = repository.history.find(request.query.get("sha", repository.default_branch))
        if start is None:
            raise ApiError(404, "Not Found")
        walked = repository.history.walk(start.sha)
        return [make_commit(commit, repository, self._url(request)) for commit in walked]

    async def _commit(self, request: web.Request, _caller: Caller) -> Paged:
        """With its files: 300 a page, the further ones behind a `Link` as GitHub gives them."""
        repository = self._find(request)
        commit = self._find_commit(request, repository, "ref")
        page = make_page(request, [make_file(path) for path in commit.files], 300)
        named = make_commit(commit, repository, self._url(request))
        return Paged({**named, "files": page.result}, page.link)

    async def _commit_pulls(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        commit = self._find_commit(request, repository, "ref")
        url = self._url(request)
        return [make_pull(pull, repository, url) for pull in repository.pulls_of(commit.sha)]

    async def _compare(self, request: web.Request, _caller: Caller) -> Json:
        repository = self._find(request)
        base = self._find_commit(request, repository, "base")
        head = self._find_commit(request, repository, "head")
        ahead = repository.history.between(base.sha, head.sha)
        behind = repository.history.between(head.sha, base.sha)
        status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
        paths = dict.fromkeys(path for commit in ahead for path in commit.files)
        return {
            "status": status.get((bool(ahead), bool(behind)), "diverged"),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [make_commit(c, repository, self._url(request)) for c in ahead],
            "files": [make_file(path) for path in paths],
        }

    async def _pull(self, request: web.Request, _caller: Caller) -> Json:
        repository = self._find(request)
        return make_pull(self._find_pull(request, repository), repository, self._url(request))

    async def _pull_files(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        pull = self._find_pull(request, repository)
        return [make_file(path) for path in repository.files_of(pull)]

    async def _issue(self, request: web.Request, _caller: Caller) -> Json:
        repository = self._find(request)
        return make_issue(self._find_pull(request, repository), repository, self._url(request))

    # ------------------------------------------------------------ comments

    async def _comments(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        pull = self._find_pull(request, repository)
        comments = repository.comments_of(pull.number)
        if request.get(STALE, False):
            comments = comments[:-1]
        return [make_comment(c, repository, self._url(request)) for c in comments]

    async def _post_comment(self, request: web.Request, caller: Caller) -> Json:
        repository = self._find(request)
        pull = self._find_pull(request, repository)
        body = await read_comment(request)
        if pull.locked:
            raise ApiError(403, "Unable to create comment because issue is locked.")
        comment = repository.add_comment(pull.number, caller.login, body, self._clock())
        self._on_comment("created", comment, repository, caller.login)
        return make_comment(comment, repository, self._url(request))

    async def _comment(self, request: web.Request, _caller: Caller) -> Json:
        repository, comment = self._find_comment(request)
        return make_comment(comment, repository, self._url(request))

    async def _edit_comment(self, request: web.Request, caller: Caller) -> Json:
        repository, comment = self._find_comment(request)
        comment.bodies.append(await read_comment(request))
        comment.updated_at = self._clock()
        self._on_comment("edited", comment, repository, caller.login)
        return make_comment(comment, repository, self._url(request))

    async def _delete_comment(self, request: web.Request, caller: Caller) -> None:
        repository, comment = self._find_comment(request)
        comment.deleted = True
        self._on_comment("deleted", comment, repository, caller.login)

    async def _graphql(self, request: web.Request, caller: Caller) -> Json:
        body = await read_json(request)
        return answer_query(body, self.find, caller.login, self._clock())
