"""The one configured Buildbot, over its REST API.

Input: ids. Output: builds, builders and logs as our nouns; or `Unavailable` (later) or `Refused`
(unknown to Buildbot). Nothing but the configured address is ever called: redirects are not
followed, and no URL is taken from an answer.
Source: https://docs.buildbot.net/current/developer/rest.html
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any, TypeVar

import aiohttp
from cachetools import TTLCache

from bot.clients.answers import describe, fetch_body, parse_json
from bot.clients.buildbot_log import StdioText
from bot.core.errors import Malformed, Refused, Unavailable, UserError
from bot.core.model import Build, Builder, Log
from bot.core.payloads import (
    parse_build,
    parse_builder,
    parse_buildsetid,
    parse_log_content,
    parse_logs,
    parse_row,
    parse_rows,
    parse_steps,
)
from bot.core.results import is_red
from bot.ports import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")
Params = Sequence[tuple[str, str]]

# A busy master may take seconds for a page of a big log.
_TIMEOUT = aiohttp.ClientTimeout(total=30)

# Some 450 kB, and 20 MB where each line has Buildbot's greatest length, 4096. A log of 52 MB takes
# 12 s so; with 2000 lines 20 s, with 10,000 no less than with 5000.
_LINES_PER_PAGE = 5000
_LARGEST = 64 * 2**20

_BUILDS_PER_PAGE = 200
_BUILDER_SECONDS = 300

_PROPERTIES = tuple(
    ("property", name)
    for name in (
        "branch",
        "codebase",
        "got_revision",
        "owner",
        "project",
        "reason",
        "repository",
        "scheduler",
        "workername",
    )
)
_COMPLETE = ("complete", "true")


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
    ) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._clock = clock
        self._source = source
        self._auth = _make_auth(username, password) if username else None
        self._cookie: str | None = None
        self._login_lock = asyncio.Lock()
        self._builders: TTLCache[int, Builder] = TTLCache(10_000, _BUILDER_SECONDS)
        # All builders that were told of one change share a buildset.
        self._buildsets: TTLCache[int, object] = TTLCache(100, _BUILDER_SECONDS)
        self.last_contact: datetime | None = None  # our clock, when Buildbot last answered
        self.last_error: str | None = None  # why it was not available at the last call

    @property
    def source(self) -> str:
        """The name of this Buildbot in keys."""
        return self._source

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        return f"{self._url}/#/builders/{build.builderid}/builds/{build.number}"

    # ------------------------------------------------ builds and builders

    async def fetch_build(self, buildid: int) -> Build:
        """One build with its properties, and with what only its buildset tells."""
        what = f"build {buildid}"
        answer = await self._get(what, f"/builds/{buildid}", _PROPERTIES)
        row = _parse(parse_row, answer, "builds")
        build = _parse(parse_build, self._source, row)
        buildset = await self._fetch_buildset(build.buildrequestid)
        return _parse(parse_build, self._source, row, buildset)

    async def _fetch_buildset(self, buildrequestid: int) -> object:
        """The buildset of a build; None where a janitor has swept it away."""
        what = f"build request {buildrequestid}"
        try:
            answer = await self._get(what, f"/buildrequests/{buildrequestid}")
            buildsetid = _parse(parse_buildsetid, _parse(parse_row, answer, "buildrequests"))
            known = self._buildsets.get(buildsetid)
            if known is not None:
                return known
            answer = await self._get(f"buildset {buildsetid}", f"/buildsets/{buildsetid}")
        except Refused:
            return None
        buildset: object = _parse(parse_row, answer, "buildsets")
        self._buildsets[buildsetid] = buildset
        return buildset

    async def fetch_builder(self, builderid: int) -> Builder:
        """One builder with its tags; cached for minutes."""
        known = self._builders.get(builderid)
        if known is not None:
            return known
        answer = await self._get(f"builder {builderid}", f"/builders/{builderid}")
        builder = _parse(parse_builder, self._source, _parse(parse_row, answer, "builders"))
        self._builders[builderid] = builder
        return builder

    async def fetch_completed(self, since: datetime | None) -> AsyncIterator[Build]:
        """Finished builds with `complete_at >= since`, oldest first, page by page.

        Without their buildsets: a rebuild looks like what it repeats; see `fetch_build`.
        """
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
            *_PROPERTIES,
        ]
        if since is not None:
            params.append(("complete_at__ge", str(int(since.timestamp()))))
        return _parse(parse_rows, await self._get("finished builds", "/builds", params), "builds")

    def _parse_listed(self, row: object) -> Build | None:
        """A build out of many: a malformed one must not hide the others."""
        try:
            return parse_build(self._source, row)
        except Malformed as malformed:
            log.warning("build left out", extra={"reason": str(malformed)})
            return None

    async def fetch_latest(self) -> Build | None:
        """The build that finished last, by Buildbot's own clock."""
        params = [_COMPLETE, ("order", "-complete_at"), ("order", "-buildid"), ("limit", "1")]
        answer = await self._get("the last build", "/builds", [*params, *_PROPERTIES])
        rows = _parse(parse_rows, answer, "builds")
        return _parse(parse_build, self._source, rows[0]) if rows else None

    # ------------------------------------------------ logs

    async def fetch_logs(self, buildid: int, *, failed_only: bool = False) -> tuple[Log, ...]:
        """The logs that hold text of all steps of a build, or of those that failed, in their order.

        A call for each step: of a red build the others are not read.
        """
        answer = await self._get(f"build {buildid}", f"/builds/{buildid}/steps")
        logs: list[Log] = []
        steps = _parse(parse_steps, answer)
        for step in (s for s in steps if is_red(s.result) or not failed_only):
            answer = await self._get(f"step {step.stepid}", f"/steps/{step.stepid}/logs")
            logs.extend(_parse(parse_logs, step, answer))
        return tuple(logs)

    async def stream_log(self, log: Log, last: int | None = None) -> AsyncIterator[bytes]:
        """A log in chunks, or its `last` lines; of Buildbot's header lines only those that tell
        how it ended.

        In pages of lines and not `/raw`, which mixes the headers in without saying which they
        are, keeps a connection open for as long as the reader takes, and cannot be resumed.
        """
        what = f"log {log.step}/{log.name} ({log.logid})"
        stdio = StdioText() if log.lettered else None
        begin = max(0, log.lines - last) if last is not None else 0
        for first in range(begin, log.lines, _LINES_PER_PAGE):
            params = [("offset", str(first)), ("limit", str(_LINES_PER_PAGE))]
            answer = await self._get(what, f"/logs/{log.logid}/contents", params)
            text = _parse(parse_log_content, answer)
            yield (stdio.add(text) if stdio else text).encode()

    # ------------------------------------------------ one call

    async def ping(self) -> None:
        """Ask what is cheapest: raises `Unavailable` when Buildbot is away or shuts us out."""
        await self._get("its masters", "/masters", [("limit", "1")])

    async def fetch_json(self, what: str, path: str, params: Params = ()) -> Any:
        """Decoded JSON of one GET below the configured address; `what` names it for people."""
        error = None
        try:
            return await self._get_json(what, path, params)
        except Unavailable as unavailable:
            error = unavailable.reason
            raise
        finally:
            self.last_error = error

    async def _get(self, what: str, path: str, params: Params = ()) -> Any:
        return await self.fetch_json(what, f"/api/v2{path}", params)

    async def _get_json(self, what: str, path: str, params: Params) -> Any:
        if self._auth is not None and self._cookie is None:
            await self._login(None)
        cookie = self._cookie
        status, body = await self._exchange(path, params)
        if status in {401, 403} and self._auth is not None:
            await self._login(cookie)
            status, body = await self._exchange(path, params)
        _raise_for(status, what)
        return parse_json(body, "Buildbot")

    async def _exchange(self, path: str, params: Params) -> tuple[int, bytes]:
        headers = {"Accept": "application/json"}  # without it the JSON is typed text/plain
        if self._cookie is not None:
            headers["Cookie"] = self._cookie
        async with self._request(path, params=params, headers=headers) as response:
            return response.status, await fetch_body(response, _LARGEST)

    async def _login(self, stale: str | None) -> None:
        """Get a session of UserPasswordAuth, unless somebody else has replaced `stale` by now.

        Of two TWISTED_SESSION cookies the last one is good for seven days.
        """
        async with self._login_lock:
            if self._cookie != stale:
                return
            headers = {"Authorization": self._auth or ""}
            async with self._request("/auth/login", headers=headers) as response:
                if response.status in {401, 403}:
                    raise Unavailable("Buildbot does not accept our user name and password")
                self._cookie = _find_session(response.headers.getall("Set-Cookie", []))
        if self._cookie is None:
            raise Unavailable(f"Buildbot answers {response.status} to our login, and no session")

    @asynccontextmanager
    async def _request(self, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """One GET on the wire, to the configured address and nobody else."""
        url = self._url + path
        try:
            async with self._session.get(
                url, allow_redirects=False, timeout=_TIMEOUT, **options
            ) as response:
                if response.status < 500:
                    self.last_contact = self._clock.now()
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Buildbot does not answer: {describe(error)}") from error


def _make_auth(username: str, password: str | None) -> str:
    try:
        return aiohttp.encode_basic_auth(username, password or "")
    except ValueError as error:
        raise UserError("Buildbot's user name must not hold a colon") from error


def _raise_for(status: int, what: str) -> None:
    if status == 404:
        raise Refused(f"{what} is unknown to Buildbot", status)
    if status in {401, 403}:
        raise Unavailable(f"Buildbot does not let us read {what}")
    if 300 <= status < 400:
        raise Unavailable(f"Buildbot sends us elsewhere ({status}) when asked for {what}")
    if 400 <= status < 500:
        raise Refused(f"Buildbot answers {status} when asked for {what}", status)
    if status != 200:
        raise Unavailable(f"Buildbot answers {status} when asked for {what}")


def _find_session(cookies: Sequence[str]) -> str | None:
    """The last session cookie, whose name varies with the site's path and scheme."""
    found = [
        f"{name}={morsel.value}"
        for text in cookies
        for name, morsel in SimpleCookie(text).items()
        if name.startswith(("TWISTED_SESSION", "TWISTED_SECURE_SESSION"))
    ]
    return found[-1] if found else None


def _parse(parse: Callable[..., T], *json: Any) -> T:
    try:
        return parse(*json)
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed
