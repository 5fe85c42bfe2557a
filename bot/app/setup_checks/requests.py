"""Builds on request: the login and the force scheduler, asked of Buildbot.

In: its answers. Out: results.
"""

from bot.app.setup_checks.context import CheckContext
from bot.clients.ci.buildbot.queries import fetch_change_repositories
from bot.clients.ci.buildbot.requests import BuildbotRequester
from bot.core.checks.requests import REQUESTS, SCHEDULER_TODO, diagnose_asking, diagnose_scheduler
from bot.core.checks.result import CheckResult, fail
from bot.core.errors import Refused


async def check_requests(here: CheckContext) -> list[CheckResult]:
    """Whether what we ask for would be built, and kept apart."""
    settings = here.settings
    requester = BuildbotRequester(here.buildbot, settings.force_scheduler)
    options = settings.requests
    asking = diagnose_asking(options.mode, login=requester.can_ask, posts=settings.post_comments)
    if asking is not None and not asking.is_warning:
        return [asking]
    found = [asking] if asking else []
    try:
        scheduler = await requester.fetch_scheduler()
    except Refused:
        words = f"Buildbot has no force scheduler called {settings.force_scheduler}"
        return [*found, fail(REQUESTS, words, SCHEDULER_TODO)]
    listed = await here.buildbot.fetch_builder_list() or ()
    names = [b.name for b in listed if b.here and options.may_ask(b.name)]
    labels = await fetch_change_repositories(here.buildbot)
    return [*found, diagnose_scheduler(settings.force_scheduler, scheduler, names, labels)]
