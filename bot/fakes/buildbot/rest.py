"""Buildbot's REST API over the tables of a `Master`; only what people read, nothing that changes.

Input: a `Master`. Output: routes for the loopback server, each named for the journal.
Described at https://docs.buildbot.net/current/developer/rest.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from aiohttp import web

from bot.core.model.requests import REQUEST_PROPERTY
from bot.fakes.buildbot.master import Master
from bot.fakes.buildbot.resultspec import select, shape_one
from bot.fakes.http_server import ApiError, Handler, Json, Route

_API = "/api/v2"
Rows = Callable[[web.Request], Iterable[Json]]
Row = Callable[[web.Request], Json | None]


class BuildbotRest:
    """The routes; `allow` is asked before each answer and raises where login is needed."""

    def __init__(self, master: Master, allow: Callable[[web.Request], None]) -> None:
        self._master = master
        self._allow = allow

    def make_routes(self) -> list[Route]:
        """Every endpoint, by op."""
        return [*self._collections(), *self._singles(), *self._log_texts()]

    def _collections(self) -> Iterable[Route]:
        master = self._master
        tables: tuple[tuple[str, str, str, Rows], ...] = (
            ("builders", "/builders", "builders", lambda _: master.builders.values()),
            ("workers", "/workers", "workers", lambda _: master.workers.values()),
            ("masters", "/masters", "masters", lambda _: [master.describe()]),
            ("builds", "/builds", "builds", lambda _: master.builds.values()),
            ("builder-builds", "/builders/{builder}/builds", "builds", self._builds_of_builder),
            ("worker-builds", "/workers/{workerid}/builds", "builds", self._builds_of_worker),
            ("request-builds", "/buildrequests/{id}/builds", "builds", self._builds_of_request),
            ("build-steps", "/builds/{buildid}/steps", "steps", self._steps),
            ("step-logs", "/steps/{stepid}/logs", "logs", self._logs),
            ("build-step-logs", "/builds/{buildid}/steps/{step}/logs", "logs", self._logs),
            (
                "requests",
                "/buildrequests",
                "buildrequests",
                lambda _: master.buildrequests.values(),
            ),
            ("buildsets", "/buildsets", "buildsets", lambda _: master.buildsets.values()),
            (
                "sourcestamps",
                "/sourcestamps",
                "sourcestamps",
                lambda _: master.sourcestamps.values(),
            ),
            ("changes", "/changes", "changes", self._all_changes),
            ("build-changes", "/builds/{buildid}/changes", "changes", self._changes),
        )
        for op, path, plural, rows in tables:
            yield Route("GET", _API + path, op, self._make_collection(plural, rows))

    def _singles(self) -> Iterable[Route]:
        master = self._master
        tables: tuple[tuple[str, str, str, Row], ...] = (
            ("builder", "/builders/{builder}", "builders", self._builder),
            ("worker", "/workers/{worker}", "workers", self._worker),
            ("build", "/builds/{buildid}", "builds", self._build),
            ("build-number", "/builders/{builder}/builds/{number}", "builds", self._build_number),
            ("step", "/steps/{stepid}", "steps", self._step),
            ("build-step", "/builds/{buildid}/steps/{step}", "steps", self._step),
            ("log", "/logs/{logid}", "logs", self._log),
            ("step-log", "/steps/{stepid}/logs/{slug}", "logs", self._log),
            ("build-step-log", "/builds/{buildid}/steps/{step}/logs/{slug}", "logs", self._log),
            ("request", "/buildrequests/{id}", "buildrequests", _by_id(master.buildrequests)),
            ("buildset", "/buildsets/{id}", "buildsets", _by_id(master.buildsets)),
            ("sourcestamp", "/sourcestamps/{id}", "sourcestamps", _by_id(master.sourcestamps)),
        )
        for op, path, plural, row in tables:
            yield Route("GET", _API + path, op, self._make_single(plural, row))
        path = f"{_API}/builds/{{buildid}}/properties"
        yield Route("GET", path, "build-properties", self._handle_properties)

    def _log_texts(self) -> Iterable[Route]:
        places = (
            ("log", "/logs/{logid}"),
            ("step-log", "/steps/{stepid}/logs/{slug}"),
            ("build-step-log", "/builds/{buildid}/steps/{step}/logs/{slug}"),
        )
        for op, path in places:
            yield Route("GET", f"{_API}{path}/contents", f"{op}-contents", self._handle_contents)
            yield Route("GET", f"{_API}{path}/raw", f"{op}-raw", self._handle_raw)

    # ------------------------------------------------------------ handlers

    def _make_collection(self, plural: str, rows: Rows) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self._allow(request)
            found, total = select(rows(request), request.query, plural)
            return _answer(request, {plural: found, "meta": {"total": total}})

        return handle

    def _make_single(self, plural: str, row: Row) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self._allow(request)
            found = _need(row(request), request)
            return _answer(request, {plural: [shape_one(found, request.query, plural)], "meta": {}})

        return handle

    async def _handle_properties(self, request: web.Request) -> web.StreamResponse:
        self._allow(request)
        build = _need(self._build(request), request)
        return _answer(request, {"properties": [build["properties"]], "meta": {}})

    async def _handle_contents(self, request: web.Request) -> web.StreamResponse:
        self._allow(request)
        log = _need(self._readable_log(request), request)
        first = int(request.query.get("offset", 0))
        last = first + int(request.query.get("limit", log["num_lines"] or 1))
        if first < 0 or last <= first:
            _need(None, request)
        lines = self._master.lines[log["logid"]][first:last]
        chunk = {"logid": log["logid"], "firstline": first, "content": _join(lines)}
        return _answer(request, {"logchunks": [chunk], "meta": {}})

    async def _handle_raw(self, request: web.Request) -> web.StreamResponse:
        self._allow(request)
        log = _need(self._readable_log(request), request)
        stdio = log["type"] == "s"
        lines = self._master.lines[log["logid"]]
        text = _join(line[1:] for line in lines) if stdio else _join(lines)
        answer = web.Response(body=((self._title(log) if stdio else "") + text).encode())
        answer.content_type, answer.charset = "text/plain", "utf-8"
        answer.headers["Content-Disposition"] = f"attachment; filename={log['slug']}"
        answer.enable_chunked_encoding()
        return answer

    def _title(self, log: Json) -> str:
        """Three lines that Buildbot 4.3 puts before a raw stdio log."""
        build = self._master.builds[self._master.steps[log["stepid"]]["buildid"]]
        builder = self._master.builders[build["builderid"]]["name"]
        worker = self._master.workers[build["workerid"]]["name"]
        return f"Builder: {builder}\nBuild number: {build['number']}\nWorker name: {worker}\n"

    # ------------------------------------------------------------ which rows

    def _builder(self, request: web.Request) -> Json | None:
        name = request.match_info["builder"]
        if name.isdecimal():
            return self._master.builders.get(int(name))
        return next((b for b in self._master.builders.values() if b["name"] == name), None)

    def _worker(self, request: web.Request) -> Json | None:
        name = request.match_info["worker"]
        known = self._master.workers.get(int(name)) if name.isdecimal() else None
        return known or self._master.find_worker(name)

    def _build(self, request: web.Request) -> Json | None:
        return self._master.builds.get(_number(request, "buildid"))

    def _build_number(self, request: web.Request) -> Json | None:
        number = _number(request, "number")
        return next((b for b in self._builds_of_builder(request) if b["number"] == number), None)

    def _builds_of_builder(self, request: web.Request) -> Iterable[Json]:
        builder = self._builder(request)
        builderid = builder["builderid"] if builder else None
        return [b for b in self._master.builds.values() if b["builderid"] == builderid]

    def _builds_of_worker(self, request: web.Request) -> Iterable[Json]:
        workerid = _number(request, "workerid")
        return [b for b in self._master.builds.values() if b["workerid"] == workerid]

    def _builds_of_request(self, request: web.Request) -> Iterable[Json]:
        requestid = _number(request, "id")
        return [b for b in self._master.builds.values() if b["buildrequestid"] == requestid]

    def _steps(self, request: web.Request) -> Iterable[Json]:
        return self._master.steps_of.get(_number(request, "buildid"), [])

    def _step(self, request: web.Request) -> Json | None:
        if "stepid" in request.match_info:
            return self._master.steps.get(_number(request, "stepid"))
        wanted = request.match_info["step"]
        steps = self._steps(request)
        return next((s for s in steps if wanted in (s["name"], str(s["number"]))), None)

    def _logs(self, request: web.Request) -> Iterable[Json]:
        step = self._step(request)
        return self._master.logs_of.get(step["stepid"], []) if step else []

    def _log(self, request: web.Request) -> Json | None:
        if "logid" in request.match_info:
            return self._master.logs.get(_number(request, "logid"))
        slug = request.match_info["slug"]
        return next((log for log in self._logs(request) if log["slug"] == slug), None)

    def _readable_log(self, request: web.Request) -> Json | None:
        log = self._log(request)
        return None if log is None or log["logid"] in self._master.hidden_logs else log

    def _all_changes(self, _: web.Request) -> Iterable[Json]:
        builds = self._master.builds.values()
        return [_make_change(b) for b in builds if REQUEST_PROPERTY not in b["properties"]]

    def _changes(self, request: web.Request) -> Iterable[Json]:
        """Back to the builder's last fully green build, which is why nobody may blame with it."""
        build = self._build(request)
        if build is None:
            return
        earlier = [b for b in self._master.builds.values() if b["builderid"] == build["builderid"]]
        for one in sorted(earlier, key=lambda b: -int(b["buildid"])):
            if one["buildid"] > build["buildid"]:
                continue
            if one["buildid"] < build["buildid"] and one["results"] == 0:
                return
            yield _make_change(one)


def _by_id(table: dict[int, Json]) -> Row:
    return lambda request: table.get(_number(request, "id"))


def _make_change(build: Json) -> Json:
    properties = build["properties"]
    return {
        "changeid": build["buildid"],
        "author": properties["owners"][0][0],
        "branch": properties["branch"][0],
        "revision": properties["revision"][0],
        "project": properties["project"][0],
        "repository": properties["repository"][0],
        "codebase": "",
        "files": [],
        "parent_changeids": [],
        "properties": {},
        "when_timestamp": build["started_at"],
    }


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdecimal():
        raise ApiError(404, "Invalid path: " + request.path.removeprefix(_API + "/"))
    return int(text)


def _need(row: Json | None, request: web.Request) -> Json:
    if row is None:
        raise ApiError(404, f"not found while getting from endpoint for {request.path}")
    return row


def _join(lines: Iterable[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _answer(request: web.Request, body: Json) -> web.Response:
    """Typed as JSON only for those who ask for JSON."""
    wanted = "application/json" in request.headers.get("Accept", "")
    return web.Response(
        text=json.dumps(body, sort_keys=True, indent=None if wanted else 2),
        content_type="application/json" if wanted else "text/plain",
        charset="utf-8",
    )
