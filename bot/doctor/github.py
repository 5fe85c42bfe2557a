"""GitHub: who we are there, where we are installed, what we may do, and whether webhooks arrive.

In: its answers. Out: findings.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bot.clients.buildbot_survey import fetch_last_builds
from bot.core.errors import Refused, Unavailable
from bot.core.payloads import parse_app_login, parse_repository, parse_user_login
from bot.core.payloads.checkup import (
    Grant,
    HookDelivery,
    parse_grant,
    parse_hook_delivery,
    parse_hook_url,
)
from bot.doctor.findings import Finding, fail, ok, warn
from bot.doctor.surroundings import Surroundings
from bot.web.health import CLOCK_OFF, describe_skew

_WHO, _WHERE, _HOOKS, _CLOCK = "github", "installation", "webhooks", "clock"

# What the App is for. Comments on pulls are under "pull requests" or under "issues": either will
# do. https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
_TO_READ = (("metadata", "read"), ("contents", "read"), ("pull_requests", "read"))
_TO_WRITE = ("pull_requests", "issues")
_EVENTS = ("issue_comment", "pull_request", "push")
_RANKS = ("none", "read", "write", "admin")

_DAY = timedelta(days=1)
_DELIVERIES = 500
_LAST_BUILDS = 50


# ---------------------------------------------------------------- who we are


async def check_credentials(here: Surroundings) -> list[Finding]:
    """The App's id and key, or the token."""
    token = here.settings.github_token
    if token is not None:
        try:
            login = parse_user_login(await here.github.fetch("/user", token))
        except Refused as refused:  # a workflow's token, say, is nobody's
            return [ok(_WHO, f"the token is good, but no user's: {refused.reason}")]
        return [ok(_WHO, f"the token is {login}'s")]
    login = parse_app_login(await here.github.fetch("/app"))
    return [ok(_WHO, f"we are the App {login}")]


async def check_clock(here: Surroundings) -> list[Finding]:
    """Ours against GitHub's."""
    for _ in range(2):
        with suppress(Refused, Unavailable):  # a refusal tells the time, too
            await here.github.fetch(*_ping(here))
    return [judge_clock(here.skew.ahead)]


def _ping(here: Surroundings) -> tuple[Any, ...]:
    token = here.settings.github_token
    return ("/rate_limit", token) if token else ("/app",)


def judge_clock(ahead: timedelta | None) -> Finding:
    """Off by more than GitHub will bear with soon?"""
    if ahead is None:
        return warn(_CLOCK, "GitHub did not tell the time", "look at `timedatectl` yourself")
    if abs(ahead) > CLOCK_OFF:
        return fail(_CLOCK, describe_skew(ahead), "run an NTP client, such as chrony")
    return ok(_CLOCK, "ours and GitHub's agree")


# ---------------------------------------------------------------- where we may do what


async def check_repositories(here: Surroundings) -> list[Finding]:
    """Each repository that builds name: installed there, with every permission?"""
    names = await _find_repositories(here)
    if not names:
        words = "no repository: builds name none, and REPOSITORY is not set"
        return [fail(_WHERE, words, "set REPOSITORY=owner/name")]
    found = await asyncio.gather(*(_check_repository(here, name) for name in names))
    return [finding for findings in found for finding in findings]


async def _find_repositories(here: Surroundings) -> list[str]:
    """REPOSITORY, and those that the sourcestamps of the last builds name."""
    builds = await fetch_last_builds(here.buildbot, _LAST_BUILDS)
    named = {build.repository for build in builds} | {here.settings.repository}
    return sorted(name for name in named if name)


async def _check_repository(here: Surroundings, name: str) -> list[Finding]:
    token = here.settings.github_token
    if token is not None:
        return [await _check_with_token(here, name, token)]
    try:
        grant = parse_grant(await here.github.fetch(f"/repos/{name}/installation"))
    except Refused as refused:
        words = f"not installed on {name}" if refused.status == 404 else refused.reason
        return [fail(_WHERE, words, f"install the App on {name}, or see that the name is right")]
    return judge_grant(name, grant, writes=here.settings.post_comments)


async def _check_with_token(here: Surroundings, name: str, token: str) -> Finding:
    try:
        repository = parse_repository(await here.github.fetch(f"/repos/{name}", token))
    except Refused as refused:
        todo = "give the token access to it, or see that the name is right"
        return fail(_WHERE, f"the token does not show {name}: {refused.reason}", todo)
    return ok(_WHERE, f"the token shows {repository.full_name}")


