"""The one table of checks, and how they are run.

In: settings as they are in the environment. Out: findings, in the order of the table. What is away
or refuses is a finding of the check that asked; a check that cannot run stops no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from bot.core.errors import Refused, Unavailable, UserError
from bot.doctor.buildbot import check_buildbot, check_reporter, check_stable_builders
from bot.doctor.database import check_database
from bot.doctor.findings import Finding, fail, ok, warn
from bot.doctor.github import (
    check_clock,
    check_credentials,
    check_repositories,
    check_webhooks,
)
from bot.doctor.surroundings import Surroundings, open_surroundings
from bot.ports import Clock
from bot.settings import Settings

Check = Callable[[Surroundings], Awaitable[list[Finding]]]

_GITHUB_TODO = "see the network, GITHUB_API_URL, and the App's id and key or the token"
_BUILDBOT_TODO = "see BUILDBOT_URL, the network, and BUILDBOT_USERNAME with BUILDBOT_PASSWORD"

# Name, check, and what to do where it cannot even be looked at.
CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("database", check_database, "see DATABASE_URL"),
    ("buildbot", check_buildbot, _BUILDBOT_TODO),
    ("stable builders", check_stable_builders, _BUILDBOT_TODO),
    ("reporter", check_reporter, _BUILDBOT_TODO),
    ("github", check_credentials, _GITHUB_TODO),
    ("installation", check_repositories, _GITHUB_TODO),
    ("webhooks", check_webhooks, _GITHUB_TODO),
    ("clock", check_clock, _GITHUB_TODO),
)

# A set-up that hangs is broken, too; the slowest check makes some ten calls.
_PATIENCE_SECONDS = 60


async def examine_setup(environ: Mapping[str, str], clock: Clock) -> list[Finding]:
    """Everything; with settings that are wrong, those only."""
    try:
        settings = Settings.from_environ(environ)
    except UserError as error:
        wrong = str(error).removeprefix("settings: ").split("; ")
        return [fail("settings", words, "see the README, “Settings”") for words in wrong]
    async with open_surroundings(settings, clock) as here:
        found = await asyncio.gather(*(_run(here, *check) for check in CHECKS))
    return [judge_settings(settings), *(finding for findings in found for finding in findings)]


def judge_settings(settings: Settings) -> Finding:
    """They are whole; does the service write?"""
    if not settings.post_comments:
        return ok("settings", "complete; a dry run: nothing is written anywhere")
    if settings.public_url is None:
        todo = "set PUBLIC_URL, so that comments can link to the evidence"
        return warn("settings", "complete; comments are written, without links to us", todo)
    return ok("settings", "complete; comments are written")


async def _run(here: Surroundings, name: str, check: Check, todo: str) -> list[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await check(here)
    except (Unavailable, Refused, UserError) as error:
        return [fail(name, str(error), todo)]
    except TimeoutError:
        return [fail(name, f"no end within {_PATIENCE_SECONDS} seconds", todo)]
