"""The plain rule beside beliefs: what people conclude from two red builds, without a past.

Every commit left in the range belongs to one verified pull, two red builds agree, and nothing
hints at a flake. Beliefs need a past: after five builds a test that failed twice may as well be
flaky as broken.
"""

from collections.abc import Mapping

from bot.core.blame.inference.case_builder import is_transient
from bot.core.blame.timeline.commit_slice import CommitSlice
from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    Streak,
    find_last_good,
)
from bot.core.model import Outcome

_REDS_NEEDED = 2


def find_cold_start_culprit(
    failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog], view: CommitSlice
) -> int | None:
    """The one pull that is left in the range, where nothing hints at a flake."""
    if len(streak.reds) < _REDS_NEEDED or _hints_at_noise(failure, streak, logs):
        return None
    first = streak.first
    goods = [find_last_good(logs[b], first, failure) for b in streak.builders]
    last_good = max((g for g in goods if g), default=None)
    if last_good is None:
        return None
    pulls = {c.pull for c in view.between(last_good.position + 1, first)}
    return pulls.pop() if len(pulls) == 1 else None


def _hints_at_noise(
    failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog]
) -> bool:
    signature = failure.signature
    if is_transient(signature.message):
        return True
    if failure.flaked or any(count for _, count in failure.past):
        return True
    last = max(e.position for e in streak.reds)
    among = (e for b in streak.builders for e in logs[b].between(streak.first, last))
    return any(failure.outcome(e) is Outcome.PASS for e in among)
