"""Where a neighbour does not answer: which address was asked, and which line is to be changed.

In: the settings, and a check that failed. Out: the same, with the setting as it should be. Only a
person's command asks so; the service calls the configured address and no other.
"""

from collections.abc import Sequence
from dataclasses import replace

import aiohttp

from bot.app.settings import Settings
from bot.clients.ci.buildbot.find_address import FoundBuildbot, find_buildbot
from bot.core.checks.buildbot import ANSWERS
from bot.core.checks.github import WHO
from bot.core.checks.neighbours import find_buildbot_todo, find_github_todo, swap_scheme
from bot.core.checks.result import CheckResult, Level
from bot.core.errors import UserError

_PRIVATE_TODO = "it asks who we are: set BUILDBOT_USERNAME and BUILDBOT_PASSWORD"


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
    todo = find_buildbot_todo(url, result.words) or result.todo
    told = replace(result, words=f"{url}/api/v2: {result.words}", todo=todo)
    found = await _find(url) or await _find(swap_scheme(url))
    if found is None:
        return told
    if found.url != url:
        return replace(told, todo=f"set BUILDBOT_URL={found.url}: a Buildbot answers there")
    if found.is_private and settings.buildbot_username is None:
        return replace(told, todo=_PRIVATE_TODO)
    return told


async def _find(url: str) -> FoundBuildbot | None:
    try:
        async with aiohttp.ClientSession() as session:
            return await find_buildbot(session, url)
    except UserError:
        return None


def name_github(settings: Settings, results: Sequence[CheckResult]) -> list[CheckResult]:
    """Of a line on GitHub that fails the address that was asked, and the line to change."""
    return [
        replace(
            result,
            words=f"{settings.github_api_url}: {result.words}",
            todo=find_github_todo(
                result.words,
                api_url=settings.github_api_url,
                app_id=settings.github_app_id,
                token=settings.github_token,
            )
            or result.todo,
        )
        if (result.check, result.level) == (WHO, Level.FAIL)
        else result
        for result in results
    ]
