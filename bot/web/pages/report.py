"""`GET /report`: the state of the fleet over some days; the same as JSON and Markdown.

Read-only. In: a viewer, and `since` as in `7d`. Out: what they may see of it.
"""

from aiohttp import web
from markupsafe import Markup

from bot.core.errors import UserError
from bot.core.ports import Clock
from bot.core.ports.reports import ReportStore
from bot.core.reports.documents import render_html_body, render_markdown_document
from bot.core.reports.period import DEFAULT, parse_period
from bot.core.reports.week_json import render_week_json
from bot.core.reports.week_sections import make_week_document
from bot.core.reports.weekly import WeekReport, make_week_report
from bot.web.access import Access, Viewer
from bot.web.html import render_page
from bot.web.kept import Kept

PERIODS = ("1d", "7d", "4w", "12w")
"""What the page leads to."""


def make_routes(store: ReportStore, access: Access, clock: Clock) -> list[web.RouteDef]:
    """The page and its other forms."""
    pages = _Pages(store, access, clock)
    return [
        web.get("/report", pages.handle_page),
        web.get("/report.md", pages.handle_markdown),
        web.get("/api/v1/report", pages.handle_json),
    ]


class _Pages:
    def __init__(self, store: ReportStore, access: Access, clock: Clock) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._kept = Kept[WeekReport](clock)

    async def handle_page(self, request: web.Request) -> web.Response:
        """A period that is none is answered with the usual one, and said."""
        viewer, note = await self._access.find_viewer(request), ""
        wanted = request.query.get("since", DEFAULT)
        try:
            report = await self._load(viewer, wanted)
        except UserError as error:
            note, wanted = str(error), DEFAULT
            report = await self._load(viewer, wanted)
        document = make_week_document(report)
        return render_page(
            "report.html",
            session=viewer.session,
            document=document,
            body=Markup(render_html_body(document)),  # noqa: S704 - it escapes all that is not ours
            periods=PERIODS,
            wanted=wanted,
            note=note,
        )

    async def handle_markdown(self, request: web.Request) -> web.Response:
        report = await self._load_asked(request)
        text = render_markdown_document(make_week_document(report))
        return web.Response(text=text, content_type="text/markdown")

    async def handle_json(self, request: web.Request) -> web.Response:
        return web.json_response(render_week_json(await self._load_asked(request)))

    async def _load_asked(self, request: web.Request) -> WeekReport:
        viewer = await self._access.find_viewer(request)
        try:
            return await self._load(viewer, request.query.get("since", DEFAULT))
        except UserError as error:
            raise web.HTTPBadRequest(text=str(error)) from error

    async def _load(self, viewer: Viewer, wanted: str) -> WeekReport:
        """At most a minute old."""
        now, visible = self._clock.now(), viewer.repositories
        since = parse_period(wanted, now)

        async def make() -> WeekReport:
            return make_week_report(await self._store.load_week(since, now, visible), now)

        return await self._kept.recall((visible, wanted.strip().lower()), make)
