"""Notices: each medium that somebody subscribed by, asked without sending anything.

In: its own answers. Out: one result for each.
"""

from bot.app.setup_checks.context import CheckContext
from bot.core.checks.result import CheckResult, fail, ok
from bot.core.errors import Refused, Unavailable
from bot.core.notices.subscriptions import Medium

_TODO = "see docs/notices.md: its server, its TLS, our login there, and what it is told to refuse"


async def check_notices(here: CheckContext) -> list[CheckResult]:
    """Nothing where nobody subscribed."""
    return [await _check(here, medium) for medium in Medium if medium in here.senders]


async def _check(here: CheckContext, medium: Medium) -> CheckResult:
    wanted = [s for s in here.settings.notices.subscriptions if s.medium is medium]
    name = f"notices by {medium}"
    try:
        return ok(name, await here.senders[medium].check(wanted))
    except (Refused, Unavailable) as error:
        return fail(name, error.reason, _TODO)
