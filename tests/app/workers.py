"""A road that answers what it is told to, and workers on it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.app.worker import Worker
from bot.core.model import Key, build_key, pull_key
from bot.core.ports import Lease, Result

BUILD = build_key("bb", 1)


OTHER = build_key("bb", 2)


PULL = pull_key(1, 12)


# Waits have an end so that what hangs fails; a busy machine may take its time.
LONGEST = 60


@dataclass
class Road:
    """Reconciles by doing what a test says: returns, raises or hangs; and remembers."""

    seen: list[Key] = field(default_factory=list)
    answers: dict[Key, list[object]] = field(default_factory=dict)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    held: dict[Key, asyncio.Event] = field(default_factory=dict)
    stopped: list[Key] = field(default_factory=list)

    async def reconcile(self, lease: Lease) -> Result:
        self.seen.append(lease.key)
        if lease.key in self.held:
            self.held[lease.key].set()
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.stopped.append(lease.key)
                raise
        answers = self.answers.get(lease.key)
        answer = answers.pop(0) if answers else None
        if isinstance(answer, BaseException):
            raise answer
        assert answer is None or isinstance(answer, datetime)
        return Result(again_at=answer)

    async def wait_for(self, key: Key) -> None:
        async with asyncio.timeout(LONGEST):
            await self.held[key].wait()


Hire = Callable[..., Worker]


async def settle(worker: Worker) -> None:
    async with asyncio.timeout(LONGEST):
        await worker.settled()
