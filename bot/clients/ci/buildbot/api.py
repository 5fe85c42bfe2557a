"""One call at a time to the configured Buildbot, with a login where one is needed.

Input: a path below its address. Output: decoded JSON, or an error that says whether to come back.
Nothing but the configured address is ever called: redirects are not followed, and no URL is taken
from an answer. Between Buildbot and us may stand a proxy that limits, fails, or shows a page of its
own: only what Buildbot itself says so counts as a lasting no.
Source: https://docs.buildbot.net/current/developer/rest.html
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any, NamedTuple, TypeVar

import aiohttp

from bot.clients.http_responses import describe, fetch_body, find_retry_after, parse_json
from bot.core.errors import Malformed, Refused, Unavailable, UserError
from bot.core.ports import Clock

T = TypeVar("T")

Params = Sequence[tuple[str, str]]
Json = dict[str, Any]

# A busy master may take seconds for a page of a big log.
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_LARGEST = 64 * 2**20

_API = "/api/v2"


class Answer(NamedTuple):
    """What came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class BuildbotApi:
    """Calls below one address; logs in where a user name is given."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        username: str | None,
        password: str | None,
    ) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._clock = clock
        self._auth = _make_auth(username, password) if username else None
        self._cookie: str | None = None
        self._login_lock = asyncio.Lock()
        self._shut: tuple[datetime, datetime, str] | None = None  # since, until, and why
        self.last_contact: datetime | None = None  # our clock, when Buildbot last answered
        self.last_error: str | None = None  # why it was not available at the last call

    async def fetch_json(self, what: str, path: str, params: Params = ()) -> Any:
        """Decoded JSON of one GET; `what` names it for people.

        Raises `Unavailable` for what may pass, with the pause that was asked for; `Refused` where
        Buildbot says that there is no such thing.
        """
        return await self._note(self._fetch(what, path, params))

    async def call_method(self, what: str, path: str, method: str, params: Json) -> Any:
        """The `result` of one control method, called by JSON-RPC; null where it has none to give.

        Raises `Refused` where Buildbot itself says no, and `Unavailable` where it is not known what
        became of the call.
        """
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self._note(self._call(what, path, call))

    @property
    def has_login(self) -> bool:
        """Whether we were given a name and a password."""
        return self._auth is not None

    async def _note(self, work: Awaitable[Any]) -> Any:
        """Remember why it was not available at the last call."""
        error = None
        try:
            return await work
        except Unavailable as unavailable:
            error = unavailable.reason
            raise
        finally:
            self.last_error = error

    async def _fetch(self, what: str, path: str, params: Params) -> Any:
        answer = await self._exchange_logged_in(path, params)
        try:
            _raise_for(answer, what, of_api=path.startswith(_API))
        except Unavailable as passing:
            raise self._shut_for(answer, passing.reason) from None
        return parse_json(answer.body, "Buildbot")

    async def _call(self, what: str, path: str, call: Json) -> Any:
        answer = await self._exchange_logged_in(path, (), call)
        refusal = _find_rpc_refusal(answer)
        if refusal is not None and answer.status < 500:  # else something broke inside it
            raise Refused(f"Buildbot says no to {what}: {refusal}", answer.status)
        try:
            _raise_for(answer, what, of_api=True)
        except Unavailable as passing:
            raise self._shut_for(answer, passing.reason) from None
        told = parse_json(answer.body, "Buildbot")
        return told.get("result") if isinstance(told, dict) else None

    async def _exchange_logged_in(
        self, path: str, params: Params, call: Json | None = None
    ) -> Answer:
        """With a session, and with a new one where it is over."""
        self._check_open()
        if self._auth is not None and self._cookie is None:
            await self._login(None)
        cookie = self._cookie
        answer = await self._exchange(path, params, call)
        if answer.status in {401, 403} and self._auth is not None:
            await self._login(cookie)
            answer = await self._exchange(path, params, call)
        return answer

    # ------------------------------------------------ when to come back

    def _check_open(self) -> None:
        """Who was told to wait asks nothing meanwhile, whatever it is."""
        if self._shut is None:
            return
        since, until, why = self._shut
        now = self._clock.now()
        if since <= now < until:  # a clock that was set back has to be told anew
            raise Unavailable(why, until - now)
        self._shut = None

    def _shut_for(self, answer: Answer, why: str) -> Unavailable:
        now = self._clock.now()
        wait = find_retry_after(answer.headers, now)
        if wait is not None:
            self._shut = (now, now + wait, why)
        return Unavailable(why, wait)

    # ------------------------------------------------ the wire

    async def _exchange(self, path: str, params: Params, call: Json | None = None) -> Answer:
        """A GET, or a POST of `call`."""
        headers = {"Accept": "application/json"}  # without it the JSON is typed text/plain
        if self._cookie is not None:
            headers["Cookie"] = self._cookie
        method = "GET" if call is None else "POST"
        async with self._request(
            path, method, params=params, headers=headers, json=call
        ) as response:
            body = await fetch_body(response, _LARGEST)
            return Answer(response.status, response.headers, body)

    async def _login(self, stale: str | None) -> None:
        """Get a session of UserPasswordAuth, unless somebody else has replaced `stale` by now.

        Of two TWISTED_SESSION cookies the last one is good for seven days.
        """
        async with self._login_lock:
            if self._cookie != stale:
                return
            headers = {"Authorization": self._auth or ""}
            async with self._request("/auth/login", headers=headers) as response:
                if response.status in {401, 403}:
                    raise Unavailable("Buildbot does not accept our user name and password")
                self._cookie = _find_session(response.headers.getall("Set-Cookie", []))
        if self._cookie is None:
            why = f"Buildbot answers {response.status} to our login, and no session"
            raise self._shut_for(Answer(response.status, response.headers, b""), why)

    @asynccontextmanager
    async def _request(
        self, path: str, method: str = "GET", **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One call on the wire, to the configured address and nobody else."""
        url = self._url + path
        try:
            async with self._session.request(
                method, url, allow_redirects=False, timeout=_TIMEOUT, **options
            ) as response:
                if response.status < 500:
                    self.last_contact = self._clock.now()
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Buildbot does not answer: {describe(error)}") from error


