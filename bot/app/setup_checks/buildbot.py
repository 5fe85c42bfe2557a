"""Buildbot, asked: does it answer, does it let us in, does its reporter push, may anybody accuse?

In: its answers, and what pushes told the service. Out: results.
"""

from bot.app.setup_checks.context import CheckContext
from bot.clients.ci.buildbot.queries import fetch_builders, fetch_last_builds, fetch_site
from bot.core.checks.buildbot import (
    MISSING,
    REPORTER,
    REPORTER_TODO,
    diagnose_login,
    diagnose_missing,
    diagnose_reporter,
    diagnose_stable,
    diagnose_version,
)
from bot.core.checks.result import CheckResult, warn
from bot.core.errors import Refused
from bot.core.payloads.diagnostics import BuildbotSite

# The last day or two of a usual fleet: enough that each kind of result is among them.
_LAST_BUILDS = 200


async def check_buildbot(here: CheckContext) -> list[CheckResult]:
    """Whether it answers, which version it is, and whether our login is good."""
    try:
        await here.buildbot.ping()
    except Refused as refused:  # it has masters, whatever its version
        raise Refused(f"there is no Buildbot at this address ({refused.status})") from refused
    try:
        site: BuildbotSite | None = await fetch_site(here.buildbot)
    except Refused:
        site = None  # an old one
    return [diagnose_version(site), diagnose_login(here.settings.buildbot_username, site)]


async def check_stable_builders(here: CheckContext) -> list[CheckResult]:
    """Builders that carry the tag, or whose name fits the pattern."""
    builders = await fetch_builders(here.buildbot)
    tag, pattern = here.settings.stable_tag, here.settings.stable_pattern
    return [diagnose_stable(builders, here.is_stable, tag=tag, pattern=pattern)]


async def check_reporter(here: CheckContext) -> list[CheckResult]:
    """Compare the last builds with what pushes told the service."""
    if here.settings.buildbot_webhook_token is None:
        todo = f"set BUILDBOT_WEBHOOK_TOKEN, and {REPORTER_TODO}"
        return [warn(REPORTER, "no token: Buildbot is only asked once a minute", todo)]
    pushed = await here.load_moments()
    if MISSING in pushed:
        return [diagnose_missing(pushed[MISSING], here.clock.now())]
    return diagnose_reporter(await fetch_last_builds(here.buildbot, _LAST_BUILDS), pushed)
