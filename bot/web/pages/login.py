"""`/login`, `/login/callback`, `/logout`: people come in by GitHub, or by the password.

In: a browser. Out: a session for who can read at GitHub what we know to be private; a page that
says why not. A login comes back to the browser that began it or nowhere; GitHub is asked for few
logins at a time, so that nobody uses up what others need.
"""

import base64
import hashlib
import logging
import re
import secrets
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import web

from bot.core.errors import Refused, Unavailable
from bot.core.ports import Clock, Logins
from bot.web.access import Access, RepositoryStore
from bot.web.html import render_page
from bot.web.sessions import MOST_REPOSITORIES, Attempt, Session, Sessions

log = logging.getLogger(__name__)

LOGINS_PER_MINUTE = 30
"""Of all people together; each costs GitHub a handful of calls."""

_MINUTE = timedelta(minutes=1)

# Pages of ours, and nothing that any browser takes for another host.
_OWN_PAGE = re.compile(r"/(?:requests|incidents/[A-Za-z0-9._-]{1,200})?")

_ELSEWHERE = "This login did not begin in this browser, or took longer than ten minutes."
_REFUSED = "GitHub did not let you in: it was told not to, or knows this login no more."
_AWAY = "GitHub cannot be asked who you are. Nothing is lost: try again in a minute."
_MANY = "Too many people log in at once. Nothing is lost: try again in a minute."
_OUT = "You are logged out here. GitHub may send you straight back in."
_FOREIGN = "This was not sent by a page of ours; nothing was done."


class LoginPages:
    """The handlers; without `logins` there is the password only."""

    def __init__(
        self,
        access: Access,
        store: RepositoryStore,
        clock: Clock,
        public_url: str | None,
        logins: Logins | None = None,
    ) -> None:
        self._access = access
        self._store = store
        self._public_url = public_url or ""
        self._callback = f"{public_url}/login/callback" if public_url else None
        self._logins = logins
        self._pace = _Pace(clock)

    def make_routes(self) -> list[web.RouteDef]:
        """All of them, whatever is set: what there is not answers 404."""
        return [
            web.get("/login", self.handle_login),
            web.get("/login/callback", self.handle_callback),
            web.post("/logout", self.handle_logout),
        ]

    async def handle_login(self, request: web.Request) -> web.StreamResponse:
        """Send a browser to GitHub; or have it ask for the password, and send it along."""
        target = find_own_page(request.query.get("to", "/"))
        if self._logins is None or self._access.sessions is None:
            self._access.ask_for_login(request)
            return self._lead_to(target)
        attempt = Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(48), target)
        challenge = make_challenge(attempt.verifier)
        there = self._logins.make_address(attempt.state, challenge, self._callback)
        response = web.Response(status=303, headers={"Location": there})
        self._access.sessions.remember(response, attempt)
        return response

    async def handle_callback(self, request: web.Request) -> web.StreamResponse:
        """A browser that GitHub sent back."""
        if self._logins is None or self._access.sessions is None:
            raise web.HTTPNotFound(text="there is no login here")
        response = await self._finish(request, self._logins, self._access.sessions)
        self._access.sessions.forget_attempt(response)
        return response

    async def _finish(
        self, request: web.Request, logins: Logins, sessions: Sessions
    ) -> web.StreamResponse:
        attempt, given = sessions.find_attempt(request), request.query
        if attempt is None or not attempt.knows_state(given.get("state", "")):
            return _tell(400, _ELSEWHERE)
        if "code" not in given:
            return _tell(403, _REFUSED, attempt.target)
        if not self._pace.take():
            return _tell(429, _MANY, attempt.target, {"Retry-After": "60"})
        try:
            session = await self._fetch_session(logins, given["code"], attempt.verifier)
        except Refused as refused:
            log.info("a login was refused", extra={"reason": refused.reason})
            return _tell(403, _REFUSED, attempt.target)
        except Unavailable as away:
            log.warning("nobody can log in", extra={"reason": away.reason})
            return _tell(503, _AWAY, attempt.target, {"Retry-After": "60"})
        response = self._lead_to(attempt.target)
        sessions.begin(response, session)
        return response

    async def _fetch_session(self, logins: Logins, code: str, verifier: str) -> Session:
        known = await self._store.load_repositories()
        private = [r.repo_id for r in known if r.private is not False][:MOST_REPOSITORIES]
        visitor = await logins.fetch_visitor(code, verifier, self._callback, private)
        return Session(visitor.login, visitor.repositories, secrets.token_urlsafe(16))

    async def handle_logout(self, request: web.Request) -> web.StreamResponse:
        """End a session, if a page of ours asks for it."""
        sessions = self._access.sessions
        session = sessions.find(request) if sessions else None
        if sessions is None or session is None:
            return _tell(200, _OUT)
        if request.content_type != "application/x-www-form-urlencoded":
            return _tell(403, _FOREIGN)
        if not session.knows_form(str((await request.post()).get("form_token", ""))):
            return _tell(403, _FOREIGN)
        response = _tell(200, _OUT)
        sessions.end(response)
        return response

    def _lead_to(self, target: str) -> web.Response:
        return web.Response(status=303, headers={"Location": f"{self._public_url}{target}"})


class _Pace:
    """So many in a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: deque[datetime] = deque(maxlen=LOGINS_PER_MINUTE)

    def take(self) -> bool:
        """Whether there is room for one more; it is taken then."""
        now = self._clock.now()
        is_full = len(self._taken) == LOGINS_PER_MINUTE
        # A clock that was set back shuts nobody out.
        if is_full and timedelta(0) <= now - self._taken[0] < _MINUTE:
            return False
        self._taken.append(now)
        return True


def find_own_page(text: str) -> str:
    """The page that is shown after a login: one of ours, or the first."""
    return text if _OWN_PAGE.fullmatch(text) else "/"


def make_challenge(verifier: str) -> str:
    """PKCE's S256: https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _tell(
    status: int, words: str, target: str = "/", headers: Mapping[str, str] | None = None
) -> web.Response:
    page = render_page("login.html", status=status, words=words, target=target)
    page.headers.update(headers or {})
    return page
