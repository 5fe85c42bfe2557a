"""The fleet in sum: tags of its builders, and how many of their builds went through a suite.

In: the logs of all builders. Out: what a case needs of builders that it does not look at one by
one. It only saves time: with two hundred builders, adding up cost as much as all else of a case.
"""

from collections.abc import Mapping

from bot.core.blame.platforms import FleetTags
from bot.core.blame.timeline.failure_history import BuilderLog, FailureHistory


class FleetSummary:
    """Sums over `logs`, which are worked out anew for a builder as soon as it has built."""

    def __init__(self, logs: Mapping[str, BuilderLog]) -> None:
        self._logs = logs
        self.forget()

    def forget(self) -> None:
        """Builds were taken back."""
        self._tags: FleetTags | None = None
        self._counts: dict[str, dict[str, int]] = {}  # by suite and builder

    def note(self, builder: str) -> None:
        """It has built."""
        log = self._logs[builder]
        for suite, counts in self._counts.items():
            counts[builder] = log.count_builds(suite)
        if self._tags is not None and self._tags.get(builder) != log.tags:
            self._tags = None

    def find_tags(self) -> FleetTags:
        """The platform tags of all builders; the same object as long as they are the same."""
        if self._tags is None:
            self._tags = FleetTags({builder: log.tags for builder, log in self._logs.items()})
        return self._tags

    def count_passes(self, failure: FailureHistory) -> dict[str, int]:
        """By builder, its builds that would have shown the failure, without those that did."""
        suite = failure.signature.suite
        if suite not in self._counts:
            self._counts[suite] = {b: log.count_builds(suite) for b, log in self._logs.items()}
        passes = self._counts[suite].copy()
        for builder, fails in failure.count_fails().items():
            if builder in passes and fails:  # it runs the suite, whatever its steps tell
                passes[builder] = max(0, len(self._logs[builder].entries) - fails)
        return passes
