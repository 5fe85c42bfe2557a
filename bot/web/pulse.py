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

from bot.core.errors import Refused, Unavailable
from bot.core.payloads import BuildPush
from bot.ports import Clock

log = logging.getLogger(__name__)

# An outage has to be known within a minute: in the worst case it begins just after a ping, the next
# one comes 20 s later, and takes all its time. Calls to GitHub go one at a time, and each may take
# 15 s: a ping has to outlast the one before it.
PING_SECONDS = 20
_PATIENCE_SECONDS = 25

# Twice as often as a push may take: a build that a sweep saw first has this long to be pushed.
_WATCH_SECONDS = 5

# Moments in the store, but the last in Buildbot's clock; doctor reads them, too.
PUSHED = "pushed"  # the newest finished build that a push told of
FIRST_PUSHED = "first pushed"
WATCHED = "pushes watched since"  # what finished later while we listened, must have been pushed
CURSOR = "buildbot cursor"  # the newest finished build that a sweep saw
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
class Reach:
    """Whether a service answers, as the last ping found."""

    ping: Callable[[], Awaitable[None]]
    last_contact: Callable[[], datetime | None] = lambda: None  # when it answered any call of ours
    error: str | None = None
    since: datetime | None = None  # our clock, at the first ping that failed
    answered_at: datetime | None = None


class PushWatch:
    """Hears of every push, and compares with what the sweeps read."""

    def __init__(self, store: MomentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._began = clock.now()
        self._heard: dict[str, datetime] = {}
        self._baseline: datetime | None = None
        self._behind = 0
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
        cursor = await self._store.load_time(CURSOR)
        if cursor is None or not await self._knows_baseline(cursor):
            return
        pushed = await self._store.load_time(PUSHED)
        told = pushed is not None and pushed >= cursor
        self._behind = 0 if told or cursor == self._baseline else self._behind + 1
        if self._behind == 0:
            self.missing_since = None
        elif self._behind == 2:  # seen twice in a row
            self.missing_since = self._clock.now()

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


class Pulse:
    """Runs from `start` to `stop`."""

    def __init__(self, reaches: Sequence[Reach], pushes: PushWatch | None, clock: Clock) -> None:
        self._reaches = reaches
        self._pushes = pushes
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Ping at once, and again and again."""
        loops = [self._repeat(self._make_ping(reach), PING_SECONDS) for reach in self._reaches]
        if self._pushes is not None:
            loops.append(self._repeat(self._pushes.look, _WATCH_SECONDS))
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

    def _make_ping(self, reach: Reach) -> Callable[[], Awaitable[None]]:
        async def ping() -> None:
            error = await find_error(reach)
            now = self._clock.now()
            if error is None:
                reach.answered_at, reach.since = now, None
            elif reach.error is None:
                reach.since = now
            reach.error = error

        return ping


async def find_error(reach: Reach, patience: float = _PATIENCE_SECONDS) -> str | None:
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
