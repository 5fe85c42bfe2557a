"""Reading of HTTP answers, for every client.

Input: an aiohttp response. Output: its body, or `Refused` where it is larger than any honest answer
would be, so that nothing outside can fill our memory.
"""

import json
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
    (aiohttp.ClientConnectorDNSError, "nobody knows its name"),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "its certificate is not good",
    ),
    (aiohttp.ClientConnectorError, "no connection to its address"),
    (aiohttp.ServerDisconnectedError, "it hung up"),
    (aiohttp.ClientPayloadError, "its answer broke off"),
    (ConnectionError, "the connection broke"),
)


def describe(error: BaseException) -> str:
    """A network error by a name of ours."""
    known = (words for kind, words in _NAMES if isinstance(error, kind))
    return next(known, type(error).__name__)
