"""One call to GitHub's REST or GraphQL API, and what its failure means.

Input: a method, a URL below GitHub's, a body. Output: decoded JSON; or `Unavailable` for what may
go better later, `Unauthorized` for a token that is no longer good, `Refused` for a lasting no.
Built on gidgethub, which does headers, JWT, conditional requests and Link headers; retries,
limits and broken answers are ours.
"""

import asyncio
import copy
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from cachetools import LRUCache
from gidgethub import GitHubException
from gidgethub.abc import GitHubAPI
from yarl import URL

from bot.clients.answers import describe, fetch_body, parse_json
from bot.clients.pacing import Gate, parse_retry_after
from bot.core.errors import Malformed, Refused, Unavailable
from bot.core.payloads import parse_refusal
from bot.ports import Clock, Pacing

T = TypeVar("T")

_REQUESTER = "nightswatch"
_API_VERSION = "2022-11-28"

# GitHub gives up on a request after ten seconds; what takes longer is lost on the way.
_TIMEOUT = aiohttp.ClientTimeout(total=15)

# The largest honest answers are commits with 300 patches, some megabytes.
_LARGEST = 32 * 2**20

# Repositories, pulls, installations: at most some 300 kB each.
_CACHED = 256
_NEVER_CACHED = re.compile(r"/comments\b|/commits/")

_REDIRECTS = frozenset({301, 302, 307, 308})
_HOPS = 3
_LIMITED = re.compile(r"rate limit|abuse detection", re.IGNORECASE)


class Unauthorized(Unavailable):
    """GitHub does not know our token any more; it did nothing of what we asked."""


class _Cache(LRUCache[str, Any]):
    """Answers with their ETags. What goes in and comes out is a copy: nobody can spoil another's.

    Never comments, where an old page could hide one of ours, nor commits, which are large and
    asked for once.
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
        pacing: Pacing | None = None,
    ) -> None:
        super().__init__(
            _REQUESTER,
            app_id=app_id,
            private_key=private_key,
            cache=_Cache(_CACHED),
            base_url=api_url,
        )
        self.graphql_url = graphql_url or make_graphql_url(api_url)
        self.gate = Gate(clock, pacing)
        self.last_contact: datetime | None = None
        self.last_error: str | None = None
        self.time: datetime | None = None  # GitHub's own clock as of its last answer
        self._session = session
        self._clock = clock
        self._origins = {URL(api_url).origin(), URL(self.graphql_url).origin()}
        # "Make requests serially instead of concurrently", so that no secondary limit is met.
        self._serial = asyncio.Lock()

    async def fetch(self, url: str, token: str | None = None) -> Any:
        """GET one thing."""
        with self._noted():
            return await self.getitem(url, oauth_token=token)

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
        found: list[Any] = []
        with self._noted():
            async with aclosing(self.getiter(url, oauth_token=token, iterable_key=key)) as items:
                async for item in items:
                    found.append(item)
                    if len(found) == limit or enough(item):
                        break
        return found

    async def send(self, method: str, url: str, data: Any, token: str | None = None) -> Any:
        """POST, PATCH or DELETE; sent once, whatever happens."""
        with self._noted():
            answer, _, _ = await self._make_request(
                method, url, None, data, "application/vnd.github+json", oauth_token=token
            )
            return answer

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
                url = str(URL(url).join(URL(answer.get("Location", ""))))
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
            self.time = _parse_date(response.headers.get("Date")) or self.time
        self.gate.note(response.headers)
        return response.status, response.headers, content

    def _raise_for(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Raise what a status means; gidgethub knows too few of the cases."""
        if status < 400 and status not in _REDIRECTS:
            return
        if status >= 500 or status in {408, 409}:
            raise Unavailable(f"GitHub answers {status}", parse_retry_after(headers))
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
