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
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{who} answered broken JSON") from error


def describe(error: BaseException) -> str:
    """A network error in a few words; some have no text of their own."""
    return str(error) or type(error).__name__
