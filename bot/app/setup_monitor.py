"""The service looks at its own set-up as `doctor` does, again and again.

In: the checks that `doctor` runs, on the service's own clients. Out: for `/health`, the page and
`status` what they found; in the log each new problem once, with what to do.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.app.setup_checks.context import CheckContext
from bot.app.setup_checks.registry import CHECKS, CheckStep, check_settings, run_step
from bot.core.checks.result import CheckResult, Level
from bot.core.checks.store import diagnose_store
from bot.core.errors import Unavailable

log = logging.getLogger(__name__)

# What asks nobody outside is looked at whenever somebody asks; the database, the clock and whether
# pushes come are watched by probes of their own.
_WATCHED = frozenset({"settings", "stored", "database", "reporter", "clock"})
_OUTSIDE = tuple(step for step in CHECKS if step.name not in _WATCHED)

# Some ten calls, most of them free where nothing changed. What somebody is about to mend is looked
# at again at once, so that they see whether they did.
_PERIOD, _PERIOD_WHILE_WRONG = timedelta(minutes=5), timedelta(minutes=1)
# Pages of deliveries are listed as often as the sweep does that asks for them again.
_PERIODS = {
    "webhooks": timedelta(minutes=10),
    # To log in is work for a mail server; what cannot be sent is told by the outbox meanwhile.
    "notices by each medium": timedelta(minutes=30),
}


class SetupMonitor:
    """Call `look` every few seconds; it knows when it is time."""

    def __init__(self, here: CheckContext) -> None:
        self._here = here
        self._found: dict[str, list[CheckResult]] = {}
        self._looked_at: dict[str, datetime] = {}  # by step
        self._told: dict[str, CheckResult] = {}

    async def load(self) -> Sequence[CheckResult]:
        """How everything is: what is stored as of now, others as last seen."""
        stored = diagnose_store(await self._here.load_stored(), self._here.clock.now())
        outside = (result for step in _OUTSIDE for result in self._found.get(step.name, ()))
        return [*await check_settings(self._here), *stored, *outside]

    async def look(self) -> None:
        """Ask outside where it is time to; say in the log what is new."""
        due = [step for step in _OUTSIDE if self._is_due(step)]
        if not due:
            return
        for steps in ([s for s in due if not s.needs], [s for s in due if s.needs]):
            await asyncio.gather(*map(self._run, steps))
        self._tell(await self.load())

    def _is_due(self, step: CheckStep) -> bool:
        now, last = self._here.clock.now(), self._looked_at.get(step.name)
        wrong = any(_is_wrong(r) for results in self._found.values() for r in results)
        period = _PERIODS.get(step.name, _PERIOD_WHILE_WRONG if wrong else _PERIOD)
        if last is not None and abs(now - last) < period:
            return False
        self._looked_at[step.name] = now
        return True

    async def _run(self, step: CheckStep) -> None:
        """Who is away is told of by probes; until they are back, what was known holds."""
        try:
            self._found[step.name] = await run_step(self._here, step, self._found)
        except (Unavailable, TimeoutError):
            log.info("check put off", extra={"check": step.name})

    def _tell(self, results: Sequence[CheckResult]) -> None:
        wrong = {_name(result): result for result in results if _is_wrong(result)}
        for name in wrong.keys() - self._told.keys():
            extra = {"check": wrong[name].check, "reason": wrong[name].words}
            log.warning("set-up problem", extra={**extra, "todo": wrong[name].todo})
        for name in self._told.keys() - wrong.keys():
            log.info("set-up problem is over", extra={"check": self._told[name].check})
        self._told = wrong


def _is_wrong(result: CheckResult) -> bool:
    return result.level is Level.FAIL


def _name(result: CheckResult) -> str:
    """The same problem, though its numbers change."""
    return f"{result.check}: " + re.sub(r"\d+", "#", result.words)
