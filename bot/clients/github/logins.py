"""Logins of people by the App's OAuth: who they are, and what they may read at GitHub.

In: the code that GitHub sent a browser back with. Out: a `Visitor`; `Refused` where GitHub takes
the code for nothing, `Unavailable` where it is away or does not know our App. A token is asked for,
used at once, and ended: it is kept nowhere. Source:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp

from bot.clients.github.api import Api, parse_answer
from bot.clients.http_responses import describe, fetch_body, parse_json
from bot.core.errors import Refused, Unavailable
from bot.core.model import Visitor
from bot.core.payloads import parse_repository, parse_user_login
from bot.core.payloads.logins import LoginAnswer, parse_login_answer
from bot.core.ports import Clock

log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_LARGEST = 64 * 1024

# What one login may take in all: a person waits for it.
_PATIENCE = 30.0

# GitHub's words for a code that is nobody's any more; every other one is about our set-up.
_OLD_CODE = "bad_verification_code"


class GitHubLogins:
    """Implements `ports.Logins` for one App."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
    ) -> None:
        self._session = session
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._api_url = api_url
        self._site = find_login_site(api_url)

    def make_address(self, state: str, challenge: str, callback: str | None) -> str:
        """Where a browser is sent to. GitHub's own default is used where no callback is given."""
        asked = {
            "client_id": self._client_id,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **_name_callback(callback),
        }
        return f"{self._site}/login/oauth/authorize?{urlencode(asked)}"

    async def fetch_visitor(
        self, code: str, verifier: str, callback: str | None, repository_ids: Sequence[int]
    ) -> Visitor:
        """Who came back with this code, and which of these repositories they may read."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._fetch_visitor(code, verifier, callback, repository_ids)
        except TimeoutError as error:
            raise Unavailable("GitHub does not answer: no answer in time") from error

    async def check(self, callback: str | None) -> None:
        """Whether GitHub knows our App: it says of a code that nobody has that it is a bad one.

        Raises `Refused` with GitHub's own word where it says anything else.
        """
        answer = await self._exchange("none", "none", callback)
        if answer.error != _OLD_CODE:
            raise Refused(_describe(answer.error or "a code that nobody has is taken"))

    async def _fetch_visitor(
        self, code: str, verifier: str, callback: str | None, repository_ids: Sequence[int]
    ) -> Visitor:
        answer = await self._exchange(code, verifier, callback)
        if answer.error == _OLD_CODE:
            raise Refused("GitHub knows this login no more")
        if answer.token is None:
            raise Unavailable(_describe(answer.error or "no token"))
        try:
            return await self._ask_as(answer.token, repository_ids)
        finally:
            await self._end_token(answer.token)

    async def _ask_as(self, token: str, repository_ids: Sequence[int]) -> Visitor:
        # A limit that one person has used up is nobody else's: each login is a client of its own.
        api = Api(self._session, self._clock, api_url=self._api_url)
        login = parse_answer(parse_user_login, await api.fetch("/user", token))
        shown = [number for number in repository_ids if await _may_read(api, token, number)]
        return Visitor(login, frozenset(shown))

    async def _exchange(self, code: str, verifier: str, callback: str | None) -> LoginAnswer:
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code": code,
            "code_verifier": verifier,
            **_name_callback(callback),
        }
        answer = await self._call("POST", f"{self._site}/login/oauth/access_token", data=form)
        return parse_answer(parse_login_answer, parse_json(answer, "GitHub"))

    async def _end_token(self, token: str) -> None:
        """Where that fails it ends by itself, within hours, and nobody has it."""
        url = f"{self._api_url}/applications/{quote(self._client_id, safe='')}/token"
        own = {"Authorization": aiohttp.encode_basic_auth(self._client_id, self._client_secret)}
        try:
            await self._call("DELETE", url, json={"access_token": token}, headers=own)
        except Unavailable as away:
            log.info("a token of a login was not ended", extra={"reason": away.reason})

    async def _call(self, method: str, url: str, **sent: Any) -> bytes:
        """One call with our secret in it: to the configured GitHub only, redirects not followed."""
        headers = {"Accept": "application/json", **sent.pop("headers", {})}
        try:
            async with self._session.request(
                method, url, headers=headers, allow_redirects=False, timeout=_TIMEOUT, **sent
            ) as response:
                body = await fetch_body(response, _LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"GitHub does not answer: {describe(error)}") from error
        except Refused as refused:
            raise Unavailable(refused.reason) from refused
        if response.status >= 300:
            raise Unavailable(f"GitHub answers {response.status} to a login")
        return body


async def _may_read(api: Api, token: str, repository_id: int) -> bool:
    try:
        answer = await api.fetch(f"/repositories/{repository_id}", token)
    except Refused:
        return False
    return parse_answer(parse_repository, answer).repo_id == repository_id


def _name_callback(callback: str | None) -> dict[str, str]:
    return {"redirect_uri": callback} if callback else {}


def _describe(word: str) -> str:
    """With GitHub's own word, as far as it is one."""
    told = word if word.isascii() and word.replace("_", "").isalnum() else "an error"
    return f"GitHub lets nobody log in here: {told}"


def find_login_site(api_url: str) -> str:
    """Where people log in: github.com, or beside the API of an Enterprise Server or of ghe.com.

    Sources: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api and
    https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
    """
    parts = urlsplit(api_url)
    host = parts.netloc
    if host.endswith(".ghe.com") or host == "api.github.com":
        host = host.removeprefix("api.")
    return f"{parts.scheme}://{host}"
