"""The pulse: asks Buildbot and GitHub every few seconds whether they are there, and watches pushes.

In: one `ping` per service; what the door of Buildbot heard; the sweep's cursor. Out: for `/health`,
who is out of reach since when, and whether pushes stopped although builds finish.

Pushes are judged by Buildbot's clock alone: the newest `complete_at` that a push told, against the
newest that a sweep read. A message that is lost is found by the next sweep, so nothing else shows
that a reporter has stopped: one did so for weeks, and nobody knew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.checks.buildbot import CURSOR, FIRST_PUSHED, MISSING, PUSHED, WATCHED
from bot.core.errors import Refused, Unavailable
from bot.core.payloads import BuildPush
from bot.core.ports import Clock

log = logging.getLogger(__name__)

# An outage has to be known within a minute: in the worst case it begins just after a ping, the next
# one comes 20 s later, and takes all its time. Calls to GitHub go one at a time, and each may take
# 15 s: a ping has to outlast the one before it.
PING_SECONDS = 20
_PATIENCE_SECONDS = 25

# Twice as often as a push may take: a build that a sweep saw first has this long to be pushed.
_WATCH_SECONDS = 5

_SWEPT = "buildbot sweep"


class MomentStore(Protocol):
    """Named moments."""

    async def load_time(self, name: str) -> datetime | None:
        """One of them."""
        ...

    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did something, by our own clock."""
        ...

    async def save_time(self, name: str, at: datetime | None) -> None:
        """Set one."""
        ...


@dataclass(slots=True)
class Probe:
    """Whether a service answers, as the last ping found."""

    ping: Callable[[], Awaitable[None]]
    last_contact: Callable[[], datetime | None] = lambda: None  # when it answered any call of ours
    error: str | None = None
    since: datetime | None = None  # our clock, at the first ping that failed
    answered_at: datetime | None = None


class PushMonitor:
    """Hears of every push, and compares with what the sweeps read."""

    def __init__(self, store: MomentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._began = clock.now()
        self._heard: dict[str, datetime] = {}
        self._baseline: datetime | None = None
        self._behind = 0
        self._stored: datetime | None = None
        self._is_loaded = False
        self.missing_since: datetime | None = None  # our clock

    def note(self, push: BuildPush) -> None:
        """A push of a finished build; kept in memory, so that the door need not wait."""
        if push.complete_at is None:
            return
        names = [PUSHED] + ([f"{PUSHED} {push.result.name}"] if push.result is not None else [])
        for name in names:
            known = self._heard.get(name)
            self._heard[name] = max(known or push.complete_at, push.complete_at)

    async def look(self) -> None:
        """Save what was heard; then see whether sweeps know of builds that no push told."""
        await self._save_heard()
        await self._load_missing()
        cursor = await self._store.load_time(CURSOR)
        if cursor is None or not await self._knows_baseline(cursor):
            return
        pushed = await self._store.load_time(PUSHED)
        if pushed is not None and pushed >= cursor:
            self._behind, self.missing_since = 0, None
        elif cursor != self._baseline:
            self._behind += 1
            if self._behind == 2 and self.missing_since is None:  # seen twice in a row
                self.missing_since = self._clock.now()
        await self._save_missing()

    async def _load_missing(self) -> None:
        """No restart mends a reporter: what an earlier process saw, holds until a push comes."""
        if not self._is_loaded:
            self.missing_since = self._stored = await self._store.load_time(MISSING)
            self._is_loaded = True

    async def _save_missing(self) -> None:
        """For `doctor`, which hears no pushes."""
        if self._stored != self.missing_since:
            await self._store.save_time(MISSING, self.missing_since)
            self._stored = self.missing_since

    async def _knows_baseline(self, cursor: datetime) -> bool:
        """What finished before our own first sweep may well have been pushed while we were away."""
        if self._baseline is None:
            swept_at = await self._store.load_done(_SWEPT)
            if swept_at is None or swept_at < self._began:
                return False
            await self._store.save_time(WATCHED, cursor)
            self._baseline = cursor
        return True

    async def _save_heard(self) -> None:
        heard, self._heard = self._heard, {}
        try:
            for name, at in heard.items():
                known = await self._store.load_time(name)
                if known is None or known < at:
                    await self._store.save_time(name, at)
            if heard and await self._store.load_time(FIRST_PUSHED) is None:
                await self._store.save_time(FIRST_PUSHED, heard[PUSHED])
        except Unavailable:
            self._heard = {**heard, **self._heard}
            raise


Watch = Callable[[], Awaitable[None]]


class ProbeLoop:
    """Runs from `start` to `stop`."""

    def __init__(self, reaches: Sequence[Probe], watches: Sequence[Watch], clock: Clock) -> None:
        """`watches` are called every few seconds, each on its own."""
        self._reaches = reaches
        self._watches = watches
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Ping at once, and again and again."""
        loops = [self._repeat(self._make_ping(reach), PING_SECONDS) for reach in self._reaches]
        loops += [self._repeat(watch, _WATCH_SECONDS) for watch in self._watches]
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """No more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await work()
            except Unavailable as away:
                log.warning("pulse missed", extra={"reason": away.reason})
            except Exception:
                log.exception("pulse failed")
            await self._clock.sleep(seconds)

    def _make_ping(self, reach: Probe) -> Callable[[], Awaitable[None]]:
        async def ping() -> None:
            error = await find_error(reach)
            now = self._clock.now()
            if error is None:
                reach.answered_at, reach.since = now, None
            elif reach.error is None:
                reach.since = now
            reach.error = error

        return ping


async def find_error(reach: Probe, patience: float = _PATIENCE_SECONDS) -> str | None:
    """Why it counts as away; None where it answers, be it slowly and to others of our calls."""
    before = reach.last_contact()
    try:
        async with asyncio.timeout(patience):
            await reach.ping()
    except TimeoutError:
        if reach.last_contact() != before:
            return None  # the ping only waited for its turn
        return f"no answer within {patience:g} seconds"
    except (Unavailable, Refused) as error:
        return error.reason
    return None
