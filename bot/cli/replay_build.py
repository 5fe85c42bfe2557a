"""Take one build through the road, dry, and keep all that was thought on the way.

In: settings, and which build. Out: a `Replay`: what was read, the incidents it is part of, and what
would be said of each pull. The road is the live one; it works on a copy of the live store, in a
file of its own that goes away. Neither GitHub nor Buildbot nor the live store is written to.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app.dry_road import open_dry_road
from bot.app.settings import Settings
from bot.app.wiring import open_buildbot, open_github
from bot.cli.environment import find_cache_folder
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.queries import fetch_build_at, fetch_last_builds
from bot.core.errors import UserError
from bot.core.model import (
    FIRST_SOURCE,
    BranchCommits,
    Build,
    BuildRecord,
    BuildRef,
    Incident,
    Key,
    KeyKind,
    PullComment,
    Repository,
    branch_key,
    build_key,
    pull_key,
)
from bot.core.payloads.build_address import parse_build_place
from bot.core.ports import Clock, Lease, Reconcile
from bot.reconcile.cursors import BEGINNING, name_baseline
from bot.store import Store, open_store
from bot.store.backup import copy_knowledge
from bot.store.inspection import open_view


@dataclass(frozen=True, slots=True)
class Replay:
    """All that came of it."""

    facts: BuildRecord
    repository: Repository | None
    line: BranchCommits
    incidents: tuple[Incident, ...]  # those that this build is part of
    builds: tuple[BuildRecord, ...]  # at the ends of their ranges
    comments: tuple[PullComment, ...]  # of the pulls that they accuse
    notes: tuple[str, ...] = ()


async def replay(settings: Settings, clock: Clock, place: str, before: int) -> Replay:
    """Replay a build; `before`: how many earlier ones of its builder to read where unknown."""
    address = parse_build_place(place, settings.buildbot_url)
    async with AsyncExitStack() as stack:
        buildbot = await open_buildbot(settings, clock, stack)
        build = await fetch_build_at(buildbot, address)
        if build.complete_at is None:
            raise UserError(f"build {build.number} still runs")
        store, notes = await stack.enter_async_context(_open_copy(settings, clock))
        github = await open_github(settings, clock, stack)
        road = open_dry_road(
            settings, clock, store, stack, ci=buildbot, github=github, cache=find_cache_folder()
        )
        again = clock.now() + timedelta(hours=1)
        walk = _Walk(road, buildbot, store, again)
        await walk.read_earlier(build, before)
        return replace(await walk.take(build), notes=notes)


@asynccontextmanager
async def _open_copy(
    settings: Settings, clock: Clock
) -> AsyncIterator[tuple[Store, tuple[str, ...]]]:
    """What the live store knows, in a file that goes away; empty where there is none."""
    with tempfile.TemporaryDirectory(prefix="nightswatch-") as folder:
        store = await open_store(f"sqlite:///{Path(folder, 'replay.db')}", clock)
        notes: tuple[str, ...] = ()
        try:
            try:
                async with open_view(settings.database_url, clock) as live:
                    await copy_knowledge(live.database, store.database)
            except UserError as error:
                notes = (f"{error}; so only what Buildbot still has is known here",)
            baseline = name_baseline(FIRST_SOURCE)
            if await store.facts.load_time(baseline) is None:
                await store.facts.save_time(baseline, BEGINNING)
            yield store, notes
        finally:
            await store.close()


class _Walk:
    """The road, step by step."""

    def __init__(
        self,
        road: Mapping[KeyKind, Reconcile],
        buildbot: BuildbotClient,
        store: Store,
        until: datetime,
    ) -> None:
        self._road = road
        self._buildbot = buildbot
        self._store = store
        self._until = until

    async def read_earlier(self, build: Build, limit: int) -> None:
        """Earlier builds of the same builder, so that there is a last good one."""
        if limit <= 0:
            return
        earlier = await fetch_last_builds(
            self._buildbot, limit, builderid=build.builderid, below=build.number
        )
        source, ids = self._buildbot.source, [b.buildid for b in earlier]
        known = await self._store.facts.load_known_builds(source, ids)
        for buildid in sorted(set(ids) - known.keys()):
            await self._reconcile(build_key(source, buildid))

    async def take(self, build: Build) -> Replay:
        """Read it, fold it, decide."""
        source = self._buildbot.source
        await self._reconcile(build_key(source, build.buildid))
        (facts,) = await self._store.facts.load_builds([build.ref])
        if facts.repo_id is None or facts.build.branch is None:
            return Replay(facts, None, BranchCommits(0, 0, ()), (), (), ())
        where = (facts.repo_id, facts.build.branch)
        await self._reconcile(branch_key(*where))
        incidents = tuple(
            incident
            for incident in await self._store.incidents.load_incidents(*where)
            if _is_part_of(facts, incident)
        )
        return Replay(
            facts=facts,
            repository=await self._store.facts.load_repository(facts.repo_id),
            line=await self._store.facts.load_line(*where),
            incidents=incidents,
            builds=await self._load_ends(incidents),
            comments=await self._decide(facts.repo_id, incidents),
        )

    async def _load_ends(self, incidents: tuple[Incident, ...]) -> tuple[BuildRecord, ...]:
        ends = {end for i in incidents for r in i.ranges for end in _ends(r.last_good_build)}
        reds = {r.first_bad_build for i in incidents for r in i.ranges}
        return await self._store.facts.load_builds(ends | reds)

    async def _decide(
        self, repo_id: int, incidents: tuple[Incident, ...]
    ) -> tuple[PullComment, ...]:
        comments = []
        for number in sorted({i.pull for i in incidents if i.pull is not None}):
            await self._reconcile(pull_key(repo_id, number))
            comment = await self._store.incidents.load_pull_comment(repo_id, number)
            if comment is not None:
                comments.append(comment)
        return tuple(comments)

    async def _reconcile(self, key: Key) -> None:
        """Under a lease that holds: nobody else works on a copy."""
        lease = Lease(key, owner="replay", generation=1, attempts=0, until=self._until)
        await self._road[key.kind](lease)


def _ends(ref: BuildRef | None) -> tuple[BuildRef, ...]:
    return () if ref is None else (ref,)


def _is_part_of(facts: BuildRecord, incident: Incident) -> bool:
    """It showed the incident, or stands at an end of one of its ranges."""
    build = facts.build
    ends = {end for r in incident.ranges for end in (r.last_good_build, r.first_bad_build)}
    ended_at = build.complete_at or build.started_at
    return build.ref in ends or incident.is_shown_by(build.ref, ended_at, facts.sightings)
