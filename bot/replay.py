"""Take one build through the road, dry, and keep all that was thought on the way.

In: settings, and which build. Out: a `Replay`: what was read, the incidents it is part of, and what
would be said of each pull. The road is the live one; it works on a copy of the live store, in a
file of its own that goes away. Neither GitHub nor Buildbot nor the live store is written to.
"""

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clients.buildbot import BuildbotClient
from bot.clients.buildbot_survey import fetch_build_by_number, fetch_last_builds
from bot.core.errors import UserError
from bot.core.model import (
    Build,
    BuildFacts,
    Incident,
    Key,
    Line,
    Repository,
    Speech,
    branch_key,
    build_key,
    pull_key,
)
from bot.parts import make_options, make_road, open_buildbot, open_github
from bot.ports import Clock, Lease
from bot.reading import PoolLogReader
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.copying import copy_knowledge
from bot.store.survey import open_view
from bot.sweeps import BASELINE
from bot.triage import Road

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = re.compile(r"/?#/?builders/(\d+)/builds/(\d+)/?$")


@dataclass(frozen=True, slots=True)
class Replay:
    """All that came of it."""

    facts: BuildFacts
    repository: Repository | None
    line: Line
    incidents: tuple[Incident, ...]  # those that this build is part of
    builds: tuple[BuildFacts, ...]  # at the ends of their ranges
    speeches: tuple[Speech, ...]  # of the pulls that they accuse
    notes: tuple[str, ...] = ()


def parse_place(text: str, buildbot_url: str) -> tuple[str, int]:
    """A builder and a number, from `BUILDER/NUMBER` or the page of a build of our Buildbot."""
    if "://" in text:
        page = _PAGE.match(text.removeprefix(buildbot_url))
        if page is None or not text.startswith(buildbot_url):
            raise UserError(f"{text} is not the page of a build of {buildbot_url}")
        return page[1], int(page[2])
    builder, _, number = text.rpartition("/")
    if not builder or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise UserError(f"{text!r} is neither BUILDER/NUMBER nor the page of a build")
    return builder, int(number)


async def replay(settings: Settings, clock: Clock, place: str, before: int) -> Replay:
    """Replay a build; `before`: how many earlier ones of its builder to read where unknown."""
    builder, number = parse_place(place, settings.buildbot_url)
    async with AsyncExitStack() as stack:
        buildbot = await open_buildbot(settings, clock, stack)
        build = await fetch_build_by_number(buildbot, builder, number)
        if build.complete_at is None:
            raise UserError(f"build {number} of {builder} still runs")
        store, notes = await stack.enter_async_context(_open_copy(settings, clock))
        road = await _open_road(settings, clock, buildbot, store, stack)
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
            if await store.facts.load_time(BASELINE) is None:
                await store.facts.save_time(BASELINE, _BEGINNING)
            yield store, notes
        finally:
            await store.close()


async def _open_road(
    settings: Settings,
    clock: Clock,
    buildbot: BuildbotClient,
    store: Store,
    stack: AsyncExitStack,
) -> Road:
    reader = PoolLogReader(processes=1)
    stack.push_async_callback(reader.close)
    return make_road(
        store,
        buildbot=buildbot,
        github=await open_github(settings, clock, stack),
        reader=reader,
        clock=clock,
        # Of an old build people want to see what would have been said in its time.
        options=replace(make_options(settings), post_comments=False, backlog=None),
    )


class _Walk:
    """The road, step by step."""

    def __init__(self, road: Road, buildbot: BuildbotClient, store: Store, until: datetime) -> None:
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
        for buildid in sorted(set(ids) - known):
            await self._road.reconcile_build(self._lease(build_key(source, buildid)))

    async def take(self, build: Build) -> Replay:
        """Read it, fold it, decide."""
        source = self._buildbot.source
        await self._road.reconcile_build(self._lease(build_key(source, build.buildid)))
        (facts,) = await self._store.facts.load_builds(source, [build.buildid])
        if facts.repo_id is None or facts.build.branch is None:
            return Replay(facts, None, Line(0, 0, ()), (), (), ())
        where = (facts.repo_id, facts.build.branch)
        await self._road.reconcile_branch(self._lease(branch_key(*where)))
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
            speeches=await self._decide(facts.repo_id, incidents),
        )

    async def _load_ends(self, incidents: tuple[Incident, ...]) -> tuple[BuildFacts, ...]:
        ends = {end for i in incidents for r in i.ranges for end in _ends(r.last_good_build)}
        reds = {r.first_bad_build for i in incidents for r in i.ranges}
        return await self._store.facts.load_builds(self._buildbot.source, sorted(ends | reds))

    async def _decide(self, repo_id: int, incidents: tuple[Incident, ...]) -> tuple[Speech, ...]:
        speeches = []
        for number in sorted({i.pull for i in incidents if i.pull is not None}):
            await self._road.reconcile_pull(self._lease(pull_key(repo_id, number)))
            speech = await self._store.incidents.load_speech(repo_id, number)
            if speech is not None:
                speeches.append(speech)
        return tuple(speeches)

    def _lease(self, key: Key) -> Lease:
        """Nobody else works on a copy."""
        return Lease(key, owner="replay", generation=1, attempts=0, until=self._until)


def _ends(buildid: int | None) -> tuple[int, ...]:
    return () if buildid is None else (buildid,)


def _is_part_of(facts: BuildFacts, incident: Incident) -> bool:
    """It showed the incident, or stands at an end of one of its ranges."""
    build = facts.build
    ends = {end for r in incident.ranges for end in (r.last_good_build, r.first_bad_build)}
    ended_at = build.complete_at or build.started_at
    return build.buildid in ends or incident.is_shown_by(build.buildid, ended_at, facts.sightings)
