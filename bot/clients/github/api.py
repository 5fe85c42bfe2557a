"""One call to GitHub's REST or GraphQL API, and what its failure means.

Input: a method, a URL below GitHub's, a body. Output: decoded JSON; or `Unavailable` for what may
go better later, `Unauthorized` for a token that is no longer good, `Refused` for a lasting no.
Built on gidgethub, which does headers, conditional requests and Link headers; signatures, retries,
limits and broken answers are ours.
"""

import asyncio
import copy
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
import jwt
from cachetools import LRUCache
from gidgethub import GitHubException
from gidgethub.abc import GitHubAPI
from yarl import URL

from bot.clients.github.rate_limit import RateLimitGate, parse_retry_after
from bot.clients.http_responses import describe, fetch_body, parse_json
from bot.core.errors import Malformed, Refused, Unavailable
from bot.core.payloads import parse_refusal
from bot.core.payloads.diagnostics import Deprecation, parse_deprecation
from bot.core.ports import Clock, RateLimit

T = TypeVar("T")

log = logging.getLogger(__name__)

_REQUESTER = "nightswatch"
_API_VERSION = "2022-11-28"

# GitHub gives up on a request after ten seconds; what takes longer is lost on the way.
_TIMEOUT = aiohttp.ClientTimeout(total=15)

# The largest honest answers are commits with 300 patches, some megabytes.
_LARGEST = 32 * 2**20

# Repositories, pulls, installations: at most some 300 kB each.
_CACHED = 256
_NEVER_CACHED = re.compile(r"/comments\b|/commits/|/search/|[?&]creator=")

# GitHub takes signatures for ten minutes at most. A minute back and one less, for a `Date` is of
# when an answer was made, and in whole seconds:
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
_SIGNED_SINCE, _SIGNED_FOR = timedelta(minutes=1), timedelta(minutes=9)

# A signature that was refused is made anew where GitHub's time proves to be other than thought.
_TOLERATED = timedelta(seconds=30)

_REDIRECTS = frozenset({301, 302, 307, 308})
_HOPS = 3
_LIMITED = re.compile(r"rate limit|abuse detection", re.IGNORECASE)


class Unauthorized(Unavailable):
    """GitHub does not know our token any more; it did nothing of what we asked."""


class _Cache(LRUCache[str, Any]):
    """Answers with their ETags. What goes in and comes out is a copy: nobody can spoil another's.

    Never comments and our own issues, where an old page could hide one of ours, nor commits, which
    are large and asked for once.
    """

    def __setitem__(self, url: str, answer: Any) -> None:
        if not _NEVER_CACHED.search(url):
            super().__setitem__(url, copy.deepcopy(answer))

    def __getitem__(self, url: str) -> Any:
        return copy.deepcopy(super().__getitem__(url))


