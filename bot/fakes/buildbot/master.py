"""What a Buildbot master remembers: builders, workers, requests, builds, steps and logs.

Input: builders, and how each build went. Output: rows as Buildbot's REST API gives them, and the
bodies that its `HttpStatusPush` sends. No network and no clock: times are arguments.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.core.model.build_results import Result
from bot.fakes.buildbot.script import STEPS, BuildScript, make_stdio, plan_steps
from bot.fakes.http_server import Json

_MASTER_ID = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What a build was asked to be."""

    builderid: int
    revision: str | None
    branch: str | None
    scheduler: str
    asked: str | None = None  # what was asked for, where another revision was got
    reason: str | None = None
    rebuilt: int | None = None  # buildid of the build that this one repeats
    repository: str | None = None  # the label of a force scheduler; None: that of the changes
    properties: Json | None = None  # from a form, as [value, source]


class Master:
    """The tables; rows are dictionaries as the REST API shows them."""

    def __init__(self, repository: str, project: str) -> None:
        self.repository = repository
        self.project = project
        self.builders: dict[int, Json] = {}
        self.workers: dict[int, Json] = {}
        self.sourcestamps: dict[int, Json] = {}
        self.buildsets: dict[int, Json] = {}
        self.buildrequests: dict[int, Json] = {}
        self.orders: dict[int, Order] = {}  # by buildrequestid
        self.builds: dict[int, Json] = {}
        self.steps: dict[int, Json] = {}
        self.logs: dict[int, Json] = {}
        # By buildid and by stepid: a day of a large fleet has tens of thousands of each.
        self.steps_of: defaultdict[int, list[Json]] = defaultdict(list)
        self.logs_of: defaultdict[int, list[Json]] = defaultdict(list)
        self.lines: dict[int, tuple[str, ...]] = {}  # by logid; with their first letter
        self.hidden_logs: set[int] = set()
        self.courses: dict[int, BuildScript] = {}  # of builds that are not finished
        self._buildids = count(1)
        self._numbers = Counter[int]()  # of builds, by builderid

    def describe(self) -> Json:
        """The master itself."""
        return {"masterid": _MASTER_ID, "name": "demo", "active": True, "last_active": 0}

    # ------------------------------------------------------------ builders and workers

    def add_builder(self, name: str, tags: Sequence[str], worker: str) -> int:
        """A builder with a worker of its own or a shared one; its builderid.

        One that had this name before has given its id to it, too, and its builds.
        """
        known = [n for n, builder in self.builders.items() if builder["name"] == name]
        builderid = known[0] if known else len(self.builders) + 1
        self.builders[builderid] = {
            "builderid": builderid,
            "name": name,
            "masterids": [_MASTER_ID],
            "description": None,
            "description_format": None,
            "description_html": None,
            "projectid": None,
            "tags": list(tags),
        }
        self._add_worker(worker)["configured_on"].append(
            {"builderid": builderid, "masterid": _MASTER_ID}
        )
        return builderid

    def remove_builder(self, name: str) -> None:
        """Take it out of master.cfg: it stays in the list, with no master and no worker."""
        builder = self.find_builder(name)
        builder["masterids"] = []
        for worker in self.workers.values():
            worker["configured_on"] = [
                place
                for place in worker["configured_on"]
                if place["builderid"] != builder["builderid"]
            ]

    def find_builder(self, name: str) -> Json:
        """By name; a `KeyError` names what is missing."""
        for builder in self.builders.values():
            if builder["name"] == name:
                return builder
        raise KeyError(f"no such builder: {name}")

    def worker_of(self, builderid: int) -> Json:
        """The worker that is configured for a builder."""
        for worker in self.workers.values():
            if any(place["builderid"] == builderid for place in worker["configured_on"]):
                return worker
        raise KeyError(f"no worker for builder {builderid}")

    def find_worker(self, name: str) -> Json | None:
        """By name."""
        return next((w for w in self.workers.values() if w["name"] == name), None)

    def _add_worker(self, name: str) -> Json:
        known = self.find_worker(name)
        if known is not None:
            return known
        workerid = len(self.workers) + 1
        self.workers[workerid] = {
            "workerid": workerid,
            "name": name,
            "configured_on": [],
            "connected_to": [{"masterid": _MASTER_ID}],
            "graceful": False,
            "pause_reason": None,
            "paused": False,
            "workerinfo": {"access_uri": None, "admin": "", "host": "", "version": "4.3.0"},
        }
        return self.workers[workerid]

    # ------------------------------------------------------------ requests

    def add_request(self, order: Order, at: datetime, *, claimed: bool = True) -> int:
        """A source stamp, a buildset and a request for one builder; the buildrequestid."""
        now = _seconds(at)
        stamp = self._add_sourcestamp(order, now)
        bsid = len(self.buildsets) + 1
        self.buildsets[bsid] = _make_buildset(bsid, stamp, order, now)
        requestid = len(self.buildrequests) + 1
        self.buildrequests[requestid] = {
            "buildrequestid": requestid,
            "buildsetid": bsid,
            "builderid": order.builderid,
            "priority": 0,
            "claimed": claimed,
            "claimed_at": now if claimed else None,
            "claimed_by_masterid": _MASTER_ID if claimed else None,
            "complete": False,
            "results": -1,
            "submitted_at": now,
            "complete_at": None,
            "waited_for": False,
            "properties": order.properties,
        }
        self.orders[requestid] = order
        return requestid

    def _add_sourcestamp(self, order: Order, now: int) -> Json:
        ssid = len(self.sourcestamps) + 1
        self.sourcestamps[ssid] = {
            "ssid": ssid,
            "branch": order.branch,
            "revision": order.asked or order.revision,
            "project": self.project,
            "repository": order.repository or self.repository,
            "codebase": "",
            "created_at": now,
            "patch": None,
        }
        return self.sourcestamps[ssid]

    # ------------------------------------------------------------ builds

    def start_build(
        self,
        order: Order,
        course: BuildScript,
        at: datetime,
        *,
        request: int | None,
        worker: str | None,
    ) -> int:
        """A build that runs; its buildid."""
        requestid = request or self.add_request(order, at)
        order = self.orders[requestid]
        now = _seconds(at)
        claim = {"claimed": True, "claimed_at": now, "claimed_by_masterid": _MASTER_ID}
        self.buildrequests[requestid].update(claim)
        buildid = next(self._buildids)
        machine = self._add_worker(worker) if worker else self.worker_of(order.builderid)
        self._numbers[order.builderid] += 1
        number = self._numbers[order.builderid]
        self.builds[buildid] = {
            "buildid": buildid,
            "number": number,
            "builderid": order.builderid,
            "buildrequestid": requestid,
            "workerid": machine["workerid"],
            "masterid": _MASTER_ID,
            "started_at": now,
            "complete_at": None,
            "locks_duration_s": 0,
            "complete": False,
            "state_string": "starting",
            "results": None,
            "properties": self._make_properties(order, machine, number),
        }
        self.courses[buildid] = course
        return buildid

    def finish_build(self, buildid: int, revision: str | None, at: datetime) -> None:
        """Let a running build come to the end that its course has; `revision` is what git got."""
        build, course = self.builds[buildid], self.courses.pop(buildid)
        now = _seconds(at)
        self._add_steps(build, course, now)
        build.update(
            complete=True,
            complete_at=now,
            results=int(course.end),
            state_string=course.describe(),
        )
        if revision is not None and course.step not in STEPS[:2]:
            build["properties"]["got_revision"] = [revision, "Git"]
        if course.result is not Result.RETRY:
            self._complete_request(build["buildrequestid"], int(course.end), now)

    def complete_request(self, requestid: int, result: Result, at: datetime) -> None:
        """It is over without a build: cancelled, or merged into another one (SKIPPED)."""
        self._complete_request(requestid, int(result), _seconds(at))

    def _complete_request(self, requestid: int, result: int, now: int) -> None:
        request = self.buildrequests[requestid]
        done = {"complete": True, "complete_at": now, "results": result}
        request.update(done)
        self.buildsets[request["buildsetid"]].update(done)

    def _make_properties(self, order: Order, worker: Json, number: int) -> Json:
        builder = self.builders[order.builderid]
        stamp = order.asked or order.revision
        properties: dict[str, tuple[Any, str]] = {
            "branch": (order.branch, "Build"),
            "builderid": (order.builderid, "Builder"),
            "buildername": (builder["name"], "Builder"),
            "buildnumber": (number, "Build"),
            "codebase": ("", "Build"),
            "owners": (["Dev Eloper <dev@example.org>"], "Build"),
            "project": (self.project, "Build"),
            "repository": (order.repository or self.repository, "Build"),
            "revision": (stamp, "Build"),
            "scheduler": (order.scheduler, "Scheduler"),
            "workername": (worker["name"], "Worker"),
            "builddir": (f"/srv/{worker['name']}/build", "Worker"),
        }
        if order.reason is not None and order.rebuilt is None:
            properties["reason"] = (order.reason, "Force Build Form")
        return {name: list(pair) for name, pair in properties.items()} | (order.properties or {})

    # ------------------------------------------------------------ steps and logs

    def _add_steps(self, build: Json, course: BuildScript, now: int) -> None:
        for number, (name, result) in enumerate(plan_steps(course)):
            stepid = len(self.steps) + 1
            self.steps[stepid] = {
                "stepid": stepid,
                "number": number,
                "name": name,
                "buildid": build["buildid"],
                "started_at": build["started_at"],
                "locks_acquired_at": build["started_at"],
                "complete": True,
                "complete_at": now,
                "state_string": course.describe_step(name, result),
                "results": int(result),
                "urls": [],
                "hidden": name in course.hidden,
            }
            self.steps_of[build["buildid"]].append(self.steps[stepid])
            if name in course.skipped:
                continue
            if name == course.step:
                self._add_log(stepid, "stdio", make_stdio(course))
                for log, text in course.logs.items():
                    self._add_log(stepid, log, text.splitlines(), kind="t")
            elif name in course.beside:
                beside = BuildScript(Result.FAILURE, log=course.beside[name])
                self._add_log(stepid, "stdio", make_stdio(beside))
            elif name != STEPS[0]:
                self._add_log(stepid, "stdio", make_stdio(BuildScript(log=f"{name} done\n")))

    def _add_log(self, stepid: int, name: str, lines: Sequence[str], kind: str = "s") -> None:
        logid = len(self.logs) + 1
        self.lines[logid] = tuple(lines)
        self.logs[logid] = {
            "logid": logid,
            "name": name,
            "slug": name,
            "stepid": stepid,
            "complete": True,
            "num_lines": len(self.lines[logid]),
            "type": kind,
        }
        self.logs_of[stepid].append(self.logs[logid])

    # ------------------------------------------------------------ what is pushed

    def make_push(self, buildid: int) -> Json:
        """The body of `HttpStatusPush`: sent before the request and its buildset are closed."""
        build = self.builds[buildid]
        request = self.buildrequests[build["buildrequestid"]]
        still_open = {"complete": False, "results": -1, "complete_at": None}
        return {
            **build,
            "buildrequest": {**request, **still_open},
            "buildset": {**self.buildsets[request["buildsetid"]], **still_open},
            "parentbuild": None,
            "parentbuilder": None,
            "builder": self.builders[build["builderid"]],
        }


def _make_buildset(bsid: int, stamp: Json, order: Order, now: int) -> Json:
    usual = f"The SingleBranchScheduler scheduler named '{order.scheduler}' triggered this build"
    return {
        "bsid": bsid,
        "external_idstring": None,
        "reason": "rebuild" if order.rebuilt else order.reason or usual,
        "submitted_at": now,
        "complete": False,
        "complete_at": None,
        "results": -1,
        "parent_buildid": None,
        "parent_relationship": None,
        "rebuilt_buildid": order.rebuilt,
        "sourcestamps": [stamp],
    }


def _seconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())
