"""Logins of people by the App's OAuth: the page that asks them, codes, tokens and their end.

Input: who sits before the browser, and what they say. Output: routes for the loopback server; codes
and tokens are good once and for as long as GitHub's are. Source:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import aiohttp
from aiohttp import web
from yarl import URL

from bot.fakes.github.auth import FakeTokens
from bot.fakes.http_server import ApiError, Json, Route

_CODE_LIFE = timedelta(minutes=10)
_ERRORS = {
    "bad_verification_code": "The code passed is incorrect or expired.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL.",
}


@dataclass(frozen=True, slots=True)
class _Code:
    """What was agreed to on the page."""

    login: str
    address: str
    challenge: str
    at: datetime


class FakeLogins:
    """One App's OAuth; `visitor` is who sits before the browser."""

    def __init__(self, door: FakeTokens, clock: Callable[[], datetime]) -> None:
        self.client_id = "Iv1.demo"
        self.client_secret = "demo-client-secret"  # noqa: S105 - opens nothing but this demo
        self.callbacks: list[str] = []  # as the App has them; none: any
        self.visitor = "octocat"
        self.agrees = True
        self._door = door
        self._clock = clock
        self._numbers = count(1)
        self._codes: dict[str, _Code] = {}

    def make_routes(self) -> list[Route]:
        """The page, the exchange, and the end of a token."""
        grant = "/applications/{client_id}/token"
        return [
            Route("GET", "/login/oauth/authorize", "authorize", self._authorize),
            Route("POST", "/login/oauth/access_token", "exchange", self._exchange),
            Route("DELETE", grant, "end-token", self._end_token),
        ]

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        """Send the browser back with a code, or with the reason why there is none."""
        asked = request.query
        if asked.get("client_id") != self.client_id:
            raise ApiError(404, "Not Found")
        address = asked.get("redirect_uri") or next(iter(self.callbacks), "")
        if self.callbacks and address not in self.callbacks:
            return self._send_back(self.callbacks[0], asked, {"error": "redirect_uri_mismatch"})
        if not self.agrees:
            return self._send_back(address, asked, {"error": "access_denied"})
        code = f"code{next(self._numbers):06}"
        challenge = asked.get("code_challenge", "")
        self._codes[code] = _Code(self.visitor, address, challenge, self._clock())
        return self._send_back(address, asked, {"code": code})

    def _send_back(
        self, address: str, asked: Mapping[str, str], told: dict[str, str]
    ) -> web.Response:
        state = {"state": asked["state"]} if "state" in asked else {}
        there = URL(address).update_query(told | state)
        return web.Response(status=302, headers={"Location": str(there)})

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        """A token for a code, or an error; with status 200 either way, as on GitHub."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        error = self._find_error(form)
        if error is not None:
            told = {"error": error, "error_description": _ERRORS[error]}
            return web.json_response(told)
        code = self._codes.pop(form["code"])
        token = self._door.let_in(code.login)
        return web.json_response({"access_token": token, "scope": "", "token_type": "bearer"})

    def _find_error(self, form: Mapping[str, str]) -> str | None:
        given = form.get("client_id", ""), form.get("client_secret", "")
        if given != (self.client_id, self.client_secret):
            return "incorrect_client_credentials"
        code = self._codes.get(form.get("code", ""))
        if code is None or self._clock() - code.at > _CODE_LIFE:
            return "bad_verification_code"
        if form.get("redirect_uri", code.address) != code.address:
            return "redirect_uri_mismatch"
        answer = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(answer).decode().rstrip("=")
        if code.challenge and not hmac.compare_digest(proof, code.challenge):
            return "bad_verification_code"
        return None

    async def _end_token(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if given != aiohttp.encode_basic_auth(self.client_id, self.client_secret):
            raise ApiError(401, "Bad credentials")
        body: Json = await request.json()
        if not self._door.end_visit(str(body.get("access_token"))):
            raise ApiError(404, "Not Found")
        return web.Response(status=204)