def _make_auth(username: str, password: str | None) -> str:
    try:
        return aiohttp.encode_basic_auth(username, password or "")
    except ValueError as error:
        raise UserError("Buildbot's user name must not hold a colon") from error


def _raise_for(answer: Answer, what: str, *, of_api: bool) -> None:
    """Raise what a status means."""
    status = answer.status
    if status == 200:
        return
    if status in {401, 403}:
        raise Unavailable(f"Buildbot does not let us read {what}")
    if 300 <= status < 400:
        raise Unavailable(f"Buildbot sends us elsewhere ({status}) when asked for {what}")
    if status == 404 and (_is_own_no(answer.body) or not of_api):
        raise Refused(f"{what} is unknown to Buildbot", status)
    if status == 400 and _find_own_words(answer.body) is not None:
        raise Refused(f"Buildbot answers {status} when asked for {what}", status)
    stranger = ", in words that are not its own" if status in {400, 404} else ""
    raise Unavailable(f"Buildbot answers {status} when asked for {what}{stranger}")


# How `buildbot/www/rest.py` begins a 404, from 1.8 to 4.3; proxies have 404s of their own.
_OWN_NO = ("not found while getting from ", "Invalid path: ", "invalid path")


def _is_own_no(body: bytes) -> bool:
    return (_find_own_words(body) or "").startswith(_OWN_NO)


def _find_own_words(body: bytes) -> str | None:
    """The message of an error as Buildbot writes it: `{"error": "…"}` and nothing else."""
    said = _decode(body)
    words = said.get("error") if isinstance(said, dict) and len(said) == 1 else None
    return words if isinstance(words, str) else None


# Buildbot's words for what went wrong inside it may be long, and hold a line of its code.
_LONGEST_WORDS = 200


def _find_rpc_refusal(answer: Answer) -> str | None:
    """The message of an error as JSON-RPC has it: Buildbot itself speaks, and no proxy."""
    said = _decode(answer.body)
    error = said.get("error") if isinstance(said, dict) and "jsonrpc" in said else None
    words = error.get("message") if isinstance(error, dict) else None
    return words[:_LONGEST_WORDS] if isinstance(words, str) else None


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _find_session(cookies: Sequence[str]) -> str | None:
    """The last session cookie, whose name varies with the site's path and scheme."""
    found = [
        f"{name}={morsel.value}"
        for text in cookies
        for name, morsel in SimpleCookie(text).items()
        if name.startswith(("TWISTED_SESSION", "TWISTED_SECURE_SESSION"))
    ]
    return found[-1] if found else None


def parse_answer(parse: Callable[..., T], *json: Any) -> T:
    """What Buildbot answered; an answer that is broken may be whole the next time."""
    try:
        return parse(*json)
    except Malformed as malformed:
        raise Unavailable(f"Buildbot's answer is broken: {malformed}") from malformed
