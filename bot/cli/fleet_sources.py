"""Where a fleet's status comes from: a running service, or a Buildbot that is asked straight.

In: an address and what settings say of it. Out: a `FleetStatus`, or `Unavailable`, `Refused` or
`UserError` with one line for a person.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.app.log_pool import LogPool
from bot.app.settings import read_some
from bot.app.wiring import SystemClock, make_stable_filter
from bot.cli.environment import find_cache_folder
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.find_address import find_buildbot
from bot.clients.ci.buildbot.queries import fetch_builders, fetch_last_builds
from bot.clients.http_responses import describe, fetch_body
from bot.core.errors import Malformed, Refused, Unavailable, UserError
from bot.core.fleet.advice import AdviceFacts, LastSeen, advise
from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.status import FleetStatus, find_red_builds, make_branch_status
from bot.core.model import Build, Builder, BuildRef, KnownRepositories
from bot.core.reports.fleet_json import parse_fleet_json
from bot.logs import merge_readings
from bot.reconcile.build_logs import read_build_logs

Show = Callable[[str, int, int], None]

SETTINGS = (
    "BUILDBOT_URL", "BUILDBOT_USERNAME", "BUILDBOT_PASSWORD", "DASHBOARD_PASSWORD", "HOST", "PORT",
    "REPOSITORY", "STABLE_TAG", "STABLE_PATTERN",
)  # fmt: skip

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not listened on
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_LARGEST = 64 * 2**20
_BUILDS = 12  # of each builder, as a strip shows
_AT_ONCE = 6  # calls to a Buildbot, which has its builds to see to
_MOST_READ = 20  # red builds whose logs are read


@dataclass(frozen=True, slots=True)
class FleetSources:
    """What may be asked."""

    service_url: str
    buildbot_url: str | None
    given: Mapping[str, Any]  # the other settings
    show: Show  # is told of progress
    reads_logs: bool = True

    async def fetch_service(self) -> FleetStatus:
        """What a running service says; raises `Unavailable` where nobody answers as one."""
        url = f"{self.service_url}/api/v1/fleet"
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._make_headers()) as session,
                session.get(url, allow_redirects=False) as response,
            ):
                body, status = await fetch_body(response, _LARGEST), response.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unavailable(f"nobody answers at {url}: {describe(error)}") from error
        if status == 401:
            raise Refused(f"{url} asks for a password: set DASHBOARD_PASSWORD", status)
        if status != 200:
            raise Unavailable(f"{url} answers with status {status}")
        try:
            return parse_fleet_json(json.loads(body))
        except (ValueError, RecursionError, Malformed) as error:
            raise Unavailable(f"{url} is no service of this version: {error}") from error

    def _make_headers(self) -> dict[str, str]:
        """The password goes to this machine, or where nobody on the way can read it."""
        password, parts = self.given["DASHBOARD_PASSWORD"], urlsplit(self.service_url)
        if password and parts.scheme != "https" and parts.hostname not in _HERE:
            raise UserError(f"{self.service_url} is not https: the password is not sent there")
        return {"Authorization": aiohttp.encode_basic_auth("status", password)} if password else {}

    async def fetch_buildbot(self) -> FleetStatus:
        """What a Buildbot says of its last builds."""
        if self.buildbot_url is None:
            raise UserError("BUILDBOT_URL is not set: it names the Buildbot to ask")
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
            )
            found = await find_buildbot(session, self.buildbot_url)
            client = BuildbotClient(
                *(found.url, session, SystemClock()),
                username=self.given["BUILDBOT_USERNAME"],
                password=self.given["BUILDBOT_PASSWORD"],
                repositories=KnownRepositories(watched=self.given["REPOSITORY"]),
            )
            return await _Reading(client, self).fetch()


class _Reading:
    """One look at a Buildbot."""

    def __init__(self, client: BuildbotClient, sources: FleetSources) -> None:
        self._client = client
        self._sources = sources
        given = sources.given
        self._is_stable = make_stable_filter(given["STABLE_TAG"], given["STABLE_PATTERN"])
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._done = 0

    async def fetch(self) -> FleetStatus:
        builders = await self._fetch_builders()
        running = {b.builderid: b for b in await self._client.fetch_running()}
        total = len(builders)
        asked = [self._fetch_builds(builder, running, total) for builder in builders]
        builds = dict(zip(builders, await _gather(asked), strict=True))
        records = self._make_records(builds)
        sites = await self._read_red(builds, records) if self._sources.reads_logs else {}
        now = SystemClock().now()
        branches = [
            make_branch_status(repository, branch, own, (), sites=sites, commits={}, now=now)
            for (repository, branch), own in sorted(records.items(), key=_rank)
        ]
        known = [(record, ()) for own in records.values() for record in own]
        return FleetStatus(now, tuple(branches), advise(known, self._find_lasts(builds), now))

    def _find_lasts(self, builds: Mapping[Builder, Sequence[Build]]) -> AdviceFacts:
        """Of one that never built it is not known how long it has been there."""
        lasts = []
        for builder, own in builds.items():
            ends = [build.complete_at for build in own if build.complete_at is not None]
            if ends:
                lasts.append(LastSeen(builder.name, min(ends), max(ends)))
        return AdviceFacts({}, lasts, ())

    async def _fetch_builders(self) -> list[Builder]:
        """Those that a master has; all that it lists while one is away."""
        known = await fetch_builders(self._client)
        listed = await self._client.fetch_builder_list()
        here = None if listed is None else {one.builderid for one in listed if one.here}
        return [one for one in known if here is None or one.builderid in here]

    async def _fetch_builds(
        self, builder: Builder, running: Mapping[int, Build], total: int
    ) -> tuple[Build, ...]:
        """The newest first; what runs now has no end, and is no evidence."""
        async with self._limit:
            ended = await fetch_last_builds(self._client, _BUILDS, builderid=builder.builderid)
        self._done += 1
        self._sources.show("builders asked", self._done, total)
        now = running.get(builder.builderid)
        return ended if now is None else (now, *ended)

    def _make_records(
        self, builds: Mapping[Builder, Sequence[Build]]
    ) -> dict[tuple[str, str], list[BuilderRecord]]:
        """By repository and branch; where no build tells a branch, it is `?`."""
        records: defaultdict[tuple[str, str], list[BuilderRecord]] = defaultdict(list)
        for builder, own in builds.items():
            places: defaultdict[tuple[str, str], list[RecentBuild]] = defaultdict(list)
            for build in own:
                place = build.repository or "", build.branch or "?"
                places[place].append(self._make_build(build))
            for place, recent in places.items():
                stable = self._is_stable(builder)
                tags = tuple(sorted(builder.tags))
                records[place].append(BuilderRecord(builder.name, tags, stable, tuple(recent)))
        return dict(records)

    def _make_build(self, build: Build) -> RecentBuild:
        return RecentBuild(
            ref=build.ref,
            number=build.number,
            worker=build.worker,
            revision=build.revision,
            result=build.result,
            started_at=build.started_at,
            complete_at=build.complete_at,
            url=self._client.build_url(build),
        )

    async def _read_red(
        self,
        builds: Mapping[Builder, Sequence[Build]],
        records: Mapping[tuple[str, str], Sequence[BuilderRecord]],
    ) -> dict[BuildRef, tuple[str, ...]]:
        """What the newest red builds fail with, as far as their logs can be had."""
        wanted = {b.ref for own in records.values() for b in find_red_builds(own)}
        red = [build for own in builds.values() for build in own if build.ref in wanted]
        red = sorted(red, key=lambda build: build.buildid, reverse=True)[:_MOST_READ]
        sites: dict[BuildRef, tuple[str, ...]] = {}
        reader = LogPool(cache=find_cache_folder())
        try:
            for done, build in enumerate(red):
                self._sources.show("logs of red builds read", done, len(red))
                with suppress(Refused, Unavailable):
                    read = await read_build_logs(self._client, reader, build)
                    sites[build.ref] = tuple(sorted(merge_readings(read.named).tests))
        finally:
            await reader.close()
        return sites


def _rank(record: tuple[tuple[str, str], object]) -> tuple[str, bool, str]:
    """What most people mean comes first; which branch is the default one a Buildbot cannot tell."""
    (repository, branch), _ = record
    return repository, branch not in {"main", "master"}, branch


async def _gather(asked: Iterable[Awaitable[tuple[Build, ...]]]) -> list[tuple[Build, ...]]:
    return list(await asyncio.gather(*asked))


def open_sources(
    environ: Mapping[str, str], url: str | None, show: Show, *, reads_logs: bool
) -> FleetSources:
    """From settings; `url` is a service's that is not here."""
    given = read_some(environ, *SETTINGS)
    host = given["HOST"] or "127.0.0.1"
    here = f"http://{_ANYWHERE.get(host, host)}:{given['PORT']}"
    service = (url or here).rstrip("/")
    return FleetSources(service, given["BUILDBOT_URL"], given, show, reads_logs)
