"""Read the last weeks of a Buildbot by the live road into a scratch store: nobody watches it yet.

In: settings, whose store is scratch. Out: counts; facts and incidents in the store. Each build is
one transaction, and one that is known is not read again: who is stopped half-way goes on later.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.app.call_pace import CallPace
from bot.app.dry_road import open_dry_road
from bot.app.settings import Settings
from bot.app.wiring import open_buildbot, open_github
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.model import FinishedBuild, Key, KeyKind, branch_key, build_key, pull_key
from bot.core.ports import Clock, Lease, Reconcile
from bot.reconcile.cursors import BEGINNING, name_baseline, name_cursor
from bot.store import Store, open_store

# Two at once keep the answers coming while a log is read; the pace is what spares the master.
_AT_ONCE = 2
_KNOWN_AT_ONCE = 200
# A blip is waited for; a build that fails so often is left aside, and so many in a row are no blip.
_PAUSES = (2, 4, 8)
_MOST_IN_A_ROW = 3
_LONGEST_PAUSE = timedelta(minutes=1)
# How many of the last builds are asked which repository they built.
_ASKED = 10

T = TypeVar("T")
Show = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(slots=True)
class ReadCounts:
    """What became of the builds of these weeks."""

    builds: int = 0
    known: int = 0  # read by an earlier run
    read: int = 0
    left_aside: list[str] = field(default_factory=list)  # why, one for each build
    newest: datetime | None = None
    failed_in_a_row: int = 0


class TrialReader:
    """One reading of one Buildbot's past."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        calls_per_second: float,
        show: Show,
        cache: Path | None = None,
    ) -> None:
        """`show` is told of progress; `cache` keeps what is compiled."""
        self._settings = settings
        self._clock = clock
        self._per_second = calls_per_second
        self._show = show
        self._cache = cache
        self._pace = CallPace(clock)
        self.counts = ReadCounts()

    @property
    def calls(self) -> Mapping[str, int]:
        """How often `buildbot` and `github` were called."""
        return self._pace.calls

    async def read(self) -> ReadCounts:
        """All of it; raises `UserError` for what a person has to mend, `Unavailable` else."""
        async with AsyncExitStack() as stack:
            trace = self._pace.make_trace("buildbot", self._per_second)
            buildbot = await open_buildbot(self._settings, self._clock, stack, trace)
            trace = self._pace.make_trace("github")
            github = await open_github(self._settings, self._clock, stack, trace)
            latest = await self._try(partial(_fetch_latest, buildbot))
            await self._try(partial(_check_repository, buildbot, github, latest))
            store = await open_store(self._settings.database_url, self._clock)
            stack.push_async_callback(store.close)
            road = open_dry_road(
                *(self._settings, self._clock, store, stack),
                ci=buildbot,
                github=github,
                cache=self._cache,
            )
            await store.facts.save_time(name_baseline(buildbot.source), BEGINNING)
            ids = await self._list_unknown(buildbot, store, latest)
            await self._read_builds(road, buildbot.source, ids)
            if self.counts.newest is not None:
                await store.facts.save_time(name_cursor(buildbot.source), self.counts.newest)
            await self._fold(road, store)
        return self.counts

    async def _list_unknown(
        self, buildbot: BuildbotClient, store: Store, latest: FinishedBuild
    ) -> list[int]:
        """The builds of these weeks that are not in the store, oldest first."""
        self.counts.newest = latest.complete_at
        days = timedelta(days=self._settings.history_days)
        since = latest.complete_at - days if latest.complete_at else None
        ids = await self._try(partial(self._list, buildbot, since))
        known: set[int] = set()
        for batch in _cut(ids, _KNOWN_AT_ONCE):
            known |= (await store.facts.load_known_builds(buildbot.source, batch)).keys()
        self.counts.builds, self.counts.known = len(ids), len(known)
        return [buildid for buildid in ids if buildid not in known]

    async def _list(self, buildbot: BuildbotClient, since: datetime | None) -> list[int]:
        ids = []
        async for build in buildbot.fetch_completed(since):
            ids.append(build.buildid)
            self._show("builds listed", len(ids), 0)
        return ids

    async def _read_builds(
        self, road: Mapping[KeyKind, Reconcile], source: str, ids: Sequence[int]
    ) -> None:
        waiting = iter(ids)

        async def read_some() -> None:
            for buildid in waiting:
                await self._read_build(road, build_key(source, buildid))
                done = self.counts.known + self.counts.read + len(self.counts.left_aside)
                self._show("builds read", done, self.counts.builds)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(read_some())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed

    async def _read_build(self, road: Mapping[KeyKind, Reconcile], key: Key) -> None:
        try:
            await self._reconcile(road, key)
        except Refused as refused:
            self.counts.left_aside.append(refused.reason)
        except Unavailable as away:
            self.counts.failed_in_a_row += 1
            if self.counts.failed_in_a_row > _MOST_IN_A_ROW:
                raise
            self.counts.left_aside.append(away.reason)
        else:
            self.counts.read += 1
            self.counts.failed_in_a_row = 0

    async def _fold(self, road: Mapping[KeyKind, Reconcile], store: Store) -> None:
        """What is believed of each branch, and what would stand on each pull now."""
        branches = await store.facts.load_branches()
        for done, where in enumerate(branches):
            self._show("branches folded", done, len(branches))
            await self._reconcile(road, branch_key(*where))
            for incident in await store.incidents.load_incidents(*where):
                if incident.pull is not None:
                    await self._reconcile(road, pull_key(where[0], incident.pull))
        while (lease := await store.inbox.take("try", 1)) is not None:  # all of it is done
            await store.inbox.finish(lease, None)

    async def _reconcile(self, road: Mapping[KeyKind, Reconcile], key: Key) -> None:
        """Under a lease that holds: nobody else works on a scratch store."""
        until = self._clock.now() + timedelta(days=1)
        lease = Lease(key, owner="try", generation=1, attempts=0, until=until)
        await self._try(partial(road[key.kind], lease))

    async def _try(self, work: Callable[[], Awaitable[T]]) -> T:
        """With pauses while a server is away; raises `Unavailable` when it stays so."""
        for pause in _PAUSES:
            try:
                return await work()
            except Unavailable as away:
                wait = min(away.retry_after or timedelta(seconds=pause), _LONGEST_PAUSE)
                self._show(f"waiting {wait.total_seconds():.0f} s: {away.reason}", 0, 0)
                await self._clock.sleep(wait.total_seconds())
        return await work()


async def _fetch_latest(buildbot: BuildbotClient) -> FinishedBuild:
    latest = await buildbot.fetch_latest()
    if latest is None:
        raise UserError("this Buildbot has no finished build yet: there is no past to read")
    return latest


async def _check_repository(
    buildbot: BuildbotClient, github: GitHubClient, latest: FinishedBuild
) -> None:
    """Before thousands of calls: is it known which repository, and does GitHub show it to us?"""
    name = buildbot.repositories.watched
    for buildid in range(latest.buildid, max(0, latest.buildid - _ASKED), -1):
        if name is not None:
            break
        try:
            name = (await buildbot.fetch_build(buildid)).repository
        except Refused:  # a number that was given to nobody, or to a build that is gone
            continue
    if name is None:
        raise UserError(
            f"none of the last {_ASKED} builds names a repository on GitHub: say which one with"
            " --repository owner/name"
        )
    try:
        await github.fetch_repository(name)
    except Refused as refused:
        raise UserError(f"GitHub does not show {name} to this token: {refused.reason}") from refused


def _cut(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), size):
        yield ids[begin : begin + size]
