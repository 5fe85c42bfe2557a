"""The end of GitHub's App manifest flow: a code for an App that was made a moment ago.

In: the code that GitHub sent the browser back with; it is good once, for an hour. Out: the App with
its secrets; `Refused` where GitHub knows no such code, `Unavailable` where it does not answer.
"""

from __future__ import annotations

from urllib.parse import quote

import aiohttp

from bot.clients.github.api import parse_answer
from bot.clients.http_responses import describe, fetch_body, parse_json
from bot.core.errors import Refused, Unavailable
from bot.core.payloads.app_manifest import CreatedApp, parse_created_app

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_LARGEST = 2**20


async def fetch_created_app(api_url: str, code: str) -> CreatedApp:
    """Exchange the code; nobody has to be known to GitHub for that."""
    url = f"{api_url}/app-manifests/{quote(code, safe='')}/conversions"
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "nightswatch"}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, headers=headers, allow_redirects=False) as response,
        ):
            body = await fetch_body(response, _LARGEST)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"GitHub does not answer: {describe(error)}") from error
    if response.status in {404, 422}:
        raise Refused("GitHub knows no such code: it is good once, for an hour", response.status)
    if response.status != 201:
        raise Unavailable(f"GitHub answers {response.status}")
    return parse_answer(parse_created_app, parse_json(body, "GitHub"))
