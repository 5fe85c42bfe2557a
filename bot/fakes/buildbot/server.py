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
from typing import Any

from aiohttp import web

from bot.core.model.build_results import Result
from bot.fakes.buildbot.force import ForceRoutes, ForceScheduler, RpcError
from bot.fakes.buildbot.master import Master, Order
from bot.fakes.buildbot.rest import BuildbotRest
from bot.fakes.buildbot.script import BuildScript
from bot.fakes.http_server import ApiError, FakeHttpServer, Json, Route
from bot.fakes.webhook_sender import WebhookSender

Text = str | bytes


class FakeBuildbot(FakeHttpServer):
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
        asker: tuple[str, str] | None = None,
    ) -> None:
        """`login` makes it private: readers need the session that `/auth/login` gives.

        Everybody reads with `asker`; who wants builds needs its session.
        """
        self.push_url = push_url
        self.push_headers = dict(push_headers or {})
        self.pushes = WebhookSender()
        self.master = Master(repository, project)
        self._clock = clock
        self._login = login
        self.asker = asker
        self._sessions: set[str] = set()
        self.version = "4.3.0"
        self._revisions: dict[int, str | None] = {}
        self.force = ForceRoutes(self.master, clock, self._check_control, self._stop)
        rest = BuildbotRest(self.master, self._check_session)
        routes = [
            *rest.make_routes(),
            *self.force.make_routes(),
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
        scheduler: str = "branch-main",
        asked: str | None = None,
        reason: str | None = None,
        rebuilt: int | None = None,
        request: int | None = None,
        worker: str | None = None,
        complete_at: datetime | None = None,
        seconds: float = 60,
        push: bool = True,
        **script: Any,
    ) -> int:
        """A whole build, start to finish, which ended at `complete_at` or now; its buildid.

        `step` decides the result and owns `log`; builds that fail in `git` got no revision.
        More of how it went is told by the fields of `BuildScript`: `skipped`, `beside`, `boom`, ….
        `killed` is Buildbot's own line in the log, `command timed out: …`. `request` is the
        buildrequestid of a build that Buildbot retried. A forced build has `scheduler="force"`
        and a `reason`; a rebuilt one has the buildid of the other as `rebuilt`.
        """
        order = Order(self._builderid(builder), revision, branch, scheduler, asked, reason, rebuilt)
        more = {name: _decode(text) for name, text in (logs or {}).items()}
        course = BuildScript(Result(result), step, _decode(log), more, killed, **script)
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
        return await self._start(order, BuildScript(), self._clock(), request, worker, push=push)

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
        self.master.courses[buildid] = BuildScript(Result(result), step, _decode(log), {}, killed)
        await self._finish(buildid, self._clock(), push=push)

    # ------------------------------------------------------------ what was asked for

    def add_force_scheduler(self, name: str = "nightswatch", **how: Any) -> None:
        """One of master.cfg; `how` are fields of `ForceScheduler`."""
        how.setdefault("repository", self.master.repository + ".git")
        self.force.schedulers[name] = ForceScheduler(name, **how)

    def waiting(self) -> list[tuple[int, str, str | None]]:
        """(buildrequestid, builder, revision) of what was asked for, and was not begun."""
        rows = [self.master.buildrequests[number] for number in self.force.forced]
        return [
            (
                row["buildrequestid"],
                self.master.builders[row["builderid"]]["name"],
                self.master.orders[row["buildrequestid"]].revision,
            )
            for row in rows
            if not row["claimed"] and not row["complete"]
        ]

    async def answer(self, request: int, **how: Any) -> int:
        """A build of what was asked for, start to finish, as `build` has it; its buildid."""
        order = self.master.orders[request]
        builder = self.master.builders[order.builderid]["name"]
        how |= {"branch": order.branch, "scheduler": order.scheduler, "request": request}
        return await self.build(builder, order.revision, **how)

    def merge_request(self, request: int) -> None:
        """Buildbot had another build do for this one, too."""
        self.master.complete_request(request, Result.SKIPPED, self._clock())

    def request_of(self, buildid: int) -> int:
        """The buildrequestid of a build, for the build that repeats it."""
        return int(self.master.builds[buildid]["buildrequestid"])

    def hide_logs(self, buildid: int) -> None:
        """The logs of a build are still listed, but can be read no more."""
        for step in self.master.steps_of[buildid]:
            self.master.hidden_logs |= {log["logid"] for log in self.master.logs_of[step["stepid"]]}

    def empty_logs(self, buildid: int) -> None:
        """Buildbot's LogChunksJanitor came: the logs are listed with their lines, and hold none."""
        for step in self.master.steps_of[buildid]:
            for log in self.master.logs_of[step["stepid"]]:
                log["type"] = "d"
                self.master.lines[log["logid"]] = ()

    def forget_build(self, buildid: int) -> None:
        """The build was pruned: nobody finds it any more."""
        del self.master.builds[buildid]

    def _builderid(self, name: str) -> int:
        return int(self.master.find_builder(name)["builderid"])

    async def _start(
        self,
        order: Order,
        course: BuildScript,
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

    async def _stop(self, request: int) -> None:
        """End what runs for a request."""
        for build in self.master.builds.values():
            if build["buildrequestid"] == request and not build["complete"]:
                stopped = BuildScript(Result.CANCELLED)
                self.master.courses[build["buildid"]] = stopped
                await self._finish(build["buildid"], self._clock(), push=True)
                return

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

    @property
    def _known_login(self) -> tuple[str, str] | None:
        return self._login or self.asker

    def _is_known(self, request: web.Request) -> bool:
        return request.cookies.get("TWISTED_SESSION") in self._sessions

    async def _handle_config(self, request: web.Request) -> web.StreamResponse:
        """What the pages are told; open to all, as Buildbot's is.

        Who is logged in has a name, and no `anonymous` beside it.
        """
        name = (self._known_login or ("",))[0]
        user = {"username": name, "email": name} if self._is_known(request) else {"anonymous": True}
        versions = [["Python", "3.11.2"], ["Buildbot", self.version], ["Twisted", "25.5.0"]]
        page = {"titleURL": self.url, "versions": versions, "user": user}
        return web.Response(text=json.dumps(page), content_type="text/html")

    def _check_control(self, request: web.Request) -> None:
        if self._known_login and not self._is_known(request):
            raise RpcError(403, "you need to have role 'askers'")

    async def _handle_login(self, request: web.Request) -> web.StreamResponse:
        """Sets the cookie twice, as Buildbot does; only the last one is logged in."""
        user, password = self._known_login or ("", "")
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
    if isinstance(refusal, RpcError):
        return refusal.render()
    body = json.dumps({"error": refusal.message})
    return web.Response(status=refusal.status, text=body, content_type="text/plain")


def _decode(text: Text) -> str:
    """Workers decode what commands print before they send it; odd bytes become U+FFFD."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
