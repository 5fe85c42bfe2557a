"""GitHub, asked: who we are there, where we are installed, what we may do, do webhooks arrive.

In: its answers. Out: results.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.app.setup_checks.context import CheckContext
from bot.clients.ci.buildbot.queries import fetch_last_builds
from bot.core.checks.github import (
    HOOKS,
    WHERE,
    WHO,
    diagnose_clock,
    diagnose_deliveries,
    diagnose_deprecation,
    diagnose_grant,
    diagnose_hook_url,
    diagnose_logins,
)
from bot.core.checks.result import CheckResult, Level, fail, ok, warn
from bot.core.errors import Refused, Unavailable
from bot.core.model.tracker import TrackerMode
from bot.core.payloads import parse_app_login, parse_repository, parse_user_login
from bot.core.payloads.diagnostics import parse_grant, parse_hook_delivery, parse_hook_url

_DELIVERIES = 500
_LAST_BUILDS = 50


# ---------------------------------------------------------------- who we are


async def check_credentials(here: CheckContext) -> list[CheckResult]:
    """The App's id and key, or the token; and for how long the version of the API will do."""
    who = await _check_identity(here)
    now = here.github.time or here.clock.now()
    return [who, diagnose_deprecation(here.github.deprecation, now)]


async def _check_identity(here: CheckContext) -> CheckResult:
    token = here.settings.github_token
    if token is not None:
        try:
            login = parse_user_login(await here.github.fetch("/user", token))
        except Refused as refused:  # a workflow's token, say, is nobody's
            return ok(WHO, f"the token is good, but no user's: {refused.reason}")
        return ok(WHO, f"the token is {login}'s")
    login = parse_app_login(await here.github.fetch("/app"))
    return ok(WHO, f"we are the App {login}")


async def check_clock(here: CheckContext) -> list[CheckResult]:
    """Ours against GitHub's."""
    for _ in range(2):
        with suppress(Refused, Unavailable):  # a refusal tells the time, too
            await here.github.fetch(*_ping(here))
    return [diagnose_clock(here.skew.ahead)]


def _ping(here: CheckContext) -> tuple[Any, ...]:
    token = here.settings.github_token
    return ("/rate_limit", token) if token else ("/app",)


# ---------------------------------------------------------------- where we may do what


async def check_repositories(here: CheckContext) -> list[CheckResult]:
    """Each repository that builds name: installed there, with every permission?"""
    builds = await fetch_last_builds(here.buildbot, _LAST_BUILDS)
    named = {build.repository for build in builds} | {here.settings.repository}
    names = sorted(name for name in named if name)
    tracker = here.settings.tracker
    if names and tracker.repository and tracker.mode is not TrackerMode.OFF:
        names = sorted({*names, tracker.repository})
    if not names and not builds:
        return [warn(WHERE, "no build yet names a repository", "set REPOSITORY=owner/name")]
    if not names:
        words = "no repository: builds name none, and REPOSITORY is not set"
        return [fail(WHERE, words, "set REPOSITORY=owner/name")]
    found = await asyncio.gather(*(_check_repository(here, name) for name in names))
    pairs = zip(names, found, strict=True)
    return [replace(finding, about=(name,)) for name, findings in pairs for finding in findings]


async def _check_repository(here: CheckContext, name: str) -> list[CheckResult]:
    token = here.settings.github_token
    if token is not None:
        return [await _check_with_token(here, name, token)]
    try:
        grant = parse_grant(await here.github.fetch(f"/repos/{name}/installation"))
    except Refused as refused:
        words = f"not installed on {name}" if refused.status == 404 else refused.reason
        return [fail(WHERE, words, f"install the App on {name}, or see that the name is right")]
    settings = here.settings
    tracks = name.lower() == (settings.tracker.repository or name).lower()
    files = settings.post_comments and settings.tracker.allows(TrackerMode.ASK) and tracks
    return diagnose_grant(name, grant, writes=settings.post_comments, files=files)


async def _check_with_token(here: CheckContext, name: str, token: str) -> CheckResult:
    try:
        repository = parse_repository(await here.github.fetch(f"/repos/{name}", token))
    except Refused as refused:
        todo = "give the token access to it, or see that the name is right"
        return fail(WHERE, f"the token does not show {name}: {refused.reason}", todo)
    return ok(WHERE, f"the token shows {repository.full_name}")


# ---------------------------------------------------------------- webhooks


async def check_webhooks(here: CheckContext) -> list[CheckResult]:
    """Where they go, and how those of the last day ended."""
    settings = here.settings
    if settings.github_webhook_secret is None:
        where = "the App's settings" if settings.github_token is None else "the webhook's settings"
        todo = f"set GITHUB_WEBHOOK_SECRET, the same as in {where}"
        return [warn(HOOKS, "no secret: our door is shut, merges are seen late", todo)]
    if settings.github_token is not None:
        todo = "look at the repository's settings, under Webhooks, or use an App"
        return [warn(HOOKS, "with a token we cannot see how they end", todo)]
    url = parse_hook_url(await here.github.fetch("/app/hook/config"))
    rows = await here.github.fetch_pages("/app/hook/deliveries?per_page=100", None, _DELIVERIES)
    deliveries = [parse_hook_delivery(row) for row in rows]
    found = diagnose_deliveries(deliveries, here.github.time or here.clock.now())
    if found.level is Level.FAIL and not await here.load_moments():
        todo = "start the service: what GitHub sent before it ran, nobody could take"
        found = warn(HOOKS, found.words, todo)
    return [diagnose_hook_url(url, settings.public_url), found]


# ---------------------------------------------------------------- logins of people


async def check_logins(here: CheckContext) -> list[CheckResult]:
    """Whether GitHub knows the App that people log in with; nothing where they do not."""
    if here.logins is None:
        return []
    public_url = here.settings.public_url
    await here.logins.check(f"{public_url}/login/callback" if public_url else None)
    return [diagnose_logins(public_url)]
