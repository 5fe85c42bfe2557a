"""`explain URL`: read the logs of a build of a Buildbot.

Input: the address of a build as a browser shows it. Output: one reading over its failed steps.
Only the configured Buildbot is asked, or a host that was allowed by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp

from bot.app.log_pool import LogPool
from bot.app.settings import read_some
from bot.app.wiring import SystemClock
from bot.cli.environment import find_cache_folder
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.queries import fetch_build_at, make_log_filter
from bot.core.errors import UserError
from bot.core.log_rules import ProjectFormat
from bot.core.model import Reading
from bot.core.model.build_results import Result
from bot.core.payloads.build_address import BuildAddress, is_same_site, parse_build_address
from bot.core.render.not_red import describe_not_red
from bot.logs import merge_readings
from bot.reconcile.build_logs import read_build_logs, read_some_logs


def check_allowed(address: BuildAddress, configured: str | None, allowed_host: str | None) -> None:
    """Only our own Buildbot, or a host that a person allowed; raises `UserError`."""
    if configured and is_same_site(address.base, configured):
        return
    host = urlsplit(address.base).hostname
    if allowed_host is None or host != allowed_host.lower():
        raise UserError(f"{address.base} is not BUILDBOT_URL; --allow-host {host} would allow it")


def read_build(url: str, environ: Mapping[str, str], allowed_host: str | None) -> Reading:
    """The reading of a build's failed steps; raises `UserError`, `Unavailable`, `Refused`."""
    address = parse_build_address(url)
    settings = read_some(
        environ, "BUILDBOT_URL", "BUILDBOT_USERNAME", "BUILDBOT_PASSWORD", "LOG_RULES"
    )
    configured = settings["BUILDBOT_URL"]
    check_allowed(address, configured, allowed_host)
    # What we know of our own Buildbot is not shown to another.
    own = configured is not None and is_same_site(address.base, configured)
    username = settings["BUILDBOT_USERNAME"] if own else None
    password = settings["BUILDBOT_PASSWORD"] if own else None
    return asyncio.run(_read(address, username, password, settings["LOG_RULES"] or ()))


async def _read(
    address: BuildAddress,
    username: str | None,
    password: str | None,
    rules: tuple[ProjectFormat, ...],
) -> Reading:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        client = BuildbotClient(
            address.base, session, SystemClock(), username=username, password=password
        )
        build = await fetch_build_at(client, address)
        is_wanted = await make_log_filter(client, address)
        reader = LogPool(cache=find_cache_folder(), rules=rules)
        try:
            if is_wanted is None:
                read = await read_build_logs(client, reader, build)
            else:
                read = await read_some_logs(client, reader, build, is_wanted)
        finally:
            await reader.close()
    merged = merge_readings(read.named)
    reading = replace(merged, notes=(*merged.notes, *read.notes))
    return _say_if_not_red(reading, build.result) if is_wanted is None else reading


def _say_if_not_red(reading: Reading, result: Result | None) -> Reading:
    words = describe_not_red(result)
    return replace(reading, notes=(words, *reading.notes)) if words else reading
