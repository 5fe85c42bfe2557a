"""The one table of checks, and how they are run: by `doctor` once, by the service again and again.

In: settings as they are in the environment, or what the service has open. Out: results, in the
order of the table. What is away or refuses is a result of the check that asked; only checks that
need that one are left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.app.log_rules import describe_formats
from bot.app.setting import WrongSettings
from bot.app.settings import Settings, find_secret_names
from bot.app.setup_checks.buildbot import check_buildbot, check_reporter, check_stable_builders
from bot.app.setup_checks.context import CheckContext, open_surroundings
from bot.app.setup_checks.database import check_database
from bot.app.setup_checks.github import (
    check_clock,
    check_credentials,
    check_logins,
    check_repositories,
    check_webhooks,
)
from bot.app.setup_checks.likely_address import name_addresses, name_github
from bot.app.setup_checks.notices import check_notices
from bot.app.setup_checks.requests import check_requests
from bot.core.checks.mistakes import find_remedy
from bot.core.checks.result import CheckResult, Level, fail, warn
from bot.core.checks.settings import (
    diagnose_dashboard,
    diagnose_doors,
    diagnose_log_rules,
    diagnose_settings,
)
from bot.core.checks.store import diagnose_store
from bot.core.errors import Malformed, Refused, Unavailable, UserError
from bot.core.ports import Clock

Check = Callable[[CheckContext], Awaitable[list[CheckResult]]]

_GITHUB_TODO = "see the network, GITHUB_API_URL, and the App's id and key or the token"
_BUILDBOT_TODO = (
    "see that BUILDBOT_URL is the address of its pages, with no login page or redirect before it;"
    " then the network, and BUILDBOT_USERNAME with BUILDBOT_PASSWORD"
)
_LOGINS_TODO = (
    "see GITHUB_APP_CLIENT_ID and GITHUB_APP_CLIENT_SECRET, and that PUBLIC_URL with"
    " /login/callback is among the App's callback URLs"
)


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One row of the table; what it needs is looked at first."""

    name: str
    check: Check
    todo: str  # where it cannot even be looked at
    needs: tuple[str, ...] = ()


async def check_settings(here: CheckContext) -> list[CheckResult]:
    """They are whole, or we would not be here."""
    settings = here.settings
    secrets = {
        "POST /github": ("GITHUB_WEBHOOK_SECRET", settings.github_webhook_secret is not None),
        "POST /buildbot": ("BUILDBOT_WEBHOOK_TOKEN", settings.buildbot_webhook_token is not None),
    }
    posts, public_url = settings.post_comments, settings.public_url
    return [
        *diagnose_settings(posts=posts, public_url=public_url, misspelt=settings.misspelt),
        diagnose_dashboard(
            settings.dashboard,
            password=settings.dashboard_password is not None,
            github=here.logins is not None,
        ),
        *diagnose_doors(secrets, posts=posts, blank=settings.blank),
        *diagnose_log_rules(describe_formats(settings.log_rules or ())),
    ]


async def check_stored(here: CheckContext) -> list[CheckResult]:
    """What the service met, as it is stored."""
    return diagnose_store(await here.load_stored(), here.clock.now())


CHECKS = (
    CheckStep("settings", check_settings, ""),
    CheckStep("database", check_database, "see DATABASE_URL"),
    CheckStep("stored", check_stored, "see DATABASE_URL", needs=("database",)),
    CheckStep("buildbot", check_buildbot, _BUILDBOT_TODO),
    CheckStep("stable builders", check_stable_builders, _BUILDBOT_TODO, needs=("buildbot",)),
    CheckStep("reporter", check_reporter, _BUILDBOT_TODO, needs=("buildbot", "database")),
    CheckStep("builds on request", check_requests, _BUILDBOT_TODO, needs=("buildbot",)),
    CheckStep("github", check_credentials, _GITHUB_TODO),
    CheckStep("installation", check_repositories, _GITHUB_TODO, needs=("github", "buildbot")),
    CheckStep("webhooks", check_webhooks, _GITHUB_TODO, needs=("github",)),
    CheckStep("logins", check_logins, _LOGINS_TODO),
    CheckStep("notices by each medium", check_notices, "see docs/notices.md"),
    CheckStep("clock", check_clock, _GITHUB_TODO),  # wrong credentials may well be a wrong clock
)

# A set-up that hangs is broken, too; the slowest check makes some ten calls.
_PATIENCE_SECONDS = 60


async def run_checks(environ: Mapping[str, str], clock: Clock) -> list[CheckResult]:
    """Everything; with settings that are wrong, those only."""
    try:
        settings = Settings.from_environ(environ)
    except WrongSettings as error:
        secret = find_secret_names()
        return [
            fail("settings", words, find_remedy(words, environ, secret)) for words in error.problems
        ]
    async with open_surroundings(settings, clock) as here:
        found = await _run_all(here)
    found["buildbot"] = await name_addresses(settings, found["buildbot"])
    found["github"] = name_github(settings, found["github"])
    return [finding for step in CHECKS for finding in found[step.name]]


async def _run_all(here: CheckContext) -> dict[str, list[CheckResult]]:
    """Findings by step: first those that need nothing, then the others as far as it makes sense."""
    found: dict[str, list[CheckResult]] = {}
    for steps in ([s for s in CHECKS if not s.needs], [s for s in CHECKS if s.needs]):
        rows = await asyncio.gather(*(_run(here, step, found) for step in steps))
        found |= {step.name: findings for step, findings in zip(steps, rows, strict=True)}
    return found


async def _run(
    here: CheckContext, step: CheckStep, found: Mapping[str, Sequence[CheckResult]]
) -> list[CheckResult]:
    try:
        return await run_step(here, step, found)
    except (Unavailable, UserError) as error:
        return [fail(step.name, str(error), step.todo)]
    except TimeoutError:
        return [fail(step.name, f"no end within {_PATIENCE_SECONDS} seconds", step.todo)]


async def run_step(
    here: CheckContext, step: CheckStep, found: Mapping[str, Sequence[CheckResult]]
) -> list[CheckResult]:
    """What follows from a fault hides its cause, so it is not looked at.

    Raises `Unavailable` and `TimeoutError` where somebody does not answer.
    """
    failed = [
        f.check
        for name in step.needs
        for f in found.get(name, ())
        if f.check == name and f.level is Level.FAIL
    ]
    if failed:
        words = f"not checked, because {' and '.join(failed)} failed"
        return [warn(step.name, words, "mend that first, and ask again")]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await step.check(here)
    except (Refused, Malformed) as error:
        return [fail(step.name, str(error), step.todo)]
