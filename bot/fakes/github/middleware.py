"""What every answer of the small GitHub has in common: who calls, limits, ETags, pages, renames.

Input: a request. Output: the repository, pull, comment or commit that it names, or GitHub's
refusal; and the work's result as an answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.fakes.github.auth import Caller, CallerKind, FakeTokens
from bot.fakes.github.git_graph import DemoCommit
from bot.fakes.github.repository import DemoComment, DemoPull, DemoRepository
from bot.fakes.http_server import ApiError, Handler, Json

_LONGEST_COMMENT = 65_536
_DEPRECATED_FOR = timedelta(days=730)  # before its end
_VISITED = re.compile(r"/user|/repositories/\d+|/repos/[^/]+/[^/]+")  # all that visitors are shown
STALE = web.RequestKey("stale", bool)
"""Set on a request whose answer must not show the newest comment yet."""

Work = Callable[[web.Request, Caller], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Paged:
    """A result and the `Link` header to its further pages."""

    result: Any
    link: str


class GitHubMiddleware:
    """The way in to every endpoint."""

    def __init__(
        self,
        repositories: dict[str, DemoRepository],
        door: FakeTokens,
        clock: Callable[[], datetime],
    ) -> None:
        """`repositories` is by every full name that ever held, in small letters."""
        self._repositories = repositories
        self._door = door
        self._clock = clock
        self._used = 0
        self.limit = 5000
        self.sunset: datetime | None = None  # when the version that is asked for comes to its end

    def guard(self, work: Work, kind: CallerKind | None) -> Handler:
        """A handler that lets in who may; `kind` APP wants the JWT, None anything but it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if "User-Agent" not in request.headers:
                raise ApiError(403, "Request forbidden by administrative rules.")
            caller = self._door.identify(request.headers.get("Authorization"))
            if (caller.kind is CallerKind.APP) is not (kind is CallerKind.APP):
                raise ApiError(401, "A JSON web token could not be decoded")
            if caller.kind is CallerKind.VISITOR and not _VISITED.fullmatch(request.path):
                raise ApiError(403, "Resource not accessible by integration")
            self._count()
            ended = self.sunset is not None and self.sunset <= self._clock()
            if ended and request.path != "/graphql":  # which has no versions
                raise ApiError(410, "This version of the API has ended", self._make_sunset())
            return self._answer(request, await work(request, caller))

        return handle

    # ------------------------------------------------------------ limits, answers, pages

    def _count(self) -> None:
        if self._used >= self.limit:
            raise ApiError(403, "API rate limit exceeded.", self.make_limits())
        self._used += 1

    def make_limits(self) -> dict[str, str]:
        """The headers that tell what is left; a window never ends while a test runs."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "X-RateLimit-Used": str(self._used),
            "X-RateLimit-Reset": str(int(self._clock().timestamp()) + 3600),
            "X-RateLimit-Resource": "core",
        }

    def _make_sunset(self) -> dict[str, str]:
        """What an answer says where the version that was asked for comes to its end."""
        if self.sunset is None:
            return {}
        begun = int((self.sunset - _DEPRECATED_FOR).timestamp())
        return {"Deprecation": f"@{begun}", "Sunset": format_datetime(self.sunset, usegmt=True)}

    def _answer(self, request: web.Request, result: Any) -> web.Response:
        """A 200 with an ETag, or 304 where the caller has it; 201 and 204 for what was changed."""
        status = {"POST": 201, "DELETE": 204}.get(request.method, 200)
        if request.path == "/graphql":
            status = 200
        if request.path.endswith("/attempts"):
            status = 202
        headers = self.make_limits() | self._make_sunset()
        if isinstance(result, list):
            size = min(100, max(1, int(request.query.get("per_page", 30))))
            result = make_page(request, result, size)
        if isinstance(result, Paged):
            headers |= {"Link": result.link} if result.link else {}
            result = result.result
        body = b"" if status == 204 else json.dumps(result, ensure_ascii=False).encode()
        if request.method == "GET":
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            if request.headers.get("If-None-Match") == headers["ETag"]:
                self._used -= 1
                return web.Response(status=304, headers=headers)
        return web.Response(
            status=status, body=body, headers=headers, content_type="application/json"
        )

    def _url(self, request: web.Request) -> str:
        return str(request.url.origin())

    # ------------------------------------------------------------ finding things

    def find(self, full_name: str) -> DemoRepository | None:
        """By any name it ever had; None where the App is not installed."""
        found = self._repositories.get(full_name.lower())
        return found if found is not None and found.installed else None

    def find_comment(self, node_id: str) -> DemoComment | None:
        """By its node id, in any repository that we may see."""
        number = node_id.removeprefix("IC_")
        for repository in self._repositories.values():
            comment = repository.comments.get(int(number)) if number.isdecimal() else None
            if comment is not None and repository.installed and not comment.deleted:
                return comment
        return None

    def find_pull(self, node_id: str) -> tuple[DemoRepository, DemoPull] | None:
        """By its node id, in any repository that we may see."""
        for repository in self._repositories.values():
            for pull in repository.pulls.values():
                if f"PR_{pull.pull_id}" == node_id and repository.installed:
                    return repository, pull
        return None

    def _find(self, request: web.Request) -> DemoRepository:
        if "id" in request.match_info:
            wanted = int(request.match_info["id"])
            known = (r for r in self._repositories.values() if r.repo_id == wanted and r.installed)
            found = next(known, None)
        else:
            found = self.find("{owner}/{name}".format(**request.match_info))
            self._redirect_renamed(request, found)
        if found is None:
            raise ApiError(404, "Not Found")
        return found

    def _redirect_renamed(self, request: web.Request, found: DemoRepository | None) -> None:
        asked = "{owner}/{name}".format(**request.match_info)
        if found is None or found.full_name.lower() == asked.lower():
            return
        rest = request.path.partition(asked)[2]
        there = f"{self._url(request)}/repositories/{found.repo_id}{rest}"
        status = 301 if request.method == "GET" else 307
        raise ApiError(status, "Moved Permanently", {"Location": there})

    def _find_pull(self, request: web.Request, repository: DemoRepository) -> DemoPull:
        pull = repository.pulls.get(int(request.match_info["number"]))
        if pull is None:
            raise ApiError(404, "Not Found")
        if pull.deleted:
            raise ApiError(410, "This issue was deleted")
        return pull

    def _find_comment(self, request: web.Request) -> tuple[DemoRepository, DemoComment]:
        repository = self._find(request)
        comment = repository.comments.get(int(request.match_info["comment"]))
        if comment is None or comment.deleted:
            raise ApiError(404, "Not Found")
        return repository, comment

    def _find_commit(
        self, request: web.Request, repository: DemoRepository, name: str
    ) -> DemoCommit:
        commit = repository.history.find(request.match_info[name])
        if commit is None:
            raise ApiError(422, f"No commit found for SHA: {request.match_info[name]}")
        return commit


async def read_json(request: web.Request) -> Json:
    """The body, an object; GitHub's 400 where it is not."""
    try:
        body = await request.json()
    except ValueError as error:
        raise ApiError(400, "Problems parsing JSON") from error
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


async def read_comment(request: web.Request) -> str:
    """The text of a comment; GitHub's 422 where it is none."""
    body = (await read_json(request)).get("body")
    if not isinstance(body, str) or not body.strip():
        raise ApiError(422, "Validation Failed: Body cannot be blank")
    if len(body) > _LONGEST_COMMENT:
        raise ApiError(422, "Validation Failed: Body is too long (maximum is 65536 characters)")
    return body


def make_page(request: web.Request, items: list[Json], size: int) -> Paged:
    """The page that was asked for."""
    page = max(1, int(request.query.get("page", 1)))
    last = max(1, -(-len(items) // size))
    places = {"next": page + 1, "last": last} if page < last else {}
    places |= {"prev": page - 1, "first": 1} if page > 1 else {}
    links = (
        f'<{request.url.update_query(page=str(number))}>; rel="{name}"'
        for name, number in places.items()
    )
    return Paged(items[(page - 1) * size : page * size], ", ".join(links))
