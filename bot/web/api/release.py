"""`GET /api/v1/release`: may each branch be released, and which builders say so.

Read-only; the same answer as the front page's.
"""

from collections.abc import Iterable

from aiohttp import web

from bot.core.fleet.release import BuilderStanding
from bot.web.access import Access
from bot.web.api.details_json import Json, iso
from bot.web.pages.overview import BranchCard
from bot.web.pages.situation import Situations


def make_routes(situations: Situations, access: Access) -> list[web.RouteDef]:
    """The release status as JSON."""

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        situation = await situations.recall(viewer.repositories)
        return web.json_response({"branches": [render_branch(c) for c in situation.branches]})

    return [web.get("/api/v1/release", handle)]


def render_branch(card: BranchCard) -> Json:
    """One branch; `answer` is yes, wait, no or unknown."""
    status = card.status
    return {
        "repo": card.repository.full_name,
        "branch": status.branch,
        "answer": status.answer.value,
        "reason": status.reason,
        "blocking": _render_all(status.blocking),
        "awaited": _render_all(status.awaited),
        "concerns": _render_all(status.concerns),
        "idle": _render_all(status.idle),
        "green": _render_all(status.green),
    }


def _render_all(standings: Iterable[BuilderStanding]) -> list[Json]:
    return [_render_standing(one) for one in standings]


def _render_standing(one: BuilderStanding) -> Json:
    latest = one.latest
    return {
        "builder": one.builder,
        "tier": one.tier,
        "standing": one.standing.value,
        "red_builds": one.reds,
        "red_since": iso(one.since),
        "incidents": list(one.incidents),
        "latest": None
        if latest is None
        else {
            "source": latest.ref.source,
            "buildid": latest.ref.id,
            "number": latest.number,
            "complete_at": iso(latest.complete_at),
        },
    }
