"""How branches and open incidents stand, read once for all pages and badges that ask for it.

In: which repositories are shown. Out: what was loaded, anew whenever the store's pulse went on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import Commit, Incident, Repository
from bot.core.ports import BranchFleet, Clock, FleetStore
from bot.web.pages.overview import (
    BranchCard,
    IncidentCard,
    find_named_shas,
    make_branch_cards,
    make_incident_cards,
)

# Builders that are taken out of Buildbot, and the passing of time, give no pulse.
_KEPT_FOR = timedelta(seconds=30)
_KEPT_AT_ONCE = 8  # groups of viewers who see different repositories


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to see now."""

    fleets: Sequence[BranchFleet]
    branches: Sequence[BranchCard]
    incidents: Sequence[IncidentCard]


@dataclass(frozen=True, slots=True)
class _Kept:
    pulse: str
    at: datetime
    situation: Situation


class Situations:
    """Recalls it for each group of viewers."""

    def __init__(self, store: FleetStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[frozenset[int] | None, _Kept] = {}
        self._lock = asyncio.Lock()

    async def recall(self, visible: frozenset[int] | None) -> Situation:
        """The situation, read anew when something changed; once for all who ask meanwhile."""
        async with self._lock:
            return await self._recall(visible)

    async def _recall(self, visible: frozenset[int] | None) -> Situation:
        now, pulse = self._clock.now(), await self._store.load_pulse()
        kept = self._kept.get(visible)
        if kept is None or kept.pulse != pulse or not timedelta(0) <= now - kept.at < _KEPT_FOR:
            if len(self._kept) >= _KEPT_AT_ONCE:
                self._kept.clear()
            kept = self._kept[visible] = _Kept(pulse, now, await self._load(visible, now))
        return kept.situation

    async def _load(self, visible: frozenset[int] | None, now: datetime) -> Situation:
        fleets = await self._store.load_fleet(visible)
        opened = await self._store.load_open_incidents(visible)
        said = await self._store.load_said_of({incident.id for _, incident in opened})
        commits = await self._load_commits(opened)
        return Situation(
            fleets=fleets,
            branches=make_branch_cards(fleets, opened, now),
            incidents=make_incident_cards(opened, fleets, said, commits),
        )

    async def _load_commits(
        self, opened: Sequence[tuple[Repository, Incident]]
    ) -> dict[tuple[int, str], Commit]:
        """The commits that the cards name."""
        found = {}
        for repo_id, shas in find_named_shas(opened).items():
            named = await self._store.load_named_commits(repo_id, shas)
            found.update({(repo_id, sha): commit for sha, commit in named.items()})
        return found
