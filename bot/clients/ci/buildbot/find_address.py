"""Find the Buildbot under what somebody pasted: ask each likely address for its masters.

In: a pasted address. Out: the address that answers as a Buildbot, or a `UserError` that names each
one that was tried and what came back. A way that a server shows us is gone only on its own host.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.clients.http_responses import describe, fetch_body
from bot.core.errors import Refused, UserError
from bot.core.payloads.buildbot_address import list_candidates

_PROBE = "/api/v2/masters"
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_LARGEST = 2**20
_SHUT = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class FoundBuildbot:
    """Where it is."""

    url: str
    is_private: bool = False  # it is there, and asks who we are


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back of one address."""

    words: str
    found: FoundBuildbot | None = None
    elsewhere: str | None = None  # where the same host says that it is


async def find_buildbot(session: aiohttp.ClientSession, pasted: str) -> FoundBuildbot:
    """The first address that answers as a Buildbot; raises `UserError`."""
    tried: dict[str, str] = {}
    waiting = [*list_candidates(pasted)]
    while waiting:
        url = waiting.pop(0)
        if url in tried:
            continue
        answer = await _ask(session, url)
        if answer.found is not None:
            return answer.found
        tried[url] = answer.words
        waiting[:0] = [answer.elsewhere] if answer.elsewhere else []
    raise UserError("; ".join(["no Buildbot was found", *_tell_tried(tried)]))


def _tell_tried(tried: Mapping[str, str]) -> Iterator[str]:
    """What came back, once for all addresses that gave the same."""
    for words in dict.fromkeys(tried.values()):
        asked = [url + _PROBE for url, back in tried.items() if back == words]
        yield f"{', '.join(asked)}: {words}"


async def _ask(session: aiohttp.ClientSession, url: str) -> _Answer:
    try:
        async with session.get(
            url + _PROBE, params={"limit": "1"}, timeout=_TIMEOUT, allow_redirects=False
        ) as response:
            return _read(url, response, await fetch_body(response, _LARGEST))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return _Answer(describe(error))
    except Refused as refused:
        return _Answer(refused.reason)


def _read(url: str, response: aiohttp.ClientResponse, body: bytes) -> _Answer:
    if 300 <= response.status < 400:
        return _follow(url, response.headers.get("Location", ""))
    told = _parse(body)
    if response.status == 200 and isinstance(told, dict) and "masters" in told:
        return _Answer("a Buildbot", FoundBuildbot(url))
    # Buildbot's own no is JSON; a proxy's is a page.
    if response.status in _SHUT and isinstance(told, dict) and "error" in told:
        return _Answer("a Buildbot that asks for a login", FoundBuildbot(url, is_private=True))
    if response.status == 200:
        return _Answer("a page for people, not Buildbot's API")
    return _Answer(f"status {response.status}")


def _follow(url: str, location: str) -> _Answer:
    """Where it says that it is: the same host over another way, or a login page of somebody's."""
    target = urljoin(url + _PROBE, location).partition("?")[0]
    parts = urlsplit(target)
    if parts.hostname == urlsplit(url).hostname and target.endswith(_PROBE):
        return _Answer(f"it is at {target}", elsewhere=target.removesuffix(_PROBE))
    return _Answer(f"it sends us to {parts.scheme}://{parts.netloc}{parts.path}: a login page?")


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
