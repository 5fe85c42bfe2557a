"""Apps that are made from a manifest: GitHub's two pages, and the code that is exchanged once.

Input: a form with a manifest, and a person's click. Output: routes for the loopback server; the
App of the small GitHub becomes the one that was made, installed nowhere. Source:
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from aiohttp import web
from yarl import URL

from bot.fakes.github.auth import make_app_key
from bot.fakes.http_server import ApiError, Json, Route

_CODE_LIFE = timedelta(hours=1)
_LONGEST_NAME = 34
_PAGE = (
    '<!doctype html><title>Create GitHub App</title><form method="post"'
    ' action="/settings/apps/manifest"><input name="name" value="{name}">'
    '<input type="hidden" name="token" value="{token}"><button>Create GitHub App</button></form>'
)

OnMade = Callable[["MadeApp"], None]


@dataclass(frozen=True, slots=True)
class MadeApp:
    """One that somebody made."""

    app_id: int
    slug: str
    key: str
    secret: str
    owner: str | None  # the organisation; None: the person's own
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Code:
    app: MadeApp
    at: datetime


class FakeManifests:
    """The flow; `made` has every App that came of it."""

    def __init__(self, clock: Callable[[], datetime], on_made: OnMade) -> None:
        self.made: list[MadeApp] = []
        self.taken_names: set[str] = set()
        self._clock = clock
        self._on_made = on_made
        self._numbers = count(1001)
        self._asked: dict[str, tuple[Json, str | None, str]] = {}  # by token of the page
        self._codes: dict[str, _Code] = {}

    def make_routes(self) -> list[Route]:
        """The page that takes a manifest, the click on it, and the exchange."""
        return [
            Route("POST", "/settings/apps/new", "manifest", self._take),
            Route("POST", "/organizations/{org}/settings/apps/new", "manifest", self._take),
            Route("POST", "/settings/apps/manifest", "make-app", self._make),
            Route("POST", "/app-manifests/{code}/conversions", "conversion", self._convert),
        ]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        """Show what the App would be; the name may be changed there."""
        text = (await request.post()).get("manifest")
        try:
            manifest = json.loads(text if isinstance(text, str) else "")
            check_manifest(manifest)
        except (ValueError, KeyError, TypeError) as error:
            raise ApiError(422, f"The manifest is invalid: {error}") from error
        token = f"page{next(self._numbers)}"
        state = request.query.get("state", "")
        self._asked[token] = (manifest, request.match_info.get("org"), state)
        page = _PAGE.format(name=html.escape(manifest.get("name", "")), token=token)
        return web.Response(text=page, content_type="text/html")

    async def _make(self, request: web.Request) -> web.StreamResponse:
        """The App is made, and the browser sent back with a code."""
        form = await request.post()
        name, token = str(form.get("name", "")), str(form.get("token", ""))
        if token not in self._asked:
            raise ApiError(404, "Not Found")
        if not 0 < len(name) <= _LONGEST_NAME or name.lower() in self.taken_names:
            raise ApiError(422, "Name is already taken, or too long")
        manifest, owner, state = self._asked.pop(token)
        number = next(self._numbers)
        slug = name.lower().replace(" ", "-")
        app = MadeApp(number, slug, make_app_key(), f"secret{number}", owner, manifest)
        code = f"conversion{number}"
        self._codes[code] = _Code(app, self._clock())
        back = URL(manifest["redirect_url"]).update_query({"code": code, "state": state})
        return web.Response(status=302, headers={"Location": str(back)})

    async def _convert(self, request: web.Request) -> web.StreamResponse:
        """Once, within an hour: the App with all of its secrets."""
        code = self._codes.pop(request.match_info["code"], None)
        if code is None or self._clock() - code.at > _CODE_LIFE:
            raise ApiError(404, "Not Found")
        app = code.app
        self.made.append(app)
        self._on_made(app)
        told = {
            "id": app.app_id,
            "slug": app.slug,
            "name": app.slug,
            "html_url": f"{request.url.origin()}/apps/{app.slug}",
            "client_id": f"Iv1.{app.app_id}",
            "client_secret": f"client-{app.secret}",
            "webhook_secret": app.secret,
            "pem": app.key,
            "permissions": app.manifest["default_permissions"],
            "events": app.manifest["default_events"],
        }
        return web.json_response(told, status=201)


def check_manifest(manifest: Json) -> None:
    """As GitHub asks for one; raises `ValueError`, `KeyError` or `TypeError`."""
    for address in (
        manifest["url"],
        manifest["redirect_url"],
        manifest["hook_attributes"]["url"],
        *manifest["callback_urls"],
    ):
        if not URL(address).is_absolute():
            raise ValueError(f"{address} is no address")
    if not isinstance(manifest["default_permissions"], dict):
        raise TypeError("default_permissions is no object")
