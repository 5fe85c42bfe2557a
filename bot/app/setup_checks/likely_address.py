"""Where Buildbot does not answer at its address: which one was asked, and which one would answer.

In: the settings, and a check that failed. Out: the same, with the setting as it should be. Only a
person's command asks so; the service calls the configured address and no other.
"""

from collections.abc import Sequence
from dataclasses import replace

import aiohttp

from bot.app.settings import Settings
from bot.clients.ci.buildbot.find_address import find_buildbot
from bot.core.checks.buildbot import ANSWERS
from bot.core.checks.result import CheckResult, Level
from bot.core.errors import UserError


async def name_addresses(settings: Settings, results: Sequence[CheckResult]) -> list[CheckResult]:
    """Of the line on Buildbot the address that was asked, and the line to change."""
    return [
        await _name(settings, result)
        if (result.check, result.level) == (ANSWERS, Level.FAIL)
        else result
        for result in results
    ]


async def _name(settings: Settings, result: CheckResult) -> CheckResult:
    url = settings.buildbot_url
    told = replace(result, words=f"{url}/api/v2: {result.words}")
    try:
        async with aiohttp.ClientSession() as session:
            found = await find_buildbot(session, url)
    except UserError:
        return told
    if found.url == url:
        return told
    return replace(told, todo=f"set BUILDBOT_URL={found.url}: a Buildbot answers there")
