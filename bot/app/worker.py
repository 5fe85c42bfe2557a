"""The worker: takes keys from the inbox, has them reconciled, and sees to it that each one ends.

In: the inbox, one reconcile function per kind of key, timers. Out: finished keys, and one log line
for each. What goes wrong with one key never stops another. Any number of workers, in any number of
processes, share one inbox.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.app.concurrency import ConcurrencyLimits
from bot.app.work_outcome import WorkOutcome, WorkStatus, classify_outcome
from bot.core.errors import Unavailable
from bot.core.model import Key, KeyKind
from bot.core.ports import STUCK_AFTER, Clock, Inbox, Lease, Reconcile, Result

log = logging.getLogger(__name__)


# After this, cancelled work that does not end is left to the end of its lease.
_LAST_SECONDS = 2.0

# How often `settled` looks; it is for tests and the demo, so soon matters more than cheap.
_SETTLED_LOOK_SECONDS = 0.005


class WorkInbox(Inbox, Protocol):
    """What the worker needs of the inbox beyond its neighbours."""

    @property
    def bell(self) -> asyncio.Event:
        """Rung whenever it may be worth looking."""
        ...

    async def put_timer(self, key: Key, every_seconds: float) -> datetime:
        """Look at this once a period, however many ask; returns when to ask again."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it back as it was: nothing failed, we stop."""
        ...


@dataclass(frozen=True, slots=True)
class Timer:
    """A key to put once a period, by one of all instances that share the database."""

    key: Key
    every_seconds: float


_LEVELS = {
    WorkStatus.DONE: logging.INFO,
    WorkStatus.AGAIN: logging.INFO,
    WorkStatus.GIVEN_UP: logging.WARNING,
    WorkStatus.RETRY: logging.WARNING,
    WorkStatus.RELEASED: logging.INFO,
    WorkStatus.LOST: logging.WARNING,
}


