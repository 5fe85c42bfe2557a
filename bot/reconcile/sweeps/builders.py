"""Look at which builders there are: what one that is gone kept open is closed, or handed over.

In: the master's list, and what is remembered of the last look. Out: the same as it is now, and the
branches to fold anew where that changes anything.
"""

import logging
from datetime import datetime, timedelta

from bot.core.incidents.builder_roster import make_roster, update_roster
from bot.core.model import branch_key
from bot.core.ports import BuildStore, CiSource, Clock

log = logging.getLogger(__name__)

BUILDERS_SWEEP = "builders"


class BuilderSweep:
    """One look at the builders of a source; `grace`: how long one must be gone to be believed."""

    def __init__(
        self, source: CiSource, facts: BuildStore, clock: Clock, *, grace: timedelta
    ) -> None:
        self._source = source
        self._facts = facts
        self._clock = clock
        self._grace = grace

    async def run(self, there: datetime) -> None:
        """Compare with what is remembered; `there` is the time by Buildbot's clock.

        That time is as old as the last sweep; what a builder did before it went is no later than
        the last build of all.
        """
        listed = await self._source.fetch_builder_list()
        if listed is None:
            return
        latest = await self._source.fetch_latest()
        if latest is not None and latest.complete_at is not None:
            there = max(there, latest.complete_at)
        remembered = await self._facts.load_builders()
        known = [b for b in remembered if b.source == self._source.source]
        found = update_roster(
            known,
            listed,
            self._source.source,
            now=self._clock.now(),
            there=there,
            grace=self._grace,
        )
        changed = [builder for builder in found if builder not in known]
        if not changed:
            return
        anew = make_roster(found) != make_roster(known)
        branches = await self._facts.load_branches() if anew else ()
        await self._facts.save_builders(changed, [branch_key(*where) for where in branches])
        for builder in changed:
            if builder.gone_at is not None:
                extra = {"builder": builder.name, "now": builder.successor, "sure": builder.settled}
                log.info("builder gone", extra=extra)
