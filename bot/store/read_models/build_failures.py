"""What single builds fail with, for whoever looks at builders that are red now; read only.

In: the builds, some hundreds at most. Out: their tests, or other places, by build.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select, tuple_

from bot.core.model import BuildRef
from bot.store.engine.database import Database
from bot.store.engine.tables import failures


class BuildFailures:
    """A part of the read models."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_sites(self, builds: Collection[BuildRef]) -> dict[BuildRef, tuple[str, ...]]:
        """What each of them fails with for good, by name; builds that show nothing are left out."""
        own = tuple_(failures.c.source, failures.c.buildid).in_([tuple(b) for b in sorted(builds)])
        wanted = select(failures.c.source, failures.c.buildid, failures.c.site).where(
            own, failures.c.passed_on_rerun.is_(False), failures.c.site != ""
        )
        rows = await self._database.read_at_once(lambda c: c.execute(wanted).all(), single=True)
        found: defaultdict[BuildRef, set[str]] = defaultdict(set)
        for source, buildid, site in rows:
            found[BuildRef(source, buildid)].add(site)
        return {build: tuple(sorted(sites)) for build, sites in found.items()}
