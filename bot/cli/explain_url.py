"""`explain URL`: read the logs of a build of a Buildbot.

Input: the address of a build as a browser shows it. Output: one reading over its failed steps.
Only the configured Buildbot is asked, or a host that was allowed by name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp

from bot.clients.answers import fetch_body, parse_json
from bot.clients.buildbot import BuildbotClient
from bot.core.builds import find_logs_to_read
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.model import Reading
from bot.logs import merge_readings
from bot.reading import PoolLogReader

_BUILD = re.compile(
    r"(?P<base>https?://.+?)/?(?:#|api/v2)/"
    r"(?:builders/(?P<builder>[^/?#]+)/builds/(?P<number>\d+)|builds/(?P<buildid>\d+))/?(?:[?].*)?$"
)
_LARGEST = 2**20
_TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class BuildAddress:
    """Where a build is: its Buildbot, and what to ask it."""

    base: str
    path: str  # below /api/v2


def parse_build_url(url: str) -> BuildAddress:
    """The build that an address names; raises `UserError`."""
    found = _BUILD.fullmatch(url)
    if not found:
        raise UserError(f"{url} is not the address of a build (…/#/builders/N/builds/N)")
    if found["buildid"]:
        return BuildAddress(found["base"].rstrip("/"), f"/builds/{found['buildid']}")
    builder = quote(found["builder"], safe="%")
    return BuildAddress(found["base"].rstrip("/"), f"/builders/{builder}/builds/{found['number']}")


def check_allowed(address: BuildAddress, configured: str | None, allowed_host: str | None) -> None:
    """Only our own Buildbot, or a host that a person allowed; raises `UserError`."""
    if configured and address.base == configured.rstrip("/"):
        return
    host = urlsplit(address.base).hostname
    if allowed_host is None or host != allowed_host.lower():
        raise UserError(f"{address.base} is not BUILDBOT_URL; --allow-host {host} would allow it")


def read_build(url: str, environ: Mapping[str, str], allowed_host: str | None) -> Reading:
    """The reading of a build's failed steps; raises `UserError`, `Unavailable`, `Refused`."""
    address = parse_build_url(url)
    configured = environ.get("BUILDBOT_URL", "").strip() or None
    check_allowed(address, configured, allowed_host)
    # What we know of our own Buildbot is not shown to another.
    own = configured is not None and address.base == configured.rstrip("/")
    username = environ.get("BUILDBOT_USERNAME") if own else None
    password = environ.get("BUILDBOT_PASSWORD") if own else None
    return asyncio.run(_read(address, username or None, password or None))


async def _read(address: BuildAddress, username: str | None, password: str | None) -> Reading:
    async with aiohttp.ClientSession() as session:
        client = BuildbotClient(address.base, session, username=username, password=password)
        buildid = await _fetch_buildid(session, address)
        reader = PoolLogReader()
        try:
            parts = []
            for source in find_logs_to_read(await client.fetch_logs(buildid)):
                reading = await reader.read(client.stream_log(source), step=source.step)
                parts.append((f"{source.step}/{source.name}", reading))
        finally:
            await reader.close()
    return merge_readings(parts)


async def _fetch_buildid(session: aiohttp.ClientSession, address: BuildAddress) -> int:
    """Builds are asked for by id; people see builder and number."""
    try:
        async with session.get(
            f"{address.base}/api/v2{address.path}",
            headers={"Accept": "application/json"},
            allow_redirects=False,
            timeout=_TIMEOUT,
        ) as response:
            body = await fetch_body(response, _LARGEST)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"{address.base} does not answer: {error}") from error
    if response.status != 200:
        raise Refused(f"{address.base} answers {response.status}", response.status)
    answer = parse_json(body, "Buildbot")
    builds = answer.get("builds") if isinstance(answer, dict) else None
    if not builds or not isinstance(builds[0].get("buildid"), int):
        raise Refused(f"{address.base} knows no such build")
    buildid: int = builds[0]["buildid"]
    return buildid
