"""Buildbot, and who reads its logs."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from bot.core.model import Build, Builder, Log, Reading


class Buildbot(Protocol):
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

    async def fetch_logs(self, buildid: int, *, failed_only: bool = False) -> tuple[Log, ...]:
        """The logs of all steps of a build, or of those that failed, in the order of the steps."""
        ...

    def stream_log(self, log: Log, last: int | None = None) -> AsyncIterator[bytes]:
        """A log in chunks, or its `last` lines.

        Of Buildbot's header lines only those that tell why it was killed.
        """
        ...

    def fetch_completed(self, since: datetime | None) -> AsyncIterator[Build]:
        """Finished builds with `complete_at >= since`, oldest first, page by page."""
        ...

    async def fetch_latest(self) -> Build | None:
        """The build that finished last, by Buildbot's own clock."""
        ...

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        ...


class LogReader(Protocol):
    """Spools a log to disk and reads it outside the event loop."""

    async def read(self, chunks: AsyncIterator[bytes], *, step: str) -> Reading:
        """The reading of one log."""
        ...
