"""The addresses of the service: doors, pages and what supervisors ask, over parts that are open.

In: settings, the store, what `/health` looks at. Out: an application with all of its routes.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.app.metrics import Metrics, count_webhooks
from bot.app.settings import Settings
from bot.app.wiring import find_website
from bot.core.fleet.facets import FACET_RULES
from bot.core.ports import Logins
from bot.store import Store
from bot.store.statistics import Statistics
from bot.web import badges, events, feeds, openapi, unsubscribe
from bot.web.access import OFF, PUBLIC, Access, Viewer
from bot.web.api import details, fleet, queue, release
from bot.web.api.conditional import make_tagging
from bot.web.below_prefix import find_prefix, make_prefixing
from bot.web.current_work import WorkMonitor, WorkSource, make_pulse
from bot.web.events import EventHub
from bot.web.health import endpoints as health
from bot.web.health.checks import HealthSources, load_problems
from bot.web.last_known import make_page_errors
from bot.web.metrics_endpoint import make_metrics
from bot.web.pages import (
    activity,
    build,
    dashboard,
    front,
    grid,
    history,
    incident,
    incidents,
    record,
    report,
    requests,
)
from bot.web.pages.login import LoginPages
from bot.web.pages.situation import Situations
from bot.web.security import set_headers
from bot.web.sessions import Sessions
from bot.web.shared_pages import make_sharing
from bot.web.webhooks import buildbot, github
from bot.web.webhooks.refused_deliveries import RefusedDeliveries
from bot.web.webhooks.requests import answer_errors

_STATIC = Path(__file__).parent.parent / "web" / "static"

FORM_LIMIT = 64 * 1024
"""Bytes of a form; the doors read their bodies by themselves."""


def make_web_app(
    settings: Settings,
    store: Store,
    sources: HealthSources,
    metrics: Metrics,
    *,
    source: WorkSource,
    deliveries: RefusedDeliveries,
    logins: Logins | None,
    find_prefixes: Callable[[], Collection[str]],
    works: bool = True,
) -> web.Application:
    """Everything that can be called; where nobody works, late work is no problem to tell of."""
    github_door = github.make_handler(
        settings.github_webhook_secret, store.deliveries, find_prefixes, sources.bodies
    )
    note = sources.pushes.note if sources.pushes else lambda _: None
    buildbot_door = buildbot.make_handler(
        settings.buildbot_webhook_token, source.source, store.inbox, note, sources.bodies
    )
    count = count_webhooks(metrics, frozenset({"/github", "/buildbot"}))
    tag = make_tagging(shares=settings.dashboard != PUBLIC)
    pages = [make_prefixing(settings.public_url), answer_errors, make_page_errors(sources.clock)]
    middlewares = [count, deliveries.watch, tag, *pages]
    app = web.Application(client_max_size=FORM_LIMIT, middlewares=middlewares)
    app.on_response_prepare.append(set_headers)
    figures = Statistics(store.database, sources.clock)
    access = _make_access(settings, store, sources)
    # Where nobody works, nobody is called.
    work, hub = _make_monitors(app, source if works else None, store, sources)
    app.middlewares.append(make_sharing(hub, sources.clock))
    app.add_routes(
        [
            web.post("/github", github_door),
            web.post("/buildbot", buildbot_door),
            web.get("/livez", health.make_livez()),
            web.get("/readyz", health.make_readyz(sources)),
            web.get("/health", health.make_health(sources, access)),
            web.get("/metrics", make_metrics(metrics.registry, figures, sources)),
            web.get("/api/openapi.json", openapi.make_handler()),
            web.static("/static", _STATIC),
            *_make_pages(settings, store, access, sources, logins, hub=hub, work=work, works=works),
        ]
    )
    return app


def _make_monitors(
    app: web.Application, source: WorkSource | None, store: Store, sources: HealthSources
) -> tuple[WorkMonitor, EventHub]:
    """What looks at the fleet and the store while pages are open; it ends with the application."""
    work = WorkMonitor(source, store.views, sources.clock)
    hub = EventHub(make_pulse(store.views.load_pulse, work), sources.clock)
    app.on_shutdown.append(lambda _: work.close())
    # Before connections are waited for: those of open pages would not end by themselves.
    app.on_shutdown.append(lambda _: hub.close())
    return work, hub


async def _find_no_problems(_: Viewer) -> Sequence[tuple[str, str]]:
    """Where nobody works, nothing is late."""
    return ()


def _make_access(settings: Settings, store: Store, sources: HealthSources) -> Access:
    """Sessions there are where people can log in with GitHub."""
    secret, url = settings.github_app_client_secret, settings.public_url or ""
    secure = url.startswith("https://")
    path = find_prefix(url) or "/"
    sessions = Sessions(secret, sources.clock, secure=secure, path=path) if secret else None
    return Access(settings.dashboard, settings.dashboard_password, store.facts, sessions)


def _make_pages(
    settings: Settings,
    store: Store,
    access: Access,
    sources: HealthSources,
    logins: Logins | None,
    *,
    hub: EventHub,
    work: WorkMonitor,
    works: bool,
) -> list[web.RouteDef]:
    ways_out = unsubscribe.make_routes(store.notices, settings.notices.unsubscribe_secret)
    if settings.dashboard == OFF:
        return ways_out
    url = settings.public_url
    service = front.Service(
        clock=sources.clock,
        buildbot=settings.buildbot_url,
        posts=settings.post_comments,
        website=find_website(settings.github_api_url),
        load_problems=partial(load_problems, sources) if works else _find_no_problems,
        public_url=url,
    )
    cells = grid.GridSettings(
        sources.clock, service.website, settings.builder_facets or FACET_RULES
    )
    situations = Situations(store.views, sources.clock)
    login = LoginPages(access, store.facts, sources.clock, url, logins)
    return [
        *front.make_routes(store.views, access, service, situations, work),
        *events.make_routes(hub, access),
        *grid.make_routes(store.views, access, cells, work),
        *requests.make_routes(store.views, access, url),
        *incident.make_routes(store.views, access, sources.clock, service.website),
        *incidents.make_routes(store.views, access, sources.clock),
        *build.make_routes(store.views, access, sources.clock, service.website),
        *history.make_routes(store.views, access, sources.clock, work),
        *activity.make_routes(store.views, access, sources.clock, service.load_problems),
        *_make_apis(store, access, sources, url, situations=situations, work=work),
        *report.make_routes(store.views, access, sources.clock),
        *record.make_routes(store.views, access, sources.clock),
        *login.make_routes(),
        *ways_out,
    ]


def _make_apis(
    store: Store,
    access: Access,
    sources: HealthSources,
    url: str | None,
    *,
    situations: Situations,
    work: WorkMonitor,
) -> list[web.RouteDef]:
    """What other programs read: JSON, feeds and badges."""
    return [
        *badges.make_routes(situations, access),
        *feeds.make_routes(store.views, access, sources.clock, url),
        *dashboard.make_routes(store.views, access, url),
        *details.make_routes(store.views, access, url, sources.clock),
        *fleet.make_routes(store.views, access, sources.clock),
        *queue.make_routes(access, work),
        *release.make_routes(situations, access),
    ]
