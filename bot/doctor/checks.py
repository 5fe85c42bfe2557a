"""The one table of checks, and how they are run.

In: settings as they are in the environment. Out: findings, in the order of the table. What is away
or refuses is a finding of the check that asked; only checks that need that one are left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.errors import Refused, Unavailable, UserError
from bot.doctor.buildbot import check_buildbot, check_reporter, check_stable_builders
from bot.doctor.database import check_database
from bot.doctor.findings import Finding, Level, fail, ok, warn
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
_BUILDBOT_TODO = (
    "see that BUILDBOT_URL is the address of its pages, with no login page or redirect before it;"
    " then the network, and BUILDBOT_USERNAME with BUILDBOT_PASSWORD"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table; what it needs is looked at first."""

    name: str
    check: Check
    todo: str  # where it cannot even be looked at
    needs: tuple[str, ...] = ()


CHECKS = (
    Step("database", check_database, "see DATABASE_URL"),
    Step("buildbot", check_buildbot, _BUILDBOT_TODO),
    Step("stable builders", check_stable_builders, _BUILDBOT_TODO, needs=("buildbot",)),
    Step("reporter", check_reporter, _BUILDBOT_TODO, needs=("buildbot", "database")),
    Step("github", check_credentials, _GITHUB_TODO),
    Step("installation", check_repositories, _GITHUB_TODO, needs=("github", "buildbot")),
    Step("webhooks", check_webhooks, _GITHUB_TODO, needs=("github",)),
    Step("clock", check_clock, _GITHUB_TODO),  # wrong credentials may well be a wrong clock
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
        found = await _run_all(here)
    rows = (finding for step in CHECKS for finding in found[step.name])
    return [judge_settings(settings), *rows]


def judge_settings(settings: Settings) -> Finding:
    """They are whole; does the service write?"""
    if not settings.post_comments:
        return ok("settings", "complete; a dry run: nothing is written anywhere")
    if settings.public_url is None:
        todo = "set PUBLIC_URL, so that comments can link to the evidence"
        return warn("settings", "complete; comments are written, without links to us", todo)
    return ok("settings", "complete; comments are written")


async def _run_all(here: Surroundings) -> dict[str, list[Finding]]:
    """Findings by step: first those that need nothing, then the others as far as it makes sense."""
    found: dict[str, list[Finding]] = {}
    for steps in ([s for s in CHECKS if not s.needs], [s for s in CHECKS if s.needs]):
        rows = await asyncio.gather(*(_run(here, step, found) for step in steps))
        found |= {step.name: findings for step, findings in zip(steps, rows, strict=True)}
    return found


async def _run(
    here: Surroundings, step: Step, found: Mapping[str, Sequence[Finding]]
) -> list[Finding]:
    """What follows from a fault hides its cause, so it is not looked at."""
    failed = [
        f.check
        for name in step.needs
        for f in found[name]
        if f.check == name and f.level is Level.FAIL
    ]
    if failed:
        words = f"not checked, because {' and '.join(failed)} failed"
        return [warn(step.name, words, "mend that first, and ask again")]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await step.check(here)
    except (Unavailable, Refused, UserError) as error:
        return [fail(step.name, str(error), step.todo)]
    except TimeoutError:
        return [fail(step.name, f"no end within {_PATIENCE_SECONDS} seconds", step.todo)]
