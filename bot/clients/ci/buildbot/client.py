"""The one configured Buildbot: what is asked of its REST API, as our nouns.

Input: ids. Output: builds, builders and logs; or `Unavailable` (later) or `Refused` (unknown to
Buildbot). An answer of another shape than it should have may be whole the next time.
Source: https://docs.buildbot.net/current/developer/rest.html
"""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
from cachetools import TTLCache

from bot.clients.ci.buildbot.api import BuildbotApi, Json, Params, parse_answer
from bot.clients.ci.buildbot.stdio_log import StdioFilter
from bot.core.errors import Malformed, Refused
from bot.core.model import (
    NO_REPOSITORIES,
    REQUEST_PROPERTY,
    Build,
    Builder,
    FinishedBuild,
    KnownRepositories,
    ListedBuilder,
    Log,
    Step,
)
from bot.core.model.build_results import is_red
from bot.core.model.ci_requests import WaitingRequest
from bot.core.payloads import (
    are_masters_up,
    parse_build,
    parse_builder,
    parse_builder_list,
    parse_buildids,
    parse_buildsetid,
    parse_finished_build,
    parse_log_content,
    parse_logs,
    parse_row,
    parse_rows,
    parse_running_build,
    parse_steps,
)
from bot.core.payloads.build_requests import parse_waiting
from bot.core.ports import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

# Some 450 kB, and 20 MB where each line has Buildbot's greatest length, 4096. A log of 52 MB takes
# 12 s so; with 2000 lines 20 s, with 10,000 no less than with 5000.
_LINES_PER_PAGE = 5000
# The worker writes the command, where it runs and what it watches first, then the environment.
_LINES_OF_HEAD = 8

_BUILDS_PER_PAGE = 200
_BUILDER_SECONDS = 300

_PROPERTIES = tuple(
    ("property", name)
    for name in (
        "branch",
        "codebase",
        "got_revision",
        REQUEST_PROPERTY,
        "owner",
        "project",
        "reason",
        "repository",
        "revision",
        "scheduler",
        "workername",
    )
)
_COMPLETE = ("complete", "true")
_COMPLETE_GREEN = (_COMPLETE, ("results", "0"), ("results", "1"))

# A step that only warns fails for weeks; that it failed in one of so many is enough.
_GREEN_BUILDS = 5
_WAITING = "2000"
_RUNNING = "500"  # more than the largest fleets have workers


