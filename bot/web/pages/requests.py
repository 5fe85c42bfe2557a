"""`GET /requests` and `GET /api/v1/requests`: the builds that were asked for, or would be.

Read-only. In a dry run they are shown as what would have been asked for.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.core.model import Repository
from bot.core.model.request_records import RequestRecord
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.pages.offsets import PAGE_SIZE, find_next, read_offset, read_page


class RequestStore(Protocol):
    """What is asked of the store."""

    async def load_request_page(
        self, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, RequestRecord]]:
        """What was asked for, the newest first."""
        ...


def make_routes(store: RequestStore, access: Access, public_url: str | None) -> list[web.RouteDef]:
    """The page, and the same as JSON; each shows what its viewer may see."""
    pages = _RequestPages(store, access, public_url)
    return [
        web.get("/requests", pages.handle_page),
        web.get("/api/v1/requests", pages.handle_json),
    ]


class _RequestPages:
    def __init__(self, store: RequestStore, access: Access, public_url: str | None) -> None:
        self._store = store
        self._access = access
        self._public_url = public_url or ""

    async def handle_page(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        page = read_page(request)
        rows = await self._store.load_request_page(page.offset, PAGE_SIZE + 1, viewer.repositories)
        return render_page(
            "requests.html",
            session=viewer.session,
            rows=rows[:PAGE_SIZE],
            page=page,
            later=page.find_later(len(rows) > PAGE_SIZE),
        )

    async def handle_json(self, request: web.Request) -> web.Response:
        offset = read_offset(request)
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_request_page(offset, PAGE_SIZE + 1, viewer.repositories)
        shown = [render_request(*row) for row in rows[:PAGE_SIZE]]
        following = find_next(self._public_url, request, offset, rows)
        return web.json_response({"requests": shown, "next": following})


def render_request(repository: Repository, record: RequestRecord) -> dict[str, object]:
    """One row of `/api/v1/requests`."""
    request = record.request
    return {
        "repo": repository.full_name or None,
        "id": request.id,
        "builder": request.builder,
        "revision": request.revision,
        "branch": record.branch,
        "purpose": request.purpose.value,
        "state": request.state.value,
        "dry_run": record.dry_run,
        "reason": request.reason,
        "words": record.words,
        "incident": request.incident,
        "number": record.number,
        "asked_by": request.asked_by,
        "asked_at": _iso(request.asked_at),
        "started_at": _iso(request.started_at),
        "ended_at": _iso(request.ended_at),
        "buildid": request.buildid,
        "result": None if request.result is None else request.result.name.lower(),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
