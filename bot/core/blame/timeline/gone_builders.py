"""Builders that were taken out of Buildbot: what they alone keep open will never be seen to pass.

In: since when each is gone, by Buildbot's clock, and the histories of open failures. Out: which of
these nobody can end any more. Up to its time a builder counts like any other.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.blame.timeline.failure_history import BuilderLog, FailureHistory, find_first_good


def find_waiting(failure: FailureHistory, logs: Mapping[str, BuilderLog]) -> set[str]:
    """The builders that keep a streak open: they did not pass since their last red."""
    reds = failure.streak.last_reds() if failure.streak else {}
    return {b for b, red in reds.items() if find_first_good(logs[b], red, failure) is None}


class GoneBuilders:
    """Which builders are gone, as far as the builds that were taken in tell."""

    def __init__(self, gone: Mapping[str, datetime]) -> None:
        self._gone = gone
        self.at: datetime | None = None  # when the last build that was taken in had ended

    def __contains__(self, builder: str) -> bool:
        left = self._gone.get(builder)
        return left is not None and self.at is not None and self.at > left

    def find_abandoned(
        self, failures: Iterable[FailureHistory], logs: Mapping[str, BuilderLog]
    ) -> list[FailureHistory]:
        """Those of these open histories that only builders keep open which are gone."""
        gone = {builder for builder in self._gone if builder in self}
        touched = (f for f in failures if f.streak and not gone.isdisjoint(f.streak.builders))
        return (
            [failure for failure in touched if find_waiting(failure, logs) <= gone] if gone else []
        )
