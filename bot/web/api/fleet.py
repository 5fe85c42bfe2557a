"""`GET /api/v1/fleet`: how every builder of every branch stands now.

Read-only. In: a viewer, and maybe a branch. Out: what `nightswatch status` prints.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.core.fleet.advice import AdviceFacts, advise
from bot.core.fleet.status import (
    FleetStatus,
    find_named_shas,
    find_red_builds,
    make_branch_status,
)
from bot.core.model import BuildRef, Incident, Repository
from bot.core.ports import BranchFleet, Clock, FleetStore
from bot.core.reports.fleet_json import render_fleet_json
from bot.web.access import Access
from bot.web.kept import Kept


class StatusStore(FleetStore, Protocol):
    """What is asked of the store."""

    async def load_sites(self, builds: Collection[BuildRef]) -> dict[BuildRef, tuple[str, ...]]:
        """What each of these builds fails with."""
        ...

    async def load_advice_facts(
        self, now: datetime, visible: Collection[int] | None = None
    ) -> AdviceFacts:
        """What advice on builders rests on."""
        ...


def make_routes(store: StatusStore, access: Access, clock: Clock) -> list[web.RouteDef]:
    """It shows what its viewer may see; what advice rests on is all builds of a month, and kept."""
    kept = Kept[AdviceFacts](clock)

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        visible = viewer.repositories
        facts = await kept.recall(visible, lambda: store.load_advice_facts(clock.now(), visible))
        status = await load_fleet_status(store, visible, clock.now(), facts)
        return web.json_response(render_fleet_json(status))

    return [web.get("/api/v1/fleet", handle)]


async def load_fleet_status(
    store: StatusStore, visible: Collection[int] | None, now: datetime, facts: AdviceFacts
) -> FleetStatus:
    """All branches that are built; those whose builders all fell silent long ago, too."""
    fleets = await store.load_fleet(visible)
    opened = await store.load_open_incidents(visible)
    red = [b.ref for fleet in fleets for b in find_red_builds(fleet.builders)]
    sites = await store.load_sites(red)
    branches = []
    for fleet in fleets:
        own = find_own_incidents(fleet, opened)
        shas = find_named_shas(fleet.builders, own)
        home = fleet.repository
        commits = await store.load_named_commits(home.repo_id, shas) if shas else {}
        branches.append(
            make_branch_status(
                *(home.full_name, fleet.branch, fleet.builders, own),
                sites=sites,
                commits=commits,
                now=now,
            )
        )
    records = [(r, find_own_incidents(f, opened)) for f in fleets for r in f.builders]
    return FleetStatus(now, tuple(branches), advise(records, facts, now))


def find_own_incidents(
    fleet: BranchFleet, opened: Sequence[tuple[Repository, Incident]]
) -> list[Incident]:
    """The incidents of a branch."""
    place = fleet.repository.repo_id, fleet.branch
    return [i for r, i in opened if (r.repo_id, i.branch) == place]
