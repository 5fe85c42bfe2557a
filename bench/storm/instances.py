"""The service's processes in a storm: started again whenever they ended, and killed on purpose.

In: one `ServiceProcess` for each instance, and the database that they share. Out: the same,
running; each start with a clock that may be off, and after `upgrade` of a newer version. Counts
what it did.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.storm.ledger import Place
from bench.storm.next_version import SCHEMA
from bot.core.errors import Unavailable
from bot.fakes.service_process import ServiceProcess

# What a process ends with that refuses to start, `serve`'s word for a mistake of a person's.
_REFUSED = 2

# A start takes some seconds before the database is looked at.
_TRIES_AT_START = 1000

_SCHEMA = {"schema": "SELECT version_num FROM alembic_version"}

_OWNERS = {"pulls": "SELECT lease_owner FROM inbox WHERE kind = 'pull' AND lease_owner IS NOT NULL"}


class Instances:
    """All processes of the service; `kills` counts SIGKILLs that struck one."""

    def __init__(
        self, services: Sequence[ServiceProcess], place: Place, folder: Path, chance: random.Random
    ) -> None:
        self.services = tuple(services)
        self._place = place
        self._folder = folder
        self._chance = chance
        self._next: set[ServiceProcess] = set()  # those of the newer version
        self.kills = 0
        self.counts: Counter[str] = Counter()

    # ------------------------------------------------------------ up

    async def supervise(self) -> None:
        """Start each again whenever it ended, as systemd would."""
        while True:
            for service in self.services:
                if service.pid is None:
                    await self._launch(service)
            await asyncio.sleep(0.02)

    async def _launch(self, service: ServiceProcess) -> None:
        """Every other time with a clock that is off; an old version that is refused is replaced."""
        if service.status == _REFUSED and self._next and service not in self._next:
            self.counts["an old version refused to start"] += 1
            self._next.add(service)
        self._jump_clock(service)
        words = ["-m", "bench.storm.serve", str(self._find_offset(service))]
        if service in self._next:
            service.words = (*words, "--next")
        else:
            service.words = self._chance.choice((tuple(words), ("-m", "bot", "serve")))
        await service.launch()
        self.counts["starts"] += 1

    def _find_offset(self, service: ServiceProcess) -> Path:
        return self._folder / f"clock-offset-{self.services.index(service)}"

    def _jump_clock(self, service: ServiceProcess) -> None:
        """Minutes or hours, either way, or back to the truth."""
        offset = self._chance.choice((0, 0, -5, 5, 90, -90, 300, -300, 7200, -7200))
        self._find_offset(service).write_text(str(offset))
        self.counts["clock jumps of ours"] += 1

    def set_clocks(self) -> None:
        """All clocks tell the truth again."""
        for service in self.services:
            self._find_offset(service).unlink(missing_ok=True)

    def choose(self) -> ServiceProcess:
        """One of them."""
        return self._chance.choice(self.services)

    async def wait_until_ready(self, service: ServiceProcess) -> None:
        """Until it takes work, or it ended, or it takes too long."""
        with suppress(TimeoutError, Unavailable):
            await service.wait_until_ready()

    async def stop(self) -> None:
        """In order."""
        for service in self.services:
            await service.stop()

    # ------------------------------------------------------------ down

    def kill(self, service: ServiceProcess) -> bool:
        """SIGKILL; False where there was nothing to kill."""
        if service.pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(service.pid, signal.SIGKILL)
            self.kills += 1
            self.counts["kills while another was up"] += self._is_another_up(service)
            return True
        return False

    def _is_another_up(self, service: ServiceProcess) -> bool:
        return any(other.pid is not None for other in self.services if other is not service)

    async def kill_in_transaction(self, service: ServiceProcess, tries: int = 100) -> bool:
        """Stop it, see whether a transaction is open, and only then kill it."""
        for _ in range(tries):
            with self._stopped(service) as is_stopped:
                if is_stopped and await self._place.is_writing(self.services.index(service)):
                    return self.kill(service)
            await asyncio.sleep(self._chance.uniform(0.001, 0.05))
        return False

    @contextmanager
    def _stopped(self, service: ServiceProcess) -> Iterator[bool]:
        """Whether it stands still."""
        pid = service.pid
        if pid is None:
            yield False
            return
        try:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
            yield True
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def find_speaker(self) -> ServiceProcess | None:
        """Who works on a pull now, by the leases."""
        rows = await self._place.fetch(_OWNERS)
        owners = [owner for (owner,) in rows["pulls"]] if rows else []
        found = [s for s in self.services if any(f":{s.pid}/" in owner for owner in owners)]
        return found[0] if found else None

    # ------------------------------------------------------------ upgrade

    async def upgrade(self) -> None:
        """One of them is of the newer version from now on; the others go on with the old one.

        Its first start is killed inside its first transaction: that of the migration, as a rule.
        """
        first = self.choose()
        self._next.add(first)
        self.kill(first)
        self.counts["kills to upgrade"] += 1
        while first.pid is None or "--next" not in first.words:
            await asyncio.sleep(0.01)
        if await self.kill_in_transaction(first, tries=_TRIES_AT_START):
            rows = await self._place.fetch(_SCHEMA)
            is_done = rows is not None and rows["schema"] == [(SCHEMA,)]
            self.counts[f"kills {'after' if is_done else 'inside'} a migration"] += 1
