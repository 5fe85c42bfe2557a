"""The weather of a chaos run: everything that befalls the service and its neighbours.

In: a stage, a database, the service's processes, and a seed. Out: the same, ill-treated until told
to stop, and a count of each kind of ill-treatment.
"""

import asyncio
import random
import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from bench.storm.instances import Instances
from bench.storm.ledger import Place, SqlitePlace
from bench.storm.stage import Stage

# GitHub's faults with the calls they befall (None: any) and their details; seconds are short, so
# that a run has many of them. Limits last some seconds, where GitHub's last up to an hour.
_GITHUB_FAULTS: tuple[tuple[str, str | None, dict[str, float]], ...] = (
    ("latency", None, {"seconds": 1}),
    ("hang", None, {"seconds": 2}),
    ("hang", "graphql", {"seconds": 2}),
    ("status", None, {"status": 500}),
    ("502", None, {}),
    ("503", None, {}),
    ("secondary", None, {"retry_after": 2}),
    ("secondary", "post-comment", {"retry_after": 2, "status": 429}),
    ("primary", None, {"reset_in": 2}),
    ("bad_credentials", None, {}),
    ("token_expired", None, {}),
    ("graphql_error", "graphql", {}),
    ("reset", None, {}),
    ("commit_then_status", "post-comment", {"status": 500}),
    ("commit_then_502", "post-comment", {}),
    ("commit_then_reset", "post-comment", {}),
    ("commit_then_hang", "post-comment", {"seconds": 2}),
    ("commit_then_reset", "edit-comment", {}),
    ("invalid_json", None, {}),
    ("html", None, {}),
    ("empty", None, {}),
    ("cut", None, {}),
    ("slow_body", None, {"seconds": 1}),
    ("stale", "comments", {}),
)

_BRIEF_FAULTS = tuple(
    (kind, op or "graphql", details)
    for kind, op, details in _GITHUB_FAULTS
    if kind not in ("hang", "secondary", "primary", "commit_then_status")
)

_BUILDBOT_FAULTS: tuple[tuple[str, dict[str, float]], ...] = (
    ("latency", {"seconds": 1}),
    ("hang", {"seconds": 2}),
    ("status", {"status": 500}),
    ("502", {}),
    ("reset", {}),
    ("invalid_json", {}),
    ("html", {}),
    ("empty", {}),
    ("cut", {}),
    ("slow_body", {"seconds": 1}),
)

# How often each kind comes, in seconds between two of them.
_EVERY = {"github": 1.5, "buildbot": 2.0, "pushes": 2.0, "away": 20.0, "database": 25.0}

# Faults wait for calls that they befall; with no bound an idle minute would spoil all that follows.
_MOST_FAULTS = 2

# A disk that is full, for so long.
_FULL_SECONDS = 3.0

_LOOK_SECONDS = 0.005
_PAUSE_SECONDS = 0.1

# Ten seconds and a little: a reader of logs takes some to start.
_LOOKS_FOR_WORK = 100

# The share of the kills of a service that is up which strike inside a transaction.
_IN_TRANSACTION = 1 / 3
_HOUR = timedelta(hours=1)


