"""What may stand in a repository's file, as values.

In: what `parse.py` read. Out: one frozen object; what is None, is as the service was set up.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.core.model import Builder
from bot.core.model.request_options import RequestMode, RequestOptions
from bot.core.model.tracker import TrackerMode, TrackerOptions
from bot.core.notices.subscriptions import Subscription
from bot.core.policy.threshold_settings import POLICIES
from bot.core.policy.thresholds import Policy

PATH = ".github/nightswatch.toml"
"""Where it lies, on the default branch."""


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """A repository's own settings."""

    stable_tags: tuple[str, ...] | None = None
    command_prefix: str | None = None
    policy: str | None = None  # a preset's name
    page: str | None = None  # the project's own page about its builders
    quiet_branches: tuple[str, ...] = ()  # names; one that ends with * means all that begin so
    reminder_hours: int | None = None  # 0: no reminder
    opt_out_labels: frozenset[str] = frozenset()  # in small letters, besides the service's
    opt_out_authors: frozenset[str] = frozenset()  # in small letters
    thresholds: tuple[tuple[str, Any], ...] = ()  # fields of `Policy`, sorted
    requests: tuple[tuple[str, Any], ...] = ()  # what may be asked of Buildbot, sorted
    tracker: tuple[tuple[str, Any], ...] = ()  # how issues are filed, sorted
    notices: tuple[tuple[str, Any], ...] = ()  # what is told elsewhere, sorted
    known_flaky: tuple[tuple[str, Any], ...] = ()  # where flaky tests are listed, sorted

    def make_policy(self, base: Policy) -> Policy:
        """The service's policy as this repository wants it."""
        chosen = base if self.policy is None else POLICIES[self.policy]
        named = dict(self.thresholds)
        if self.reminder_hours:
            named["revert_after"] = timedelta(hours=self.reminder_hours)
        return replace(chosen, **named)

    def make_stable_check(self, base: Callable[[Builder], bool]) -> Callable[[Builder], bool]:
        """Which builders may open incidents here."""
        wanted = self.stable_tags
        if wanted is None:
            return base
        return lambda builder: any(tag in wanted for tag in builder.tags)

    def make_request_options(self, base: RequestOptions) -> RequestOptions:
        """The service's, less what this repository does not want: the machines are not its own."""
        named = dict(self.requests)
        modes, limits = list(RequestMode), base.limits
        builders: tuple[str, ...] | None = named.get("builders")
        return replace(
            base,
            mode=min(base.mode, RequestMode(named.get("builds", base.mode)), key=modes.index),
            limits=replace(
                limits,
                per_day=min(limits.per_day, named.get("per_day", limits.per_day)),
                share_of_builder=min(limits.share_of_builder, named.get("share", 100) / 100),
            ),
            bisect_builds=min(base.bisect_builds, named.get("bisect_builds", base.bisect_builds)),
            may_ask=base.may_ask
            if builders is None
            else lambda name: base.may_ask(name) and _fits(name, builders),
        )

    def make_tracker_options(self, base: TrackerOptions) -> TrackerOptions:
        """The service's, with this repository's own forms; it may allow less, and not more."""
        named = dict(self.tracker)
        modes = list(TrackerMode)
        mode = min(base.mode, TrackerMode(named.pop("mode", base.mode)), key=modes.index)
        return replace(base, mode=mode, **named)

    @property
    def subscribed(self) -> frozenset[str]:
        """The subscriptions that it takes of those that the service offers."""
        return frozenset(dict(self.notices).get("subscribe", ()))

    def mutes(self, subscription: str) -> bool:
        """Whether one of this name hears nothing of it."""
        return _fits(subscription, dict(self.notices).get("mute", ()))

    def choose_subscriptions(
        self, given: Iterable[Subscription], branch: str
    ) -> Iterator[Subscription]:
        """Who may hear of a branch here; what the file says only takes away."""
        named = dict(self.notices)
        if not _fits(branch, named.get("branches", ("*",))):
            return
        for one in given:
            is_taken = not one.is_offered or one.name in self.subscribed
            chosen = one.narrow("state", named.get("states", ()))
            if is_taken and chosen is not None and not self.mutes(one.name):
                yield chosen

    def is_quiet(self, branch: str) -> bool:
        """Whether nothing is to be said of a branch."""
        return _fits(branch, self.quiet_branches)


def _fits(name: str, wanted: tuple[str, ...]) -> bool:
    """True for one of these names; one that ends with * means all that begin so."""
    return any(name.startswith(w[:-1]) if w.endswith("*") else name == w for w in wanted)


NO_SETTINGS = RepositorySettings()
"""Of a repository without a file."""
