"""`GET /api/v1/queue`: what runs just now, when it should end, and what waits.

Read-only. It is as it was looked at last, dated; each sees the builds of what is shown to them.
"""

from aiohttp import web

from bot.core.fleet.current_work import CurrentWork, RunningBuild
from bot.web.access import Access
from bot.web.api.details_json import Json, iso
from bot.web.current_work import WorkMonitor


def make_routes(access: Access, work: WorkMonitor) -> list[web.RouteDef]:
    """The queue as JSON."""

    async def handle(request: web.Request) -> web.Response:
        return web.json_response(render_work(await work.recall(await access.find_viewer(request))))

    return [web.get("/api/v1/queue", handle)]


def render_work(work: CurrentWork | None) -> Json:
    """`at` null: nobody has looked yet, or Buildbot never answered."""
    return {
        "at": iso(work.at) if work else None,
        "running": [_render_running(one) for one in work.running] if work else [],
        "waiting": [
            {"builder": one.builder, "count": one.count, "since": iso(one.since)}
            for one in (work.waiting if work else ())
        ],
    }


def _render_running(one: RunningBuild) -> Json:
    build = one.build
    return {
        "source": build.source,
        "buildid": build.buildid,
        "number": build.number,
        "builder": one.builder,
        "worker": build.worker,
        "repo": build.repository,
        "branch": build.branch,
        "revision": build.revision,
        "scheduled_by": build.scheduled_by.value,
        "started_at": iso(build.started_at),
        "expected_at": iso(one.expected_at),
        "url": one.url,
    }
