"""GitHub: where we are installed, what we may do, whether webhooks arrive, and until when.

In: its answers. Out: results.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.checks.result import CheckResult, fail, ok, warn
from bot.core.payloads.diagnostics import Deprecation, Grant, HookDelivery

WHO, WHERE, HOOKS, CLOCK = "github", "installation", "webhooks", "clock"
VERSION, LOGINS = "github version", "logins"

# What the App is for. Comments on pulls are under "pull requests" or under "issues": either will
# do. https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
_TO_READ = (("metadata", "read"), ("contents", "read"), ("pull_requests", "read"))
_TO_WRITE = ("pull_requests", "issues")
_EVENTS = ("issue_comment", "pull_request", "push")
_RANKS = ("none", "read", "write", "admin")

_DAY = timedelta(days=1)

# Nothing is decided by it, but who reads our log beside GitHub's is led astray.
CLOCK_OFF = timedelta(seconds=30)

# Long enough to update at leisure.
_SOON = timedelta(days=180)


def diagnose_clock(ahead: timedelta | None) -> CheckResult:
    """Off by more than GitHub will bear with soon?"""
    if ahead is None:
        return warn(CLOCK, "GitHub did not tell the time", "look at `timedatectl` yourself")
    if abs(ahead) > CLOCK_OFF:
        return fail(CLOCK, describe_skew(ahead), "run an NTP client, such as chrony")
    return ok(CLOCK, "ours and GitHub's agree")


def diagnose_grant(
    name: str, grant: Grant, *, writes: bool, files: bool = False
) -> list[CheckResult]:
    """One finding for the installation, and one for each permission and event."""
    if grant.suspended:
        todo = "an owner of the account can end that in its settings, under GitHub Apps"
        return [fail(WHERE, f"the installation on {name} is suspended", todo)]
    return [
        ok(WHERE, f"installed on {name}"),
        *(_diagnose_permission(name, what, level, grant.permissions) for what, level in _TO_READ),
        _diagnose_writing(name, grant.permissions, writes=writes),
        _diagnose_reverts(name, grant.permissions),
        _diagnose_issues(name, grant.permissions, files=files),
        *(_diagnose_event(name, event, grant.events) for event in _EVENTS),
    ]


def _diagnose_permission(
    name: str, what: str, level: str, permissions: Mapping[str, str]
) -> CheckResult:
    check = f"permission {what}"
    if _has(permissions, what, level):
        return ok(check, f"{permissions[what]} on {name}")
    todo = f"give the App `{what}: {level}`, and accept it for the installation"
    return fail(check, f"missing on {name}", todo)


def _diagnose_writing(name: str, permissions: Mapping[str, str], *, writes: bool) -> CheckResult:
    check = "permission to comment"
    if any(_has(permissions, what, "write") for what in _TO_WRITE):
        return ok(check, f"given on {name}")
    todo = "give the App `pull_requests: write`, and accept it for the installation"
    words = f"missing on {name}"
    return fail(check, words, todo) if writes else warn(check, f"{words}; this is a dry run", todo)


def _diagnose_reverts(name: str, permissions: Mapping[str, str]) -> CheckResult:
    """A choice of those who installed the App: without it, `revert` says why it does nothing."""
    given = _has(permissions, "contents", "write")
    words = "may be opened" if given else "cannot be opened (that takes `contents: write`)"
    return ok("reverts", f"{words} on {name}")


def _diagnose_issues(name: str, permissions: Mapping[str, str], *, files: bool) -> CheckResult:
    """A choice, too, unless `TRACKER` says that issues are filed."""
    if _has(permissions, "issues", "write"):
        return ok("issues", f"may be filed on {name}")
    words = f"cannot be filed (that takes `issues: write`) on {name}"
    if not files:
        return ok("issues", words)
    todo = "give the App `issues: write`, and accept it for the installation; or set TRACKER=link"
    return fail("issues", words, todo)


def _has(permissions: Mapping[str, str], what: str, level: str) -> bool:
    given = permissions.get(what, "none")
    return given in _RANKS and _RANKS.index(given) >= _RANKS.index(level)


def _diagnose_event(name: str, event: str, events: Sequence[str]) -> CheckResult:
    check = f"event {event}"
    if event in events:
        return ok(check, f"heard from {name}")
    return warn(check, f"not heard from {name}", f"subscribe the App to `{event}`")


def diagnose_hook_url(url: str, public_url: str | None) -> CheckResult:
    """To our own door?"""
    check = "webhook address"
    if public_url is None:
        return warn(check, f"GitHub sends to {url or 'nowhere'}", "set PUBLIC_URL to compare")
    wanted = f"{public_url}/github"
    if url.rstrip("/") != wanted:
        todo = f"set the App's webhook URL to {wanted}"
        return fail(check, f"GitHub sends to {url or 'nowhere'}", todo)
    return ok(check, f"GitHub sends to {wanted}")


# What the answers of our door mean; docs/operating.md tells what it answers when.
_DELIVERY_TODO = {
    401: "the secret in the App's settings is not our GITHUB_WEBHOOK_SECRET",
    404: "the webhook URL must end in /github",
    413: "something before us takes no 25 MiB",
    503: "our door was shut, or our database away: look at /health",
    0: "nobody answered: is the address reachable from the internet?",
}


def diagnose_deliveries(deliveries: Sequence[HookDelivery], now: datetime) -> CheckResult:
    """By GUID: one good attempt is enough."""
    recent = [delivery for delivery in deliveries if delivery.at >= now - _DAY]
    if not recent:
        todo = "none is sent while nothing is merged; else see that the App's webhook is active"
        return warn(HOOKS, "none was sent in the last day", todo)
    good = {delivery.guid for delivery in recent if delivery.ok}
    lost = {d.guid: d for d in reversed(recent) if d.guid not in good}
    total = len({delivery.guid for delivery in recent})
    if not lost:
        return ok(HOOKS, f"all {total} of the last day arrived")
    last = list(lost.values())[-1]
    words = f"{len(lost)} of {total} of the last day failed, the last with {last.status or 'none'}"
    todo = _DELIVERY_TODO.get(last.status, f"GitHub says: {last.words}")
    if max(recent, key=lambda delivery: delivery.at).ok:
        todo = f"those since then arrive; if it comes again: {todo}"
    return fail(HOOKS, words, todo) if len(lost) == total else warn(HOOKS, words, todo)


def describe_skew(ahead: timedelta) -> str:
    """A clock that is off, in one sentence."""
    seconds = round(abs(ahead.total_seconds()))
    side = "ahead of" if ahead > timedelta(0) else "behind"
    return f"our clock is {seconds} seconds {side} GitHub's: run an NTP client on this machine"


def diagnose_logins(public_url: str | None) -> CheckResult:
    """GitHub knows the App; do people come back to us, and unseen by others?"""
    if public_url is None:
        todo = "set PUBLIC_URL: without it GitHub sends people to the App's first callback URL"
        return warn(LOGINS, "GitHub knows our App; where people come back is not set", todo)
    if not public_url.startswith("https://"):
        todo = "serve it by https, and set PUBLIC_URL so: others on the way can read sessions"
        return warn(LOGINS, f"people come back to {public_url}, which is not https", todo)
    return ok(LOGINS, f"people come back to {public_url}/login/callback")


def diagnose_deprecation(told: Deprecation | None, now: datetime) -> CheckResult:
    """Whether the version of GitHub's API that we ask for comes to its end."""
    if told is None:
        return ok(VERSION, "GitHub says nothing against the version of its API that we use")
    until = f"ends on {told.ends:%F}" if told.ends else "is deprecated"
    words, todo = f"version {told.version} of GitHub's API {until}", "update this service"
    if told.has_ended(now) or (told.ends is not None and told.ends - now < _SOON):
        return fail(VERSION, words, f"{todo} before that day")
    return warn(VERSION, words, f"{todo} in time")
