"""What the fleet does just now, as it was looked at last: no page waits for Buildbot.

In: a source of builds; who asks. Out: the last look, dated. It is renewed beside the pages, while
anybody looks at one; where Buildbot is away, what was known last stays, with its time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from bot.core.errors import Malformed, Refused, Unavailable
from bot.core.fleet.current_work import LAST_BUILDS, CurrentWork, make_current_work
from bot.core.model import Build
from bot.core.model.ci_requests import WaitingRequest
from bot.core.ports import Clock
from bot.web.access import Viewer

log = logging.getLogger(__name__)

# Two calls each time, while pages are open; a build takes minutes.
_RENEWED_AFTER = timedelta(seconds=20)

# The first page after a start waits so long at most for the first look.
_FIRST_SECONDS = 0.5


class WorkSource(Protocol):
    """A CI that tells what it does."""

    @property
    def source(self) -> str:
        """Its name."""
        ...

    async def fetch_running(self) -> tuple[Build, ...]:
        """Builds that run just now."""
        ...

    async def fetch_waiting(self) -> tuple[WaitingRequest, ...]:
        """Requests that no builder has begun."""
        ...

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        ...


class WorkStore(Protocol):
    """What is asked of the store."""

    async def load_builder_names(self, source: str) -> Mapping[int, str]:
        """The names of a source's builders, by id."""
        ...

    async def load_last_spans(
        self, source: str, names: Collection[str], limit: int
    ) -> Mapping[str, Sequence[timedelta]]:
        """How long the last builds of these builders took that came to an end of their own."""
        ...


class WorkMonitor:
    """Remembers the last look, and takes another one when it is asked for and old."""

    def __init__(self, source: WorkSource | None, store: WorkStore, clock: Clock) -> None:
        """Without a `source` nothing is known, ever."""
        self._source = source
        self._store = store
        self._clock = clock
        self._known: CurrentWork | None = None
        self._version = 0
        self._looked_at = None if source is None else clock.now() - _RENEWED_AFTER
        self._looking: asyncio.Task[None] | None = None

    @property
    def version(self) -> int:
        """Another number whenever other builds run or wait."""
        return self._version

    async def recall(self, viewer: Viewer) -> CurrentWork | None:
        """What a viewer may see of the last look; None: nobody looked yet."""
        self.renew()
        if self._known is None and self._looking is not None:
            await asyncio.wait({self._looking}, timeout=_FIRST_SECONDS)
        known = self._known
        if known is None or viewer.repositories is None:
            return known
        return known.pick_repositories(viewer.names, queues=viewer.sees_all)

    def renew(self) -> None:
        """Look again beside whoever asks, where the last look is old."""
        if self._looked_at is None or self._looking is not None:
            return
        now = self._clock.now()
        if now - self._looked_at >= _RENEWED_AFTER:
            self._looked_at = now
            self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Look no more."""
        self._looked_at = None
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        try:
            found = await self._fetch()
        except (Unavailable, Refused, Malformed) as error:
            log.info("what runs is not known", extra={"reason": str(error)})
        except Exception:
            log.exception("looking at what runs failed")
        else:
            if self._known is None or _name_all(found) != _name_all(self._known):
                self._version += 1
            self._known = found
        finally:
            self._looking = None

    async def _fetch(self) -> CurrentWork:
        assert self._source is not None  # noqa: S101 - else nobody looks
        source, at = self._source, self._clock.now()
        running, waiting = await source.fetch_running(), await source.fetch_waiting()
        names = await self._store.load_builder_names(source.source)
        busy = {names[b.builderid] for b in running if b.builderid in names}
        spans = await self._store.load_last_spans(source.source, busy, LAST_BUILDS)
        told = [(build, source.build_url(build)) for build in running]
        return make_current_work(at, told, waiting, names, spans)


def make_pulse(
    load_pulse: Callable[[], Awaitable[str]], work: WorkMonitor
) -> Callable[[], Awaitable[str]]:
    """The store's pulse with that of running builds, which are looked at while a page is open."""

    async def load() -> str:
        work.renew()
        return f"{await load_pulse()} {work.version}"

    return load


def _name_all(work: CurrentWork) -> object:
    """What makes a page look otherwise, but for the passing of time."""
    return [one.build.ref for one in work.running], work.waiting
