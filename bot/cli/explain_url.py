"""`explain URL`: read the logs of a build of a Buildbot.

Input: the address of a build as a browser shows it. Output: one reading over its failed steps.
Only the configured Buildbot is asked, or a host that was allowed by name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

import aiohttp

from bot.clients.buildbot import BuildbotClient
from bot.core.builds import find_logs_to_read
from bot.core.errors import UserError
from bot.core.model import Reading
from bot.core.payloads import parse_build, parse_row
from bot.core.results import Result, is_red
from bot.logs import merge_readings
from bot.parts import SystemClock
from bot.reading import PoolLogReader
from bot.settings import read_some

_BUILD = re.compile(
    r"(?P<base>(?i:https?)://.+?)/?(?:#|api/v2)/"
    r"(?:builders/(?P<builder>[^/?#]+)/builds/(?P<number>\d+)|builds/(?P<buildid>\d+))/?(?:[?].*)?$"
)


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
    settings = read_some(environ, "BUILDBOT_URL", "BUILDBOT_USERNAME", "BUILDBOT_PASSWORD")
    configured = settings["BUILDBOT_URL"]
    check_allowed(address, configured, allowed_host)
    # What we know of our own Buildbot is not shown to another.
    own = configured is not None and address.base == configured.rstrip("/")
    username = settings["BUILDBOT_USERNAME"] if own else None
    password = settings["BUILDBOT_PASSWORD"] if own else None
    return asyncio.run(_read(address, username, password))


async def _read(address: BuildAddress, username: str | None, password: str | None) -> Reading:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        client = BuildbotClient(
            address.base, session, SystemClock(), username=username, password=password
        )
        # Builds are asked for by id; people see builder and number.
        found = await client.fetch_json("the build", f"/api/v2{address.path}")
        build = parse_build(client.source, parse_row(found, "builds"))
        reader = PoolLogReader()
        try:
            parts = []
            for log, last in find_logs_to_read(build, await client.fetch_logs(build.buildid)):
                reading = await reader.read(client.stream_log(log, last), step=log.step)
                parts.append((f"{log.step}/{log.name}", reading))
        finally:
            await reader.close()
    return _say_if_not_red(merge_readings(parts), build.result)


def _say_if_not_red(reading: Reading, result: Result | None) -> Reading:
    """Without a word, a build in which nothing failed reads like one whose failure is unknown."""
    if is_red(result):
        return reading
    told = "it has not finished" if result is None else f"it ended with {result.name}"
    return replace(reading, notes=(f"this build is not red: {told}", *reading.notes))
