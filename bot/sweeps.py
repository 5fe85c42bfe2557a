"""Catch up on what no message told us: builds that were never pushed, speech that never landed.

In: cursors that survive restarts. Out: keys in the inbox. Moments of builds are Buildbot's own
clock and are compared with nothing else.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from bot.core.model import UNPLACED_SWEEP, Build, Key, build_key, pull_key
from bot.core.results import is_red
from bot.ports import Buildbot, Clock, Facts, Inbox, Incidents

log = logging.getLogger(__name__)

BUILDBOT_SWEEP = "buildbot"
SPEECH_SWEEP = "speech"

_CURSOR = "buildbot cursor"  # complete_at of the last build that a sweep saw
BASELINE = "buildbot baseline"  # the same at the very first start: what is older is the past
_POSTING = "posting since"  # the same when POST_COMMENTS was switched on

# Builds are saved a moment after their complete_at, and not in its order.
_OVERLAP = timedelta(minutes=10)

# Of what is caught up on, red builds come first, so that incidents have their failures early.
_RED_FIRST = timedelta(seconds=1)

# A sweep of another room: given the time by Buildbot's clock.
Chore = Callable[[datetime], Awaitable[None]]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 200


async def load_now(facts: Facts) -> datetime:
    """The time by Buildbot's clock, as far as a sweep last saw it."""
    return await facts.load_time(_CURSOR) or _BEGINNING


class Sweeps:
    """One method per timer."""

    def __init__(
        self,
        *,
        buildbot: Buildbot,
        inbox: Inbox,
        facts: Facts,
        incidents: Incidents,
        clock: Clock,
        history: timedelta,
        chores: Mapping[str, Chore] | None = None,
    ) -> None:
        """`chores` are sweeps of other rooms, by name."""
        self._buildbot = buildbot
        self._inbox = inbox
        self._facts = facts
        self._incidents = incidents
        self._clock = clock
        self._history = history
        self._chores = dict(chores or {})

    async def run(self, name: str, *, post_comments: bool) -> None:
        """Run the sweep of this name; it is remembered when it last ended well."""
        if name == BUILDBOT_SWEEP:
            await self._sweep_buildbot(post_comments)
        elif name == SPEECH_SWEEP:
            await self._sweep_speech(post_comments)
        elif name == UNPLACED_SWEEP:
            await self._sweep_unplaced()
        elif name in self._chores:
            await self._chores[name](await load_now(self._facts))
        await self._facts.note_done(f"{name} sweep")

    async def load_spoken_since(self, post_comments: bool) -> datetime | None:
        """Incidents opened up to this moment are never spoken of; None: not known yet."""
        baseline = await self._facts.load_time(BASELINE)
        if baseline is None or not post_comments:
            return baseline
        return await self._facts.load_time(_POSTING)

    async def _sweep_buildbot(self, post_comments: bool) -> None:
        cursor = await self._facts.load_time(_CURSOR) or await self._begin()
        await self._mark_posting(post_comments)
        since, began = max(cursor - _OVERLAP, _BEGINNING), self._clock.now()
        batch: list[Build] = []
        async for build in self._buildbot.fetch_completed(since):
            batch.append(build)
            if len(batch) == _BATCH:
                cursor = await self._put_unknown(batch, cursor, began)
                batch = []
        if batch:
            await self._put_unknown(batch, cursor, began)

    async def _begin(self) -> datetime:
        """The very first start: everything that is finished by now is the past."""
        baseline = await self._fetch_latest()
        await self._facts.save_time(BASELINE, baseline)
        return max(baseline - self._history, _BEGINNING)

    async def _mark_posting(self, post_comments: bool) -> None:
        """Remember from when on we may write, in Buildbot's clock; forget it in a dry run."""
        since = await self._facts.load_time(_POSTING)
        if not post_comments and since is not None:
            await self._facts.save_time(_POSTING, None)
        elif post_comments and since is None:
            await self._facts.save_time(_POSTING, await self._fetch_latest())

    async def _fetch_latest(self) -> datetime:
        """When the build that finished last did so, by Buildbot's clock."""
        latest = await self._buildbot.fetch_latest()
        return latest.complete_at if latest and latest.complete_at else _BEGINNING

    async def _put_unknown(self, batch: list[Build], cursor: datetime, began: datetime) -> datetime:
        """Put the builds that we have no facts of; returns the cursor, moved on."""
        known = await self._facts.load_known_builds(
            self._buildbot.source, [build.buildid for build in batch]
        )
        new = [build for build in batch if build.buildid not in known]
        await self._inbox.put(_keys(b for b in new if is_red(b.result)), began)
        await self._inbox.put(_keys(b for b in new if not is_red(b.result)), began + _RED_FIRST)
        moved = max([cursor, *(build.complete_at for build in batch if build.complete_at)])
        await self._facts.save_time(_CURSOR, moved)
        if new:
            log.info("builds to catch up on", extra={"key": BUILDBOT_SWEEP, "builds": len(new)})
        return moved

    async def _sweep_unplaced(self) -> None:
        """Read again the builds that had no repository: by now we may be installed there."""
        unplaced = await self._facts.load_unplaced_builds(self._buildbot.source)
        await self._inbox.put([build_key(self._buildbot.source, n) for n in unplaced])

    async def _sweep_speech(self, post_comments: bool) -> None:
        """Look again at pulls whose standing text differs from the wanted one."""
        if not post_comments:
            return
        unsaid = await self._incidents.load_unsaid()
        await self._inbox.put([pull_key(repo_id, number) for repo_id, number in unsaid])


def _keys(builds: Iterable[Build]) -> list[Key]:
    return [build_key(build.source, build.buildid) for build in builds]
