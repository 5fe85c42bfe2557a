"""What changes a master from outside: force schedulers, and the end of a request.

Input: the tables of a `Master`, and who is logged in. Output: routes that answer JSON-RPC as
Buildbot 4.3 does; odd on purpose where it is: null and nothing done for a method that a scheduler
does not know, and 200 for the end of a request that never was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from bot.core.model.build_results import Result
from bot.core.model.requests import REQUEST_PROPERTY
from bot.fakes.buildbot.master import Master, Order
from bot.fakes.buildbot.resultspec import select, shape_one
from bot.fakes.http_server import ApiError, Json, Route

_API = "/api/v2"
_FORM = "Force Build Form"


@dataclass(frozen=True, slots=True)
class ForceScheduler:
    """One of master.cfg."""

    name: str
    builders: Sequence[str] | None = None  # None: all
    fields: Sequence[str] = ("branch", "revision", "reason", REQUEST_PROPERTY)
    repository: str | None = None  # None: that of the changes


class ForceRoutes:
    """The control endpoints; `allow_control` raises where who asks may not.

    `stop` ends the build of a request that is cancelled while it runs.
    """

    def __init__(
        self,
        master: Master,
        clock: Callable[[], datetime],
        allow_control: Callable[[web.Request], None],
        stop: Callable[[int], Awaitable[None]],
    ) -> None:
        self.schedulers: dict[str, ForceScheduler] = {}
        self.forced: list[int] = []  # buildrequestids, in the order in which they were made
        self._master = master
        self._clock = clock
        self._allow_control = allow_control
        self._stop = stop

    def make_routes(self) -> list[Route]:
        """Every endpoint, by op."""
        path = f"{_API}/forceschedulers"
        return [
            Route("GET", path, "forceschedulers", self._handle_list),
            Route("GET", f"{path}/{{name}}", "forcescheduler", self._handle_one),
            Route("POST", f"{path}/{{name}}", "force", self._handle_force),
            Route("POST", f"{_API}/buildrequests/{{id}}", "request-control", self._handle_request),
        ]

    # ------------------------------------------------------------ what there is

    async def _handle_list(self, request: web.Request) -> web.StreamResponse:
        rows = [self._describe(scheduler) for scheduler in self.schedulers.values()]
        found, total = select(rows, request.query, "forceschedulers")
        return web.json_response({"forceschedulers": found, "meta": {"total": total}})

    async def _handle_one(self, request: web.Request) -> web.StreamResponse:
        scheduler = self.schedulers.get(request.match_info["name"])
        if scheduler is None:
            raise ApiError(404, f"not found while getting from endpoint for {request.path}")
        row = shape_one(self._describe(scheduler), request.query, "forceschedulers")
        return web.json_response({"forceschedulers": [row], "meta": {}})

    def _describe(self, scheduler: ForceScheduler) -> Json:
        label = {
            "fullName": "repository",
            "type": "fixed",
            "default": scheduler.repository or self._master.repository,
        }
        own = [{"fullName": name, "type": "text", "default": ""} for name in scheduler.fields]
        codebase = {"fullName": None, "type": "nested", "fields": [*own, label]}
        return {
            "name": scheduler.name,
            "builder_names": list(self._find_builders(scheduler)),
            "all_fields": [codebase],
            "enabled": True,
        }

    def _find_builders(self, scheduler: ForceScheduler) -> Sequence[str]:
        if scheduler.builders is not None:
            return scheduler.builders
        return [b["name"] for b in self._master.builders.values() if b["masterids"]]

    # ------------------------------------------------------------ what changes it

    async def _handle_force(self, request: web.Request) -> web.StreamResponse:
        call = await self._read(request)
        scheduler = self.schedulers.get(request.match_info["name"])
        if scheduler is None:
            raise RpcError(500, "AttributeError(\"'NoneType' object has no attribute\")")
        if call["method"] != "force":
            return _answer(None)
        params: Json = call["params"]
        builderid = int(params["builderid"])
        if builderid not in self._master.builders:
            raise RpcError(500, "TypeError(\"'NoneType' object is not subscriptable\")")
        requestid = self._force(scheduler, builderid, params)
        bsid = self._master.buildrequests[requestid]["buildsetid"]
        return _answer([bsid, {str(builderid): requestid}])

    def _force(self, scheduler: ForceScheduler, builderid: int, params: Json) -> int:
        """A request; of the form only the fields count that the scheduler has."""
        told = {name: params.get(name) for name in scheduler.fields}
        properties = {"owner": ["nightswatch", _FORM], "reason": [told.get("reason"), _FORM]}
        if REQUEST_PROPERTY in scheduler.fields:
            properties[REQUEST_PROPERTY] = [told[REQUEST_PROPERTY] or "", _FORM]
        order = Order(
            builderid=builderid,
            revision=told.get("revision"),
            branch=told.get("branch"),
            scheduler=scheduler.name,
            reason=told.get("reason"),
            repository=scheduler.repository,
        )
        order = replace(order, properties=properties)
        requestid = self._master.add_request(order, self._clock(), claimed=False)
        self.forced.append(requestid)
        return requestid

    async def _handle_request(self, request: web.Request) -> web.StreamResponse:
        call = await self._read(request)
        row = self._master.buildrequests.get(int(request.match_info["id"]))
        if call["method"] == "cancel" and row is not None and not row["complete"]:
            requestid = row["buildrequestid"]
            if row["claimed"]:
                await self._stop(requestid)
            else:
                self._master.complete_request(requestid, Result.CANCELLED, self._clock())
        return _answer(None)

    async def _read(self, request: web.Request) -> Json:
        self._allow_control(request)
        call: Json = await request.json()
        return call


def _answer(result: object) -> web.Response:
    return web.json_response({"id": 1, "jsonrpc": "2.0", "result": result})


_INVALID, _BROKEN = -32600, -32603


class RpcError(ApiError):
    """A refusal as JSON-RPC has it."""

    def render(self) -> web.Response:
        """Its answer."""
        error = {"code": _BROKEN if self.status >= 500 else _INVALID, "message": self.message}
        return web.json_response({"jsonrpc": "2.0", "id": 1, "error": error}, status=self.status)
