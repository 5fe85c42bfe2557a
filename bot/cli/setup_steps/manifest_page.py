"""A page on loopback with one button, which has GitHub make the App by its manifest.

In: the manifest, and where GitHub takes it. Out: the App, once the browser came back with a code.
It runs beside the prompt, in a thread with a loop of its own, so that Ctrl-C ends the prompt at
once. The page is shown to nobody but this machine: a foreign `Host` or state is refused.
"""

from __future__ import annotations

import asyncio
import html
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Self
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bot.core.errors import Refused, Unavailable, UserError
from bot.core.payloads.app_manifest import CreatedApp

Fetch = Callable[[str], Awaitable[CreatedApp]]

_HOST = "127.0.0.1"
_BACK = "/created"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FRAME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Night\'s Watch</title>'
    "<h1>{title}</h1>{body}"
)
_FORM = (
    "<p>GitHub shows what the App may do, and asks for a name that nobody has yet.</p>"
    '<form method="post" action="{action}"><input type="hidden" name="manifest"'
    ' value="{manifest}"><button>Make the App on GitHub</button></form>'
)


class ManifestPage:
    """A context manager: it is served as long as the block lasts."""

    def __init__(
        self, make_manifest: Callable[[str], Mapping[str, object]], action: str, fetch: Fetch
    ) -> None:
        """`make_manifest` is told where the browser is to come back to."""
        self.port = 0
        self.created: CreatedApp | None = None
        self.problem: str | None = None  # why the last try came to nothing
        self._make_manifest = make_manifest
        self._fetch = fetch
        self._state = secrets.token_urlsafe(32)
        self._action = f"{action}?state={self._state}"
        self._loop = asyncio.new_event_loop()
        self._served = Event()  # or known never to be
        self._failure: OSError | None = None
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where it is, without a slash at its end."""
        return f"http://{_HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._served.wait()
        if self._failure is not None:
            raise UserError(f"no page can be served on this machine: {self._failure}")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def find_code(self, pasted: str) -> str:
        """The code of an address that GitHub sent the browser to; raises `UserError`."""
        asked = parse_qs(urlsplit(pasted.strip()).query)
        code, state = (asked.get(name, [""])[0] for name in ("code", "state"))
        if not code or not secrets.compare_digest(state.encode(), self._state.encode()):
            raise UserError("that is not the address that GitHub sent the browser to")
        return code

    # ------------------------------------------------------------ the server

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_get("/", self._show)
        app.router.add_get(_BACK, self._come_back)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        try:
            self._loop.run_until_complete(runner.setup())
            self._loop.run_until_complete(web.TCPSite(runner, _HOST, 0).start())
            self.port = runner.addresses[0][1]
            self._served.set()
            self._loop.run_forever()
        except OSError as error:
            self._failure = error
        finally:
            self._served.set()
            with suppress(Exception):
                self._loop.run_until_complete(runner.cleanup())
            self._loop.close()

    async def _show(self, request: web.Request) -> web.Response:
        self._refuse_strangers(request)
        manifest = json.dumps(self._make_manifest(self.url + _BACK))
        form = _FORM.format(action=html.escape(self._action), manifest=html.escape(manifest))
        return _render("Make the GitHub App", form)

    async def _come_back(self, request: web.Request) -> web.Response:
        self._refuse_strangers(request)
        try:
            self.created = self.created or await self._fetch(self.find_code(str(request.url)))
        except (UserError, Refused, Unavailable) as error:
            self.problem = str(error)
            return _render("It came to nothing", f"<p>{html.escape(self.problem)}</p>")
        return _render("The App is made", "<p>Go back to the terminal, and press Enter there.</p>")

    def _refuse_strangers(self, request: web.Request) -> None:
        """A page of somebody else's, under a name that leads here, must not read the state."""
        if request.host not in {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}:
            raise web.HTTPForbidden(text="open it by the address that the terminal shows")


def _render(title: str, body: str) -> web.Response:
    text = _FRAME.format(title=html.escape(title), body=body)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)
