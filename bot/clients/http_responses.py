"""Reading of HTTP answers, for every client.

Input: an aiohttp response. Output: its body, or `Refused` where it is larger than any honest answer
would be, so that nothing outside can fill our memory; when to come back; what went wrong, in words.
"""

import json
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.core.errors import Refused, Unavailable


async def fetch_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, decompressed, of at most `limit` bytes."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > limit:
            raise Refused(f"{response.url.host} answered more than {limit} bytes")
    return bytes(body)


def parse_json(body: bytes, who: str) -> Any:
    """Decoded JSON; what is broken, or nested too deeply to be honest, is `Unavailable`."""
    if body[:100].lstrip().startswith(b"<"):
        raise Unavailable(f"{who} answered HTML, not JSON: that is a page for people")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{who} answered broken JSON") from error


# What keeps a call from its answer; the first that fits. The errors' own texts hold addresses of
# our network, and `/health` is for everybody.
_NAMES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (TimeoutError, "no answer in time"),
    (aiohttp.InvalidURL, "it is no address"),
    (aiohttp.ClientConnectorDNSError, "nobody knows its name"),
    (
        (
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ClientSSLError,
            ssl.SSLCertVerificationError,
        ),
        "its certificate is not good",
    ),
    (ssl.SSLError, "no TLS can be agreed on"),
    (aiohttp.ClientConnectorError, "no connection to its address"),
    (aiohttp.ServerDisconnectedError, "it hung up"),
    (aiohttp.ClientPayloadError, "its answer broke off"),
    (ConnectionError, "the connection broke"),
)


def describe(error: BaseException) -> str:
    """A network error by a name of ours."""
    known = (words for kind, words in _NAMES if isinstance(error, kind))
    return next(known, type(error).__name__)


# Nobody is believed who asks for more, or for less: a limit of no time at all would be hammered.
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(days=1)


def find_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The pause that `Retry-After` asks for, in seconds or as a date; None where it does not.

    A date is compared with the answer's own `Date`, for clocks differ; else with `now`.
    Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    text = headers.get("Retry-After")
    seconds, date = parse_whole(text), parse_date(text)
    if seconds is not None:
        wait = timedelta(seconds=min(seconds, _LONGEST_WAIT.total_seconds()))
    elif date is not None:
        wait = date - (parse_date(headers.get("Date")) or now)
    else:
        return None
    return min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)


def parse_date(text: str | None) -> datetime | None:
    """A header's date; None where it is absent or none."""
    try:
        at = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def parse_whole(text: str | None) -> int | None:
    """A header's whole number; None where it is absent, not one, or absurdly long."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)
