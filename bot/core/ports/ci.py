"""Buildbot, and who reads its logs."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Build, Builder, FinishedBuild, ListedBuilder, Log, Reading, Step


class CiSource(Protocol):
    """The one configured Buildbot; nothing a payload says changes what is called."""

    @property
    def source(self) -> str:
        """The name of this Buildbot in keys."""
        ...

    async def fetch_build(self, buildid: int) -> Build:
        """One build with its properties."""
        ...

    async def fetch_builder(self, builderid: int) -> Builder:
        """One builder with its tags; cached for minutes."""
        ...

    async def fetch_builder_list(self) -> tuple[ListedBuilder, ...] | None:
        """All builders, also those that were taken out; None while a master is away."""
        ...

    async def fetch_steps(self, buildid: int) -> tuple[Step, ...]:
        """The steps of a build, in their order."""
        ...

    async def fetch_tolerated_steps(self, builderid: int) -> frozenset[str]:
        """The names of steps that failed in late builds of a builder which were not red for it."""
        ...

    async def fetch_logs(self, steps: Sequence[Step]) -> tuple[Log, ...]:
        """The logs of these steps that hold text, or did so once, in the order of the steps."""
        ...

    def stream_log(self, log: Log, last: int | None = None) -> AsyncIterator[bytes]:
        """A log in chunks, or its `last` lines.

        Of Buildbot's header lines only those that tell why it was killed.
        """
        ...

    def fetch_completed(self, since: datetime | None) -> AsyncIterator[FinishedBuild]:
        """Finished builds with `complete_at >= since`, oldest first, page by page."""
        ...

    async def fetch_latest(self) -> FinishedBuild | None:
        """The build that finished last, by Buildbot's own clock."""
        ...

    async def fetch_running(self) -> tuple[Build, ...]:
        """Builds that run just now, by buildid; the revision is the one asked for until git ran."""
        ...

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        ...


class LogReader(Protocol):
    """Spools a log to disk and reads it outside the event loop."""

    async def read(self, chunks: AsyncIterator[bytes], *, step: str) -> Reading:
        """The reading of one log."""
        ...
