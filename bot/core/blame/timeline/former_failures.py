"""A failure before it seemed to be fixed: a signature's history in, how often it failed out."""

from collections.abc import Mapping
from itertools import islice

from bot.core.blame.case import Former
from bot.core.blame.timeline.failure_history import BuilderLog, FailureHistory
from bot.core.model import Outcome

COMMITS_BACK = 120
"""A builder that slept so long has more suspects than beliefs could tell apart."""

# More of them only round to nothing: what fails a third of the time passes so often in a row once
# in a billion times. On a large fleet, counting all of them was half of the work.
_FAILS_COUNTED = 24
_PASSES_COUNTED = 48


def find_former(
    failure: FailureHistory, first: int, logs: Mapping[str, BuilderLog]
) -> Former | None:
    """How it failed before it seemed to be fixed."""
    fixed = failure.fixed
    if fixed is None:
        return None
    last = max(e.position for e in fixed.reds)
    ranges = ((fixed.first, last), (last + 1, first - 1))
    passes, since = (_count_passes(failure, logs, *each) for each in ranges)
    return Former(fixed.builders, min(fixed.count, _FAILS_COUNTED), passes, since)


def _count_passes(
    failure: FailureHistory, logs: Mapping[str, BuilderLog], start: int, end: int
) -> int:
    """Of the builders that showed it, from one position to another."""
    builders = failure.fixed.builders if failure.fixed else ()
    builds = (e for b in builders for e in logs[b].between(start, min(end, start + COMMITS_BACK)))
    passes = (e for e in builds if failure.outcome(e) is Outcome.PASS)
    return len(list(islice(passes, _PASSES_COUNTED)))