class Weather:
    """Blows from `start` to `stop`; it kills up to `quota` times, which grows with the story."""

    def __init__(
        self, stage: Stage, instances: Instances, place: Place, chance: random.Random
    ) -> None:
        self._stage = stage
        self._instances = instances
        self._place = place
        self._chance = chance
        self._tasks: list[asyncio.Future[None]] = []
        self._supervisor: asyncio.Task[None] | None = None
        self.counts = instances.counts
        self._brief = False
        self.ease = 1.0  # how many times as rare everything but kills is
        self.quota = 0  # so many kills are made by now, and no more

    # ------------------------------------------------------------ from start to end

    async def start(self, kills: int, seconds: float, early: float, *, brief: bool) -> None:
        """Start the service, and let it blow; `early` is the share of kills that strike a start.

        A `brief` storm leaves out what takes a minute to mend: lost pushes, which a sweep finds,
        posts that never reached GitHub, which have to settle, and all that is away.
        """
        self._brief = brief
        self._supervisor = asyncio.create_task(self._instances.supervise())
        winds: list[Callable[[], Awaitable[None]]] = [
            lambda: self._kill_all(seconds / max(1, kills), early),
            self._kill_at_writes,
            lambda: self._repeat(_EVERY["github"], self._spoil_github),
            lambda: self._repeat(_EVERY["buildbot"], self._spoil_buildbot),
            lambda: self._repeat(_EVERY["pushes"], self._spoil_pushes),
        ]
        if not brief:
            winds += [
                lambda: self._repeat(_EVERY["away"], self._take_away),
                lambda: self._repeat(_EVERY["database"], self._spoil_database),
                lambda: self._upgrade(seconds / 2),
            ]
        self._tasks = [asyncio.ensure_future(wind()) for wind in winds]

    async def calm_down(self) -> None:
        """No more ill-treatment; the service stays up."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [end for end in ends if isinstance(end, Exception)]
        if broken:
            raise ExceptionGroup("the weather itself broke", broken)
        self._stage.github.clear_faults()
        self._stage.buildbot.clear_faults()
        self._stage.github.skew *= 0
        for outbox in (self._stage.buildbot.pushes, self._stage.github.hooks):
            await outbox.release(newest_first=True)
        self._instances.set_clocks()

    async def stop(self) -> None:
        """The end of the service, too."""
        await self.calm_down()
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        await self._instances.stop()

    @property
    def killing_is_done(self) -> bool:
        """All kills were made that are due by now, or none can be made any more."""
        return not self._tasks or self._tasks[0].done() or self._instances.kills >= self.quota

    async def _repeat(self, every: float, spoil: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self.ease * self._chance.expovariate(1 / every))
            await spoil()

    # ------------------------------------------------------------ the processes

    async def _kill_all(self, gap: float, early: float) -> None:
        """Two in three at any moment, the others inside a transaction.

        Some as it starts; of the others every second one when it has just read a build: on a busy
        machine a start takes longer than the gap, and nothing would ever be done that could break.
        """
        while True:
            while self._instances.kills >= self.quota:
                await asyncio.sleep(_PAUSE_SECONDS)
            service = self._instances.choose()
            is_up = self._chance.random() > early
            if is_up:
                await self._instances.wait_until_ready(service)
                await self._wait_for_work(self._chance.choice((0, _LOOKS_FOR_WORK)))
            await asyncio.sleep(self._chance.uniform(0.2, 1.8) * gap)
            writes = is_up and self._chance.random() < _IN_TRANSACTION
            if writes and await self._instances.kill_in_transaction(service):
                self.counts["kills inside a transaction"] += 1
            elif self._instances.kill(service):
                self.counts["kills at any moment" if is_up else "kills as it starts"] += 1

    async def _wait_for_work(self, looks: int) -> None:
        """Until another build was read; not for long, for there may be none to read."""
        before = await self._place.load()
        for _ in range(looks):
            await asyncio.sleep(_PAUSE_SECONDS)
            now = await self._place.load()
            if before and now and now.builds.keys() != before.builds.keys():
                return

    async def _kill_at_writes(self) -> None:
        """GitHub has a write in its hands: it was not done yet, or it was and nobody was told."""
        github = self._stage.github
        while True:
            kind = self._chance.choice(("hang", "commit_then_hang")[self._brief :])
            op = self._chance.choice(("post-comment", "post-comment", "edit-comment"))
            before = github.arrived[op]
            github.fail_next(kind, op, seconds=2)
            while github.arrived[op] == before:
                await asyncio.sleep(_LOOK_SECONDS)
            await asyncio.sleep(self._chance.uniform(0, 0.05))
            service = await self._instances.find_speaker() or self._instances.choose()
            words = "before a write is done" if kind == "hang" else "between a write and its record"
            self.counts[f"kills {words} ({op})"] += self._instances.kill(service)
            # Two writes in three go through: else nothing would ever be said.
            await asyncio.sleep(self._chance.uniform(2, 20))

    async def _upgrade(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._instances.upgrade()

    # ------------------------------------------------------------ neighbours

    async def _spoil_github(self) -> None:
        if self._stage.github.faults_left >= _MOST_FAULTS:
            self._stage.github.clear_faults()  # most calls go well, as in any storm
        kind, op, details = self._chance.choice(_BRIEF_FAULTS if self._brief else _GITHUB_FAULTS)
        self._stage.github.fail_next(kind, op, **details)  # type: ignore[arg-type]  # numbers all
        self.counts["faults of GitHub"] += 1
        if self._chance.random() < 0.1:
            self._stage.github.skew = self._chance.choice((-1, 1, 0)) * _HOUR
            self.counts["clock jumps of GitHub"] += 1

    async def _spoil_buildbot(self) -> None:
        if self._stage.buildbot.faults_left:
            return
        kind, details = self._chance.choice(_BUILDBOT_FAULTS)
        self._stage.buildbot.fail_next(kind, **details)  # type: ignore[arg-type]  # numbers all
        self.counts["faults of Buildbot"] += 1

    async def _spoil_pushes(self) -> None:
        """Lost, doubled, or held for as long as hours of the story, and let go in any order."""
        outbox = self._chance.choice((self._stage.buildbot.pushes, self._stage.github.hooks))
        ways = ("double", "hold", "release", "lose")
        match self._chance.choice(ways[: 1 if self._brief else 4]):
            case "lose":
                outbox.lose_next += 2
                self.counts["pushes lost"] += 2
            case "double":
                outbox.double_next += 2
                self.counts["pushes doubled"] += 2
            case "hold":
                outbox.hold = True
                self.counts["pushes held back"] += 1
            case _:
                await outbox.release(newest_first=self._chance.random() < 0.5)

    async def _take_away(self) -> None:
        server = self._chance.choice((self._stage.buildbot, self._stage.github))
        await server.go_down()
        try:
            await asyncio.sleep(self._chance.uniform(1, 8))
        finally:  # also where the storm ends meanwhile
            await server.come_back()
        self.counts[f"{type(server).__name__.removeprefix('Demo')} away"] += 1

    async def _spoil_database(self) -> None:
        ways = [self._hold_database, self._take_database, self._fill_disk]
        await self._chance.choice(ways if isinstance(self._place, SqlitePlace) else ways[:2])()

    async def _hold_database(self) -> None:
        await self._place.hold(self._chance.uniform(1, 6))
        self.counts["database locked"] += 1

    async def _take_database(self) -> None:
        await self._place.go_away(self._chance.uniform(1, 5))
        self.counts["database away"] += 1

    async def _fill_disk(self) -> None:
        """No file may grow any more: `RLIMIT_FSIZE`, so that no disk has to be made and mounted."""
        pid = self._instances.choose().pid
        if pid is None:
            return
        infinity = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            try:
                await asyncio.sleep(_FULL_SECONDS)
            finally:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, infinity)
            self.counts["disk full"] += 1