class Worker:
    """Works on up to `concurrency` keys of each group of kinds at once; from `start` to `drain`.

    `owner` names this process in the inbox. A key that failed `stuck_after` times in a row is
    logged as an error once; it is still retried, at the longest back-off.
    """

    def __init__(
        self,
        inbox: WorkInbox,
        reconcile: Mapping[KeyKind, Reconcile],
        clock: Clock,
        *,
        owner: str,
        concurrency: int = 8,
        lease_seconds: float = 20,
        poll_seconds: float = 1,
        stuck_after: int = STUCK_AFTER,
        timers: Sequence[Timer] = (),
    ) -> None:
        self._inbox = inbox
        self._reconcile = reconcile
        self._clock = clock
        self._owner = owner
        self._limits = ConcurrencyLimits(concurrency)
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._stuck_after = stuck_after
        self._timers = dict.fromkeys(timers, clock.now())  # with the time when to ask for each
        self._jobs: dict[asyncio.Task[None], asyncio.Task[Result]] = {}
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None
        self._pausing = False
        self._turns = 0
        self._away = False  # the database was away when we last looked

    # ------------------------------------------------------------ the loop

    async def start(self) -> None:
        """Take keys and work on them, until `drain` is called."""
        self._loop = asyncio.create_task(self._run(), name="worker")

    async def _run(self) -> None:
        while not self._stopping:
            self._inbox.bell.clear()
            await self._pause(await self._turn())

    async def _turn(self) -> float:
        """Start work on all that is due, as far as the limits allow; returns how long to pause."""
        try:
            await self._put_timers()
            while kinds := self._find_free():
                lease = await self._inbox.take(self._owner, self._lease_seconds, kinds=kinds)
                if lease is None:
                    break
                await self._start_work(lease)
            pause = await self._find_pause()
        except Unavailable as away:
            if not self._away:
                log.warning("inbox away", extra={"reason": away.reason})
            self._away = True
            return self._poll_seconds
        except Exception:
            log.exception("inbox failed")
            return self._poll_seconds
        self._away = False
        return pause

    async def _put_timers(self) -> None:
        now = self._clock.now()
        for timer, due in self._timers.items():
            # Later than a period from now: our clock was set back since.
            if not now < due <= now + timedelta(seconds=timer.every_seconds):
                self._timers[timer] = await self._inbox.put_timer(timer.key, timer.every_seconds)

    def _find_free(self) -> frozenset[KeyKind]:
        """The kinds of keys for which the limits allow more."""
        return frozenset() if self._stopping else self._limits.find_free()

    async def _find_pause(self) -> float:
        """Seconds until something is due; other processes put keys without ringing our bell."""
        # While a group is at its limit, the next key of it that ends rings the bell.
        due = await self._find_due() if len(self._find_free()) == len(KeyKind) else None
        if due is None:
            return self._poll_seconds
        # Another worker may hold the lock of a key that is due: do not spin until it is through.
        return min(max((due - self._clock.now()).total_seconds(), 0.01), self._poll_seconds)

    async def _find_due(self) -> datetime | None:
        key_due = await self._inbox.next_run_at()
        return min((at for at in (key_due, *self._timers.values()) if at), default=None)

    async def _pause(self, seconds: float) -> None:
        """Until the bell rings, but not for longer."""
        waits = {
            asyncio.create_task(self._inbox.bell.wait()),
            asyncio.create_task(self._clock.sleep(seconds)),
        }
        self._pausing = True
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pausing = False
            self._turns += 1
            for wait in waits:
                wait.cancel()

    # ------------------------------------------------------------ one key

    async def _start_work(self, lease: Lease) -> None:
        if self._stopping:  # since we asked for it
            await self._settle(lease, WorkOutcome(WorkStatus.RELEASED))
            return
        work = asyncio.create_task(self._call(lease), name=str(lease.key))
        job = asyncio.create_task(self._supervise(lease, work))
        self._jobs[job] = work
        self._limits.begin(lease.key.kind)
        job.add_done_callback(partial(self._end, lease.key.kind))

    def _end(self, kind: KeyKind, job: asyncio.Task[None]) -> None:
        del self._jobs[job]
        self._limits.end(kind)
        self._inbox.bell.set()

    async def _call(self, lease: Lease) -> Result:
        return await self._reconcile[lease.key.kind](lease)

    async def _supervise(self, lease: Lease, work: asyncio.Task[Result]) -> None:
        """From the start of the work to its end in the inbox and in the log."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        heartbeat = asyncio.create_task(self._renew_until_lost(lease, work))
        try:
            await asyncio.wait({work})
            lost = heartbeat.done()
        finally:
            heartbeat.cancel()
        ending = WorkOutcome(WorkStatus.LOST)
        if not lost:
            now, stopping = self._clock.now(), self._stopping
            ending = classify_outcome(work, lease.attempts, now, stopping=stopping)
        await self._settle(lease, ending)
        _report(lease, ending, loop.time() - started)
        if ending.outcome is WorkStatus.RETRY and lease.attempts + 1 == self._stuck_after:
            extra = {"key": str(lease.key), "reason": ending.reason}
            log.error("key is stuck", extra=extra)

    async def _renew_until_lost(self, lease: Lease, work: asyncio.Task[Result]) -> None:
        """Renew the lease; returns only when it is lost, having stopped the work."""
        held: Lease | None = lease
        while held is not None:
            await self._clock.sleep(self._lease_seconds / 3)
            held = await self._renew(held)
        work.cancel()

    async def _renew(self, lease: Lease) -> Lease | None:
        """None when it was lost; while the database is away, it holds as long as it was to."""
        try:
            return await self._inbox.renew(lease, self._lease_seconds)
        except Unavailable as away:
            log.warning("lease kept", extra={"key": str(lease.key), "reason": away.reason})
        except Exception:
            log.exception("lease not renewed", extra={"key": str(lease.key)})
        return lease if self._clock.now() < lease.until else None

    async def _settle(self, lease: Lease, ending: WorkOutcome) -> None:
        """Tell the inbox; where that fails, the lease runs out and the key is done again."""
        try:
            await self._record(lease, ending)
        except Unavailable as away:
            extra = {"key": str(lease.key), "outcome": ending.outcome, "reason": away.reason}
            log.warning("outcome not recorded", extra=extra)
        except Exception:
            log.exception("outcome not recorded", extra={"key": str(lease.key)})

    async def _record(self, lease: Lease, ending: WorkOutcome) -> None:
        match ending.outcome:
            case WorkStatus.LOST:
                return
            case WorkStatus.RELEASED:
                await self._inbox.release(lease)
            case WorkStatus.RETRY:
                await self._inbox.retry(lease, ending.at or self._clock.now(), ending.reason)
            case _:
                await self._inbox.finish(lease, ending.at)

    # ------------------------------------------------------------ the end

    async def drain(self, seconds: float) -> None:
        """Take nothing new, let work in flight end; after `seconds` cancel it and release it."""
        self._stopping = True
        self._inbox.bell.set()
        loop = [self._loop] if self._loop else []
        if loop or self._jobs:
            await asyncio.wait([*loop, *self._jobs], timeout=seconds)
        for task in [*loop, *self._jobs.values()]:
            task.cancel()
        if self._jobs:
            await asyncio.wait(set(self._jobs), timeout=_LAST_SECONDS)

    async def settled(self) -> None:
        """Wait until nothing is due and nothing is in flight here; for tests and the demo.

        `start` must have been called. Keys that wait for a time to come, retries too, do not count.
        """
        while not self._stopping:
            await asyncio.sleep(_SETTLED_LOOK_SECONDS)
            turns = self._turns
            if not self._is_at_rest or await self._is_due():
                continue
            if self._is_at_rest and turns == self._turns:  # and nothing moved while we asked
                return

    @property
    def _is_at_rest(self) -> bool:
        return self._pausing and not self._jobs and not self._inbox.bell.is_set()

    async def _is_due(self) -> bool:
        due = await self._find_due()
        return due is not None and due <= self._clock.now()


def _report(lease: Lease, ending: WorkOutcome, seconds: float) -> None:
    """The one line for each key that ended; bugs with their traceback, which Sentry sees."""
    extra = {
        "key": str(lease.key),
        "outcome": ending.outcome.value,
        "seconds": round(seconds, 3),
        "reason": ending.reason,
    }
    level = logging.ERROR if ending.bug else _LEVELS[ending.outcome]
    log.log(level, "key %s", ending.outcome.value, extra=extra, exc_info=ending.bug)
