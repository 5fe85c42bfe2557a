"""What of the settings the road needs.

In: `app`, which reads the settings, and a repository's own. Out: one frozen object, with defaults
for those who need none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.core.commands.parser import PREFIX
from bot.core.fleet.facets import FACET_RULES, FacetRule
from bot.core.model import Builder
from bot.core.model.known_flaky import NOTHING_LISTED, KnownFlaky
from bot.core.model.request_options import RequestOptions
from bot.core.model.tracker import TrackerOptions
from bot.core.notices.subscriptions import Subscription
from bot.core.policy.comment_limits import DEFAULT_LIMITS, CommentLimits
from bot.core.policy.thresholds import Policy
from bot.core.repository_settings.settings import RepositorySettings


@dataclass(frozen=True, slots=True)
class Options:
    """How this service was set up."""

    is_stable: Callable[[Builder], bool] = lambda builder: "stable" in builder.tags
    history_days: int = 14
    post_comments: bool = False
    public_url: str | None = None
    website: str = "https://github.com"  # where people see commits and pulls
    policy: Policy = field(default_factory=Policy)
    limits: CommentLimits = DEFAULT_LIMITS
    opt_out_labels: frozenset[str] = frozenset()  # in small letters
    settings: RepositorySettings = field(default_factory=RepositorySettings)
    backlog: timedelta | None = None  # builds that ended longer ago start no comment; None: all may
    command_prefix: str = PREFIX
    commands_per_hour: int = 20  # of one person
    requests: RequestOptions = field(default_factory=RequestOptions)
    subscriptions: tuple[Subscription, ...] = ()
    facet_rules: tuple[FacetRule, ...] = FACET_RULES
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    known_flaky: KnownFlaky = NOTHING_LISTED

    def with_settings(self, settings: RepositorySettings) -> "Options":
        """The same for one repository, as it wants it."""
        return replace(
            self,
            is_stable=settings.make_stable_check(self.is_stable),
            policy=settings.make_policy(self.policy),
            opt_out_labels=self.opt_out_labels | settings.opt_out_labels,
            command_prefix=settings.command_prefix or self.command_prefix,
            requests=settings.make_request_options(self.requests),
            tracker=settings.make_tracker_options(self.tracker),
            settings=settings,
        )
