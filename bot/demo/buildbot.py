"""A small Buildbot on loopback: scripted builds behind the real REST API, pushed as they happen.

Input: builders, and one call for each build that should have happened. Output: `url` for a client,
and `HttpStatusPush` posts for a door, sent once and never again.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from aiohttp import web

from bot.core.results import Result
from bot.demo.buildbot_rest import BuildbotRest
from bot.demo.course import Course
from bot.demo.loopback import ApiError, Json, Loopback, Route
from bot.demo.master import Master, Order
from bot.demo.outbox import Outbox

Text = str | bytes


class DemoBuildbot(Loopback):
    """One master; its time is the clock that it is given, in whole seconds like Buildbot's.

    The REST API is at `<url>/api/v2`. `count(op)` tells how often an endpoint was asked (`builds`,
    `build`, `build-steps`, `step-logs`, `log-raw`, …); `pushes` is what goes out, and how.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        push_url: str | None = None,
        push_headers: Mapping[str, str] | None = None,
        repository: str = "https://github.com/octo-org/demo",
        project: str = "octo-org/demo",
        login: tuple[str, str] | None = None,
    ) -> None:
        """`login` makes it private: readers need the session that `/auth/login` gives."""
        self.push_url = push_url
        self.push_headers = dict(push_headers or {})
        self.pushes = Outbox()
        self.master = Master(repository, project)
        self._clock = clock
        self._login = login
        self._sessions: set[str] = set()
        self.version = "4.3.0"
        self._revisions: dict[int, str | None] = {}
        rest = BuildbotRest(self.master, self._check_session)
        routes = [
            *rest.make_routes(),
            Route("GET", "/auth/login", "login", self._handle_login),
            Route("GET", "/config", "config", self._handle_config),
            Route("GET", "/", "page", _handle_page),
        ]
        super().__init__(routes, render_error=_render_error)

    async def stop(self) -> None:
        """Go for good; pushes on their way are dropped."""
        await self.pushes.close()
        await super().stop()

    # ------------------------------------------------------------ builders and builds

    def add_builder(
        self, name: str, *, tags: Sequence[str] = ("stable",), worker: str | None = None
    ) -> int:
        """A builder, with a worker named after it unless one is given; its builderid."""
        return self.master.add_builder(name, tags, worker or f"wk-{name.lower().replace(' ', '-')}")

    async def build(
        self,
        builder: str,
        revision: str | None,
        *,
        branch: str | None = "main",
        result: Result | int = Result.FAILURE,
        log: Text = "",
        step: str = "test",
        logs: Mapping[str, Text] | None = None,
        killed: str | None = None,
        skipped: Sequence[str] = (),
        scheduler: str = "branch-main",
        asked: str | None = None,
        reason: str | None = None,
        rebuilt: int | None = None,
        request: int | None = None,
        worker: str | None = None,
        complete_at: datetime | None = None,
        seconds: float = 60,
        push: bool = True,
    ) -> int:
        """A whole build, start to finish, which ended at `complete_at` or now; its buildid.

        `step` decides the result and owns `log`; builds that fail in `git` got no revision.
        Steps that are `skipped` did not run. `killed` is Buildbot's own line in the log,
        `command timed out: …`. `request` is the buildrequestid of a build that Buildbot retried.
        A forced build has `scheduler="force"` and a `reason`; a rebuilt one has the buildid of
        the other as `rebuilt`.
        """
        order = Order(self._builderid(builder), revision, branch, scheduler, asked, reason, rebuilt)
        more = {name: _decode(text) for name, text in (logs or {}).items()}
        course = Course(Result(result), step, _decode(log), more, killed, skipped=skipped)
        end = complete_at or self._clock()
        begin = end - timedelta(seconds=seconds)
        buildid = await self._start(order, course, begin, request, worker, push=push)
        await self._finish(buildid, end, push=push)
        return buildid

    async def start_build(
        self,
        builder: str,
        revision: str | None,
        *,
        branch: str | None = "main",
        scheduler: str = "branch-main",
        request: int | None = None,
        worker: str | None = None,
        push: bool = True,
    ) -> int:
        """A build that begins now and runs until `finish_build`, or for ever; its buildid."""
        order = Order(self._builderid(builder), revision, branch, scheduler)
        return await self._start(order, Course(), self._clock(), request, worker, push=push)

    async def finish_build(
        self,
        buildid: int,
        *,
        result: Result | int = Result.SUCCESS,
        log: Text = "",
        step: str = "test",
        killed: str | None = None,
        push: bool = True,
    ) -> None:
        """A running build ends now."""
        self.master.courses[buildid] = Course(Result(result), step, _decode(log), {}, killed)
        await self._finish(buildid, self._clock(), push=push)

    def request_of(self, buildid: int) -> int:
        """The buildrequestid of a build, for the build that repeats it."""
        return int(self.master.builds[buildid]["buildrequestid"])

    def hide_logs(self, buildid: int) -> None:
        """The logs of a build are still listed, but can be read no more."""
        for step in self.master.steps_of[buildid]:
            self.master.hidden_logs |= {log["logid"] for log in self.master.logs_of[step["stepid"]]}

    def forget_build(self, buildid: int) -> None:
        """The build was pruned: nobody finds it any more."""
        del self.master.builds[buildid]

    def _builderid(self, name: str) -> int:
        return int(self.master.find_builder(name)["builderid"])

    async def _start(
        self,
        order: Order,
        course: Course,
        at: datetime,
        request: int | None,
        worker: str | None,
        *,
        push: bool,
    ) -> int:
        buildid = self.master.start_build(order, course, at, request=request, worker=worker)
        self._revisions[buildid] = order.revision
        await self._push(buildid, wanted=push)
        return buildid

    async def _finish(self, buildid: int, at: datetime, *, push: bool) -> None:
        self.master.finish_build(buildid, self._revisions.pop(buildid), at)
        await self._push(buildid, wanted=push)

    async def _push(self, buildid: int, *, wanted: bool) -> None:
        if wanted and self.push_url is not None:
            await self.pushes.post(
                self.push_url,
                json.dumps(self.make_push(buildid)).encode(),
                {"Content-Type": "application/json", **self.push_headers},
            )

    def make_push(self, buildid: int) -> Json:
        """What `HttpStatusPush` says of a build now."""
        page = self.master.builds[buildid]
        where = f"{self.url}/#/builders/{page['builderid']}/builds/{page['number']}"
        return {**self.master.make_push(buildid), "url": where}

    # ------------------------------------------------------------ a private master

    def _check_session(self, request: web.Request) -> None:
        if self._login and not self._is_known(request):
            raise ApiError(403, "you need to have role 'people'")

    def _is_known(self, request: web.Request) -> bool:
        return request.cookies.get("TWISTED_SESSION") in self._sessions

    async def _handle_config(self, request: web.Request) -> web.StreamResponse:
        """What the pages are told; open to all, as Buildbot's is."""
        user = {"anonymous": not self._is_known(request)}
        versions = [["Python", "3.11.2"], ["Buildbot", self.version], ["Twisted", "25.5.0"]]
        page = {"titleURL": self.url, "versions": versions, "user": user}
        return web.Response(text=json.dumps(page), content_type="text/html")

    async def _handle_login(self, request: web.Request) -> web.StreamResponse:
        """Sets the cookie twice, as Buildbot does; only the last one is logged in."""
        user, password = self._login or ("", "")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {token}":
            raise ApiError(401, "Unauthorized")
        session = secrets.token_hex(8)
        self._sessions.add(session)
        answer = web.Response(status=302, headers={"Location": f"{self.url}/"})
        for value in ("stale", session):
            answer.headers.add("Set-Cookie", f"TWISTED_SESSION={value}; Path=/; HttpOnly")
        return answer


async def _handle_page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<title>Demo Buildbot</title>", content_type="text/html")


def _render_error(refusal: ApiError) -> web.Response:
    body = json.dumps({"error": refusal.message})
    return web.Response(status=refusal.status, text=body, content_type="text/plain")


def _decode(text: Text) -> str:
    """Workers decode what commands print before they send it; odd bytes become U+FFFD."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
