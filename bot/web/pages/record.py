"""`GET /record`: how good are we, judged by what later proved true; the same as JSON.

Read-only. In: a viewer. Out: what was said of the repositories that they may see.
"""

from aiohttp import web
from markupsafe import Markup

from bot.core.ports import Clock
from bot.core.ports.record import RecordStore
from bot.core.reports.documents import render_html_body
from bot.core.reports.record import Record, make_record
from bot.core.reports.record_sections import make_record_document, render_record_json
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.kept import Kept


def make_routes(store: RecordStore, access: Access, clock: Clock) -> list[web.RouteDef]:
    """Both forms; what they tell is at most a minute old."""
    kept = Kept[Record](clock)

    async def load(request: web.Request) -> Record:
        visible = (await access.find_viewer(request)).repositories

        async def judge() -> Record:
            return make_record(await store.load_record_facts(visible))

        return await kept.recall(visible, judge)

    async def handle_page(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        document = make_record_document(await load(request))
        body = Markup(render_html_body(document))  # noqa: S704 - it escapes all that is not ours
        return render_page("record.html", session=viewer.session, document=document, body=body)

    async def handle_json(request: web.Request) -> web.Response:
        return web.json_response(render_record_json(await load(request)))

    return [web.get("/record", handle_page), web.get("/api/v1/record", handle_json)]