class Api(GitHubAPI):
    """GitHub's API as one identity; an App's where no token is given with a call."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        api_url: str,
        graphql_url: str | None = None,
        app_id: str | None = None,
        private_key: str | None = None,
        pacing: RateLimit | None = None,
    ) -> None:
        super().__init__(_REQUESTER, cache=_Cache(_CACHED), base_url=api_url)
        self._app_id = app_id
        self._private_key = private_key
        self.graphql_url = graphql_url or make_graphql_url(api_url)
        self.gate = RateLimitGate(clock, pacing)
        self.last_contact: datetime | None = None
        self.last_error: str | None = None
        self.time: datetime | None = None  # GitHub's own clock as of its last answer
        self.deprecation: Deprecation | None = None  # of the version that we ask for
        self._heard_at = 0.0  # when that was, in seconds that never jump
        self._session = session
        self._clock = clock
        self._origins = {URL(api_url).origin(), URL(self.graphql_url).origin()}
        # "Make requests serially instead of concurrently", so that no secondary limit is met.
        self._serial = asyncio.Lock()

    async def fetch(self, url: str, token: str | None = None) -> Any:
        """GET one thing."""
        with self._noted():
            return await self._sign(
                token, lambda signature: self.getitem(url, oauth_token=token, jwt=signature)
            )

    async def fetch_pages(
        self,
        url: str,
        token: str | None,
        limit: int,
        key: str | None = None,
        enough: Callable[[Any], bool] = lambda _: False,
    ) -> list[Any]:
        """GET all pages of a list, or of the list `key` of an object; at most `limit` elements.

        No more than up to the first of which it is `enough`.
        """

        async def fetch(signature: str | None) -> list[Any]:
            found: list[Any] = []
            pages = self.getiter(url, oauth_token=token, jwt=signature, iterable_key=key)
            async with aclosing(pages) as items:
                async for item in items:
                    found.append(item)
                    if len(found) == limit or enough(item):
                        break
            return found

        with self._noted():
            return await self._sign(token, fetch)

    async def send(self, method: str, url: str, data: Any, token: str | None = None) -> Any:
        """POST, PATCH or DELETE; done once, whatever happens."""

        async def send(signature: str | None) -> Any:
            kind = "application/vnd.github+json"
            answer, _, _ = await self._make_request(
                method, url, None, data, kind, oauth_token=token, jwt=signature
            )
            return answer

        with self._noted():
            return await self._sign(token, send)

    # ------------------------------------------------ who we are, where no token says it

    async def _sign(self, token: str | None, call: Callable[[str | None], Awaitable[T]]) -> T:
        """Make a call; as the App, if there is one, where no token is given with it.

        A signature is dated by GitHub's clock: by ours it would be refused where ours is minutes
        off. What that clock shows is told by any answer, be it a refusal.
        """
        if token is not None or self._app_id is None:
            return await call(None)
        at = self._guess_time()
        try:
            return await call(self._make_signature(at))
        except Unauthorized:
            if abs(self._guess_time() - at) < _TOLERATED:
                raise
        return await call(self._make_signature(self._guess_time()))

    def _guess_time(self) -> datetime:
        """What GitHub's clock shows now; what ours does, until it answered once."""
        if self.time is None:
            return self._clock.now()
        return self.time + timedelta(seconds=time.monotonic() - self._heard_at)

    def _make_signature(self, at: datetime) -> str:
        claims = {"iss": self._app_id, "iat": at - _SIGNED_SINCE, "exp": at + _SIGNED_FOR}
        return jwt.encode(claims, self._private_key or "", algorithm="RS256")

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Remember how a call ended, and translate what gidgethub lets pass when it decodes."""
        try:
            yield
            self.last_error = None
        except Refused:
            self.last_error = None
            raise
        except Unavailable as unavailable:
            self.last_error = unavailable.reason
            raise
        except (ValueError, LookupError, TypeError, RecursionError, GitHubException) as error:
            # The wrong charset, JSON, type or status.
            self.last_error = "GitHub's answer is broken"
            raise Unavailable(self.last_error) from error

    async def sleep(self, seconds: float) -> None:
        """What gidgethub waits with."""
        await self._clock.sleep(seconds)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._serial:
            await self.gate.share()
            self.gate.check()
            sent = {**headers, "x-github-api-version": _API_VERSION}
            for _ in range(_HOPS):
                status, answer, content = await self._exchange(method, url, sent, body)
                if status not in _REDIRECTS:
                    break
                # Renamed repositories; "repeat your request verbatim to the new URL".
                if "Location" not in answer:  # again to the same one would say it twice
                    raise Refused("GitHub sends us on, and does not say where", status)
                url = str(URL(url).join(URL(answer["Location"])))
        self._raise_for(status, answer, content)
        if url != self.graphql_url:  # which says 200 to everything
            self.gate.note_success()
        return status, answer, content

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request on the wire, to the configured GitHub and nobody else."""
        if URL(url).origin() not in self._origins:
            raise Refused("GitHub sends us to another host")
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False, timeout=_TIMEOUT
            ) as response:
                content = await fetch_body(response, _LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"GitHub does not answer: {describe(error)}") from error
        if response.status < 500:
            self.last_contact = self._clock.now()
            self._hear(_parse_date(response.headers.get("Date")))
        if url != self.graphql_url:  # which has no versions
            self._note_deprecation(parse_deprecation(response.headers, _API_VERSION))
        self.gate.note(response.headers)
        return response.status, response.headers, content

    def _hear(self, date: datetime | None) -> None:
        if date is not None:
            self.time, self._heard_at = date, time.monotonic()

    def _note_deprecation(self, told: Deprecation | None) -> None:
        """Said once in the log; `doctor` and `/health` tell it as long as it is so."""
        if told is not None and told != self.deprecation:
            extra = {"key": told.version, "since": told.since, "ends": told.ends}
            log.warning("GitHub deprecates the version of its API that we use", extra=extra)
        self.deprecation = told

    def _raise_for(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Raise what a status means; gidgethub knows too few of the cases."""
        if status < 400 and status not in _REDIRECTS:
            return
        if status >= 500 or status in {408, 409}:
            raise Unavailable(f"GitHub answers {status}", parse_retry_after(headers))
        if status == 410 and self.deprecation and self.deprecation.has_ended(self._guess_time()):
            # Else all of our comments would count as deleted.
            raise Unavailable(f"GitHub's API version {_API_VERSION} has ended: update this service")
        reason = _find_reason(content)
        if _is_limit(status, headers, reason):
            raise self.gate.shut(headers)
        if status == 401:
            raise Unauthorized("GitHub does not accept our credentials")
        needed = headers.get("X-Accepted-GitHub-Permissions")
        if status == 403 and needed:
            reason += f" (needed: {needed})"
        raise Refused(reason or f"GitHub answers {status}", status)


def parse_answer(parse: Callable[[object], T], answer: object) -> T:
    """What GitHub answered; an answer that is broken may be whole the next time."""
    try:
        return parse(answer)
    except Malformed as malformed:
        raise Unavailable(f"GitHub's answer is broken: {malformed}") from malformed


def make_graphql_url(api_url: str) -> str:
    """Where GraphQL is: beside the API on github.com, beside `v3` on an Enterprise Server.

    Source: https://docs.github.com/en/enterprise-server/graphql/guides/managing-enterprise-accounts
    """
    return api_url.rstrip("/").removesuffix("/v3") + "/graphql"


def _is_limit(status: int, headers: Mapping[str, str], reason: str) -> bool:
    if status == 429:
        return True
    used_up = headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers
    return status == 403 and (used_up or bool(_LIMITED.search(reason)))


def _parse_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text or "").astimezone(UTC)
    except ValueError:
        return None


def _find_reason(content: bytes) -> str:
    try:
        return parse_refusal(parse_json(content, "GitHub"))
    except Unavailable:
        return ""


async def call_again(call: Callable[[], Awaitable[T]]) -> T:
    """Once more where GitHub did nothing because it knew our token no more."""
    try:
        return await call()
    except Unauthorized:
        return await call()