def judge_grant(name: str, grant: Grant, *, writes: bool) -> list[Finding]:
    """One finding for the installation, and one for each permission and event."""
    if grant.suspended:
        todo = "an owner of the account can end that in its settings, under GitHub Apps"
        return [fail(_WHERE, f"the installation on {name} is suspended", todo)]
    return [
        ok(_WHERE, f"installed on {name}"),
        *(_judge_permission(name, what, level, grant.permissions) for what, level in _TO_READ),
        _judge_writing(name, grant.permissions, writes=writes),
        *(_judge_event(name, event, grant.events) for event in _EVENTS),
    ]


def _judge_permission(name: str, what: str, level: str, permissions: Mapping[str, str]) -> Finding:
    check = f"permission {what}"
    if _has(permissions, what, level):
        return ok(check, f"{permissions[what]} on {name}")
    todo = f"give the App `{what}: {level}`, and accept it for the installation"
    return fail(check, f"missing on {name}", todo)


def _judge_writing(name: str, permissions: Mapping[str, str], *, writes: bool) -> Finding:
    check = "permission to comment"
    if any(_has(permissions, what, "write") for what in _TO_WRITE):
        return ok(check, f"given on {name}")
    todo = "give the App `pull_requests: write`, and accept it for the installation"
    words = f"missing on {name}"
    return fail(check, words, todo) if writes else warn(check, f"{words}; this is a dry run", todo)


def _has(permissions: Mapping[str, str], what: str, level: str) -> bool:
    given = permissions.get(what, "none")
    return given in _RANKS and _RANKS.index(given) >= _RANKS.index(level)


def _judge_event(name: str, event: str, events: Sequence[str]) -> Finding:
    check = f"event {event}"
    if event in events:
        return ok(check, f"heard from {name}")
    return warn(check, f"not heard from {name}", f"subscribe the App to `{event}`")


# ---------------------------------------------------------------- webhooks


async def check_webhooks(here: Surroundings) -> list[Finding]:
    """Where they go, and how those of the last day ended."""
    settings = here.settings
    if settings.github_webhook_secret is None:
        todo = "set GITHUB_WEBHOOK_SECRET, the same as in the App's settings"
        return [warn(_HOOKS, "no secret: our door is shut, merges are seen late", todo)]
    if settings.github_token is not None:
        todo = "look at the repository's settings, under Webhooks, or use an App"
        return [warn(_HOOKS, "with a token we cannot see how they end", todo)]
    url = parse_hook_url(await here.github.fetch("/app/hook/config"))
    rows = await here.github.fetch_pages("/app/hook/deliveries?per_page=100", None, _DELIVERIES)
    deliveries = [parse_hook_delivery(row) for row in rows]
    return [
        judge_hook_url(url, settings.public_url),
        judge_deliveries(deliveries, here.github.time or here.clock.now()),
    ]


def judge_hook_url(url: str, public_url: str | None) -> Finding:
    """To our own door?"""
    check = "webhook address"
    if public_url is None:
        return warn(check, f"GitHub sends to {url or 'nowhere'}", "set PUBLIC_URL to compare")
    wanted = f"{public_url}/github"
    if url.rstrip("/") != wanted:
        todo = f"set the App's webhook URL to {wanted}"
        return fail(check, f"GitHub sends to {url or 'nowhere'}", todo)
    return ok(check, f"GitHub sends to {wanted}")


# What the answers of our door mean; see the README for what it answers when.
_DELIVERY_TODO = {
    401: "the secret in the App's settings is not our GITHUB_WEBHOOK_SECRET",
    404: "the webhook URL must end in /github",
    413: "something before us takes no 25 MiB",
    503: "our door was shut, or our database away: look at /health",
    0: "nobody answered: is the address reachable from the internet?",
}


def judge_deliveries(deliveries: Sequence[HookDelivery], now: datetime) -> Finding:
    """By GUID: one good attempt is enough."""
    recent = [delivery for delivery in deliveries if delivery.at >= now - _DAY]
    if not recent:
        todo = "none is sent while nothing is merged; else see that the App's webhook is active"
        return warn(_HOOKS, "none was sent in the last day", todo)
    good = {delivery.guid for delivery in recent if delivery.ok}
    lost = {d.guid: d for d in reversed(recent) if d.guid not in good}
    total = len({delivery.guid for delivery in recent})
    if not lost:
        return ok(_HOOKS, f"all {total} of the last day arrived")
    last = list(lost.values())[-1]
    words = f"{len(lost)} of {total} of the last day failed, the last with {last.status or 'none'}"
    todo = _DELIVERY_TODO.get(last.status, f"GitHub says: {last.words}")
    if max(recent, key=lambda delivery: delivery.at).ok:
        todo = f"those since then arrive; if it comes again: {todo}"
    return fail(_HOOKS, words, todo) if len(lost) == total else warn(_HOOKS, words, todo)
