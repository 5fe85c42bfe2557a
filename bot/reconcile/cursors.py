"""The named moments that survive restarts: how far a source was seen, and since when we may speak.

All are by the source's own clock, and are compared with nothing else.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.core.model import FIRST_SOURCE
from bot.core.model.tracker import TrackerMode, TrackerOptions
from bot.core.ports import BuildStore

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def name_cursor(source: str) -> str:
    """`complete_at` of the last build that a sweep saw."""
    return f"{source} cursor"


def name_baseline(source: str) -> str:
    """The same at the very first start: what is older is the past."""
    return f"{source} baseline"


def name_posting(source: str) -> str:
    """The same when POST_COMMENTS was switched on; the first source has no name in it."""
    return "posting since" if source == FIRST_SOURCE else f"{source} posting since"


async def load_source_time(builds: BuildStore, sources: Iterable[str]) -> datetime:
    """The time by the sources' clocks, as far as sweeps last saw it.

    Of several the earliest: while one is away, nothing is over there that is only not seen.
    """
    times = [await builds.load_time(name_cursor(source)) for source in sources]
    return min((at for at in times if at is not None), default=BEGINNING)


REMINDING_SINCE = "reminding since"


async def begin_reminding(builds: BuildStore, sources: Iterable[str]) -> None:
    """Incidents opened up to now are never reminded of: they are of a version that knew no such."""
    if await builds.load_time(REMINDING_SINCE) is None:
        await builds.save_time(REMINDING_SINCE, await load_source_time(builds, sources))


async def load_reminding_since(builds: BuildStore) -> datetime:
    """Incidents opened up to this moment are never reminded of."""
    return await builds.load_time(REMINDING_SINCE) or datetime.max.replace(tzinfo=UTC)


FILING_SINCE = "filing since"


async def begin_filing(builds: BuildStore, sources: Iterable[str], options: TrackerOptions) -> None:
    """What is red by the time that issues are first filed unasked, is filed only on request."""
    if not options.allows(TrackerMode.AUTO):
        await builds.save_time(FILING_SINCE, None)
    elif await builds.load_time(FILING_SINCE) is None:
        await builds.save_time(FILING_SINCE, await load_source_time(builds, sources))


async def load_filing_since(builds: BuildStore) -> datetime:
    """Incidents opened up to this moment are filed by nobody but people."""
    return await builds.load_time(FILING_SINCE) or datetime.max.replace(tzinfo=UTC)


async def load_announcing_since(
    builds: BuildStore, sources: Iterable[str], *, posting: bool
) -> datetime | None:
    """Incidents opened up to this moment are never announced; None: not known yet.

    Of several sources the latest: what was red before any of them was watched, is the past.
    """
    since: list[datetime] = []
    for source in sources:
        baseline = await builds.load_time(name_baseline(source))
        begun = await builds.load_time(name_posting(source)) if baseline and posting else baseline
        if begun is None:
            return None
        since.append(begun)
    return max(since, default=None)
