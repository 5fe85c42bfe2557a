"""The REST front of the small GitHub: who calls, what they may, and what there is.

Input: repositories and a doorkeeper. Output: routes for the loopback server, each named for the
journal and for faults. Writes are told to `on_comment`, so that webhooks can follow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.fakes.github.auth import Caller, CallerKind, FakeTokens
from bot.fakes.github.graphql import Site, answer_query
from bot.fakes.github.issues import IssueRoutes
from bot.fakes.github.middleware import (
    STALE,
    Paged,
    Work,
    make_page,
    read_comment,
    read_json,
)
from bot.fakes.github.repository import DemoComment, DemoRepository
from bot.fakes.github.serializers import (
    make_comment,
    make_commit,
    make_file,
    make_pull,
    make_repository,
    make_time,
    make_user,
)
from bot.fakes.github.webhooks import installation_id, make_delivery
from bot.fakes.http_server import ApiError, Json, Route
from bot.fakes.webhook_sender import WebhookSender

_ATTEMPTS = "/app/hook/deliveries/{id:\\d+}/attempts"
# https://docs.github.com/en/rest/reactions/reactions
REACTIONS = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})

OnComment = Callable[[str, DemoComment, DemoRepository, str], None]


class GitHubRest(IssueRoutes):
    """The routes, over state that others change too."""

    def __init__(
        self,
        repositories: dict[str, DemoRepository],
        door: FakeTokens,
        clock: Callable[[], datetime],
        on_comment: OnComment,
    ) -> None:
        super().__init__(repositories, door, clock)
        self._on_comment = on_comment
        self.events: tuple[str, ...] = ("issue_comment", "pull_request", "push")
        self.suspended = False
        self.ghosts: set[str] = set()  # accounts that are gone
        self.hook_url: str | None = None
        self.hooks = WebhookSender()  # the deliveries, as they went out

    def make_routes(self) -> list[Route]:
        """Every endpoint, by op; those of a repository also by its number, where renames lead."""
        here, by_id = "/repos/{owner}/{name}", "/repositories/{id:\\d+}"
        issue, comment = here + "/issues/{number:\\d+}", here + "/issues/comments/{comment:\\d+}"
        role = here + "/collaborators/{login}/permission"
        notes = here + "/commits/{ref}/comments"
        pull, app = here + "/pulls/{number:\\d+}", CallerKind.APP
        table: tuple[tuple[str, str, str, Work, CallerKind | None], ...] = (
            ("GET", "/app", "app", self._app, app),
            ("GET", "/app/hook/config", "hook-config", self._hook_config, app),
            ("GET", "/app/hook/deliveries", "hook-deliveries", self._hook_deliveries, app),
            ("POST", _ATTEMPTS, "redeliver", self._redeliver, app),
            ("GET", "/rate_limit", "rate-limit", self._rate_limit, None),
            ("GET", here + "/installation", "repository-installation", self._installation, app),
            ("POST", "/app/installations/{id:\\d+}/access_tokens", "token", self._token, app),
            ("GET", "/user", "user", self._user, None),
            ("GET", here, "repository", self._repository, None),
            ("GET", here + "/branches/{branch:.+}", "branch", self._branch, None),
            ("GET", here + "/commits", "commits", self._commits, None),
            ("GET", here + "/commits/{ref}", "commit", self._commit, None),
            ("GET", here + "/contents/{path:.+}", "file", self._file, None),
            ("GET", notes, "commit-comments", self._commit_comments, None),
            ("POST", notes, "post-commit-comment", self._post_commit_comment, None),
            ("GET", pull, "pull", self._pull, None),
            ("GET", here + "/issues", "issues", self._issues, None),
            ("POST", here + "/issues", "create-issue", self._create_issue, None),
            ("GET", issue, "issue", self._issue, None),
            ("PATCH", issue, "edit-issue", self._edit_issue, None),
            ("GET", "/search/issues", "search", self._search, None),
            ("GET", issue + "/comments", "comments", self._comments, None),
            ("POST", issue + "/comments", "post-comment", self._post_comment, None),
            ("GET", here + "/issues/comments", "all-comments", self._all_comments, None),
            ("GET", comment, "comment", self._comment, None),
            ("PATCH", comment, "edit-comment", self._edit_comment, None),
            ("POST", comment + "/reactions", "react", self._react, None),
            ("GET", role, "role", self._role, None),
            ("DELETE", comment, "delete-comment", self._delete_comment, None),
            ("POST", "/graphql", "graphql", self._graphql, None),
        )
        return [
            Route(method, way, op, self.guard(work, kind))
            for method, path, op, work, kind in table
            for way in dict.fromkeys((path, path.replace(here, by_id)))
        ]

    # ------------------------------------------------------------ who am I

    async def _app(self, _request: web.Request, _caller: Caller) -> Json:
        named = {"id": self._door.app_id, "slug": self._door.slug, "name": self._door.slug}
        return {**named, "permissions": self.permissions, "events": list(self.events)}

    async def _hook_config(self, _request: web.Request, _caller: Caller) -> Json:
        masked = {"content_type": "json", "insecure_ssl": "0", "secret": "********"}
        return {**masked, "url": self.hook_url or ""}

    async def _hook_deliveries(self, _request: web.Request, _caller: Caller) -> list[Json]:
        """Newest first."""
        return [make_delivery(number, sent) for number, sent in enumerate(self.hooks.sent, 1)][::-1]

    async def _redeliver(self, request: web.Request, _caller: Caller) -> Json:
        """The same bytes under the same GUID; the answer does not wait for it."""
        number = int(request.match_info["id"])
        if number > len(self.hooks.sent):
            raise ApiError(404, "Not Found")
        self.hooks.spawn(self.hooks.repeat(number - 1, self.hook_url))
        return {}

    async def _rate_limit(self, _request: web.Request, _caller: Caller) -> Json:
        left = {"limit": self.limit, "remaining": self.limit - self._used, "used": self._used}
        core = {**left, "reset": int(self._clock().timestamp()) + 3600}
        return {"resources": {"core": core}, "rate": core}

    async def _installation(self, request: web.Request, _caller: Caller) -> Json:
        return self._make_installation(self._find(request).owner)

    def _make_installation(self, owner: str) -> Json:
        account = {**make_user(owner), "type": "Organization"}
        named = {"id": installation_id(owner), "account": account, "app_id": self._door.app_id}
        suspended = make_time(self._clock()) if self.suspended else None
        given = {"permissions": self.permissions, "events": list(self.events)}
        return {**named, **given, "suspended_at": suspended}

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

    # ------------------------------------------------------------ repositories, commits, pulls

    async def _repository(self, request: web.Request, caller: Caller) -> Json:
        repository = self._find(request)
        is_strange = caller.kind is CallerKind.VISITOR and not repository.shows(caller.login)
        if is_strange:  # that it exists is private, too
            raise ApiError(404, "Not Found")
        return make_repository(repository, self._url(request))

    async def _branch(self, request: web.Request, _caller: Caller) -> Json:
        repository, name = self._find(request), request.match_info["branch"]
        if name not in repository.history.branches:
            raise ApiError(404, "Branch not found")
        commit = repository.history.commits[repository.tip(name)]
        return {"name": name, "commit": make_commit(commit, repository, self._url(request))}

    async def _commit(self, request: web.Request, _caller: Caller) -> Paged:
        """With its files: 300 a page, the further ones behind a `Link` as GitHub gives them."""
        repository = self._find(request)
        commit = self._find_commit(request, repository, "ref")
        page = make_page(request, [make_file(path) for path in commit.files], 300)
        named = make_commit(commit, repository, self._url(request))
        return Paged({**named, "files": page.result}, page.link)

    async def _pull(self, request: web.Request, _caller: Caller) -> Json:
        """As version 2026-03-10 answers, which tells no merge commit; webhooks still do."""
        repository = self._find(request)
        pull = make_pull(self._find_pull(request, repository), repository, self._url(request))
        return {name: value for name, value in pull.items() if name != "merge_commit_sha"}

    # ------------------------------------------------------------ comments

    async def _comments(self, request: web.Request, _caller: Caller) -> list[Json]:
        repository = self._find(request)
        comments = repository.comments_of(self._find_thing(request, repository).number)
        if request.get(STALE, False):
            comments = comments[:-1]
        return [make_comment(c, repository, self._url(request)) for c in comments]

    async def _all_comments(self, request: web.Request, _caller: Caller) -> list[Json]:
        """Of the whole repository, what changed since; oldest change first."""
        repository = self._find(request)
        since = datetime.fromisoformat(request.query.get("since", "1970-01-01T00:00:00Z"))
        found = [c for c in repository.comments.values() if not c.deleted]
        found = sorted((c for c in found if c.updated_at >= since), key=lambda c: c.updated_at)
        return [make_comment(c, repository, self._url(request)) for c in found]

    async def _post_comment(self, request: web.Request, caller: Caller) -> Json:
        repository = self._find(request)
        thing = self._find_thing(request, repository)
        body = await read_comment(request)
        if thing.locked:
            raise ApiError(403, "Unable to create comment because issue is locked.")
        comment = repository.add_comment(thing.number, caller.login, body, self._clock())
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

    async def _react(self, request: web.Request, caller: Caller) -> Json:
        """One reaction of a kind for each person, however often it is given."""
        _, comment = self._find_comment(request)
        content = (await read_json(request)).get("content")
        if content not in REACTIONS:
            raise ApiError(422, "Validation Failed")
        comment.reactions.add((caller.login, content))
        return {"id": 1, "user": make_user(caller.login), "content": content}

    async def _role(self, request: web.Request, _caller: Caller) -> Json:
        repository, login = self._find(request), request.match_info["login"]
        if login in self.ghosts:
            raise ApiError(404, f"{login} is not a user")
        role = repository.roles.get(login.lower(), "read")
        legacy = {"maintain": "write", "triage": "read"}.get(role, role)
        return {"permission": legacy, "role_name": role, "user": make_user(login)}

    async def _graphql(self, request: web.Request, caller: Caller) -> Json:
        body = await read_json(request)
        bound = caller.kind is CallerKind.INSTALLATION
        may_write = not bound or self.permissions.get("contents") == "write"
        found = (self.find, self.find_comment, self.find_pull)
        return answer_query(body, Site(*found, caller.login, self._clock(), may_write))
