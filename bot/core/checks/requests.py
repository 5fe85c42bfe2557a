"""Builds on request: may we ask, is there a scheduler for it, and does it keep apart what it makes?

In: what Buildbot tells of its force scheduler. Out: results.
"""

from collections.abc import Collection

from bot.core.checks.result import CheckResult, fail, ok, warn
from bot.core.model import REQUEST_PROPERTY
from bot.core.model.ci_requests import RequestScheduler
from bot.core.model.counts import count_words
from bot.core.model.request_options import RequestMode

REQUESTS = "builds on request"

NEEDED_FIELDS = frozenset({"branch", "revision", REQUEST_PROPERTY})
"""What a form must have for its builds to be those that were asked for."""

SCHEDULER_TODO = "put the lines of docs/requests.md into master.cfg, and reconfigure the master"
_SHOWN = 5


def diagnose_asking(mode: RequestMode, *, login: bool, posts: bool) -> CheckResult | None:
    """Whether anything is to be asked for at all; None: go on and look at the scheduler."""
    if mode is RequestMode.OFF:
        return ok(REQUESTS, "off: nothing is asked for (BUILDS_ON_REQUEST)")
    if not login:
        words = f"BUILDS_ON_REQUEST is {mode}, and we have no login at Buildbot"
        return fail(REQUESTS, words, "set BUILDBOT_USERNAME and BUILDBOT_PASSWORD")
    if not posts:
        words = f"{mode}, but a dry run: what would be asked for is shown at /requests"
        return warn(REQUESTS, words, "set POST_COMMENTS=1 once you like what you see")
    return None


def diagnose_scheduler(
    name: str,
    scheduler: RequestScheduler,
    builders: Collection[str],
    change_repositories: Collection[str],
) -> CheckResult:
    """Its fields, its label, and the builders that it starts; `builders` are those that we know."""
    missing = sorted(NEEDED_FIELDS - scheduler.fields)
    if missing:
        words = f"the force scheduler {name} has no field {' and no field '.join(missing)}"
        return fail(REQUESTS, words, SCHEDULER_TODO)
    if scheduler.repository is None or scheduler.repository in change_repositories:
        words = f"the builds of {name} have the repository that changes have"
        todo = "give it another label, say with .git at its end: else they move blame lists"
        return warn(REQUESTS, words, todo)
    left_out = sorted(set(builders) - scheduler.builders)
    if left_out:
        shown = ", ".join(left_out[:_SHOWN]) + (" and others" if len(left_out) > _SHOWN else "")
        whole = count_words(len(builders), "builder")
        words = f"{name} starts {len(builders) - len(left_out)} of {whole}"
        return warn(REQUESTS, words, f"add to its builderNames, if they may be asked: {shown}")
    return ok(REQUESTS, f"{name} takes our requests for {count_words(len(builders), 'builder')}")