class BuildbotClient:
    """Implements `ports.Buildbot`; logs in where a user name is given."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        source: str = "buildbot",
        username: str | None = None,
        password: str | None = None,
        repositories: KnownRepositories = NO_REPOSITORIES,
    ) -> None:
        """`repositories` says which one is watched, and under which addresses."""
        self._url = url.rstrip("/")
        self._source = source
        self._clock = clock
        self._repositories = repositories
        self._api = BuildbotApi(url, session, clock, username=username, password=password)
        self._builders: TTLCache[int, Builder] = TTLCache(10_000, _BUILDER_SECONDS)
        self._tolerated: TTLCache[int, frozenset[str]] = TTLCache(1000, _BUILDER_SECONDS)
        # All builders that were told of one change share a buildset.
        self._buildsets: TTLCache[int, object] = TTLCache(100, _BUILDER_SECONDS)

    @property
    def last_contact(self) -> datetime | None:
        """By our clock, when Buildbot last answered."""
        return self._api.last_contact

    @property
    def last_error(self) -> str | None:
        """Why it was not available at the last call."""
        return self._api.last_error

    @property
    def source(self) -> str:
        """The name of this Buildbot in keys."""
        return self._source

    @property
    def repositories(self) -> KnownRepositories:
        """Which repository is watched, and under which addresses."""
        return self._repositories

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        return f"{self._url}/#/builders/{build.builderid}/builds/{build.number}"

    # ------------------------------------------------ builds and builders

    async def fetch_build(self, buildid: int) -> Build:
        """One build with its properties, and with what only its buildset tells."""
        what = f"build {buildid}"
        answer = await self._get(what, f"/builds/{buildid}", _PROPERTIES)
        row = parse_answer(parse_row, answer, "builds")
        build = parse_answer(parse_build, self._source, row)
        buildset = await self._fetch_buildset(build.buildrequestid)
        return parse_answer(parse_build, self._source, row, buildset, self._repositories)

    async def _fetch_buildset(self, buildrequestid: int) -> object:
        """The buildset of a build; None where a janitor has swept it away."""
        what = f"build request {buildrequestid}"
        try:
            answer = await self._get(what, f"/buildrequests/{buildrequestid}")
            row = parse_answer(parse_row, answer, "buildrequests")
            buildsetid = parse_answer(parse_buildsetid, row)
            known = self._buildsets.get(buildsetid)
            if known is not None:
                return known
            answer = await self._get(f"buildset {buildsetid}", f"/buildsets/{buildsetid}")
        except Refused:
            return None
        buildset: object = parse_answer(parse_row, answer, "buildsets")
        self._buildsets[buildsetid] = buildset
        return buildset

    async def fetch_builder(self, builderid: int) -> Builder:
        """One builder with its tags; cached for minutes."""
        known = self._builders.get(builderid)
        if known is not None:
            return known
        answer = await self._get(f"builder {builderid}", f"/builders/{builderid}")
        row = parse_answer(parse_row, answer, "builders")
        builder = parse_answer(parse_builder, self._source, row)
        self._builders[builderid] = builder
        return builder

    async def fetch_builder_list(self) -> tuple[ListedBuilder, ...] | None:
        """All builders, also those that were taken out; None while a master is away.

        What a master had that is down, or starts just now, looks as if it were taken out.
        """
        masters = await self._get("its masters", "/masters")
        if not parse_answer(are_masters_up, masters, self._clock.now()):
            return None
        builders = await self._get("its builders", "/builders")
        workers = await self._get("its workers", "/workers")
        return parse_answer(parse_builder_list, builders, workers)

    async def fetch_completed(self, since: datetime | None) -> AsyncIterator[FinishedBuild]:
        """Finished builds with `complete_at >= since`, oldest first, page by page."""
        seen: set[int] = set()
        rows: Sequence[object] = range(_BUILDS_PER_PAGE)  # any full page
        offset = 0
        while len(rows) == _BUILDS_PER_PAGE:
            rows = await self._fetch_completed_page(since, offset)
            offset += _BUILDS_PER_PAGE
            for build in map(self._parse_listed, rows):
                if build is not None and build.buildid not in seen:
                    seen.add(build.buildid)
                    yield build

    async def _fetch_completed_page(
        self, since: datetime | None, offset: int
    ) -> tuple[object, ...]:
        params = [
            _COMPLETE,
            ("order", "complete_at"),
            ("order", "buildid"),
            ("limit", str(_BUILDS_PER_PAGE)),
            ("offset", str(offset)),
        ]
        if since is not None:
            params.append(("complete_at__ge", str(int(since.timestamp()))))
        answer = await self._get("finished builds", "/builds", params)
        return parse_answer(parse_rows, answer, "builds")

    def _parse_listed(self, row: object) -> FinishedBuild | None:
        """A build out of many: one without an id must not hide the others."""
        try:
            return parse_finished_build(row)
        except Malformed as malformed:
            log.warning("build left out", extra={"reason": str(malformed)})
            return None

    async def fetch_latest(self) -> FinishedBuild | None:
        """The build that finished last, by Buildbot's own clock."""
        params = [_COMPLETE, ("order", "-complete_at"), ("order", "-buildid"), ("limit", "1")]
        answer = await self._get("the last build", "/builds", params)
        rows = parse_answer(parse_rows, answer, "builds")
        return parse_answer(parse_finished_build, rows[0]) if rows else None

    async def fetch_running(self) -> tuple[Build, ...]:
        """Builds that run just now, by buildid; the revision is the one asked for until git ran."""
        params = [("complete", "false"), ("order", "buildid"), ("limit", _RUNNING)]
        answer = await self._get("the running builds", "/builds", [*params, *_PROPERTIES])
        running = map(self._parse_running, parse_answer(parse_rows, answer, "builds"))
        return tuple(build for build in running if build is not None)

    async def fetch_waiting(self) -> tuple[WaitingRequest, ...]:
        """Requests that no builder has begun, the oldest first; of very many, those."""
        params = [("complete", "false"), ("claimed", "false"), ("order", "submitted_at")]
        answer = await self._get("what waits", "/buildrequests", [*params, ("limit", _WAITING)])
        return parse_answer(parse_waiting, answer)

    def _parse_running(self, row: object) -> Build | None:
        """One that is malformed must not hide the others; it is read when it is finished."""
        try:
            return parse_running_build(self._source, row, self._repositories)
        except Malformed as malformed:
            log.warning("running build left out", extra={"reason": str(malformed)})
            return None

    # ------------------------------------------------ logs

    async def fetch_steps(self, buildid: int) -> tuple[Step, ...]:
        """The steps of a build, in their order."""
        answer = await self._get(f"build {buildid}", f"/builds/{buildid}/steps")
        return parse_answer(parse_steps, answer)

    async def fetch_tolerated_steps(self, builderid: int) -> frozenset[str]:
        """The names of steps that failed in the last green builds of a builder; asked seldom."""
        known = self._tolerated.get(builderid)
        if known is None:
            params = [*_COMPLETE_GREEN, ("order", "-number"), ("limit", str(_GREEN_BUILDS))]
            path = f"/builders/{builderid}/builds"
            answer = await self._get(f"green builds of builder {builderid}", path, params)
            builds = parse_answer(parse_buildids, answer)
            steps = [step for buildid in builds for step in await self.fetch_steps(buildid)]
            known = frozenset(step.name for step in steps if is_red(step.result))
            self._tolerated[builderid] = known
        return known

    async def fetch_logs(self, steps: Sequence[Step]) -> tuple[Log, ...]:
        """The logs of these steps that hold text, or did so once; a call for each step."""
        logs: list[Log] = []
        for step in steps:
            answer = await self._get(f"step {step.stepid}", f"/steps/{step.stepid}/logs")
            logs.extend(parse_answer(parse_logs, step, answer))
        return tuple(logs)

    async def stream_log(self, log: Log, last: int | None = None) -> AsyncIterator[bytes]:
        """A log in chunks, or its `last` lines below what was run; of Buildbot's header lines only
        those that tell that, and how it ended.

        In pages of lines and not `/raw`, which mixes the headers in without saying which they
        are, keeps a connection open for as long as the reader takes, and cannot be resumed.
        """
        what = f"log {log.step}/{log.name} ({log.logid})"
        stdio = StdioFilter() if log.lettered else None
        begin = max(0, log.lines - last) if last is not None else 0
        if begin and stdio:
            head = await self._get_lines(what, log, 0, min(begin, _LINES_OF_HEAD))
            headers = [line for line in head.splitlines(keepends=True) if line.startswith("h")]
            yield stdio.add("".join(headers)).encode()
        for first in range(begin, log.lines, _LINES_PER_PAGE):
            text = await self._get_lines(what, log, first, _LINES_PER_PAGE)
            if not text:  # of lines that it still counts: swept away since, or by an old janitor
                raise Refused("log deleted by the master")
            yield (stdio.add(text) if stdio else text).encode()

    async def _get_lines(self, what: str, log: Log, first: int, count: int) -> str:
        params = [("offset", str(first)), ("limit", str(count))]
        return parse_answer(
            parse_log_content, await self._get(what, f"/logs/{log.logid}/contents", params)
        )

    # ------------------------------------------------ one call

    async def ping(self) -> None:
        """Ask what is cheapest: raises `Unavailable` when Buildbot is away or shuts us out."""
        await self._get("its masters", "/masters", [("limit", "1")])

    async def fetch_json(self, what: str, path: str, params: Params = ()) -> Any:
        """Decoded JSON of one GET below the configured address; `what` names it for people."""
        return await self._api.fetch_json(what, path, params)

    async def call_method(self, what: str, path: str, method: str, params: Json) -> Any:
        """The result of one control method below `/api/v2`; `what` names it for people."""
        return await self._api.call_method(what, f"/api/v2{path}", method, params)

    @property
    def has_login(self) -> bool:
        """Whether we were given a name and a password: without, nothing can be asked for."""
        return self._api.has_login

    async def _get(self, what: str, path: str, params: Params = ()) -> Any:
        return await self.fetch_json(what, f"/api/v2{path}", params)
