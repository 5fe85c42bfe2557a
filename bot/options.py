"""What of the settings the road needs.

In: `app`, which reads the settings. Out: one frozen object, with defaults for those who need none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.commands import PREFIX
from bot.core.limits import DEFAULT_LIMITS, Limits
from bot.core.model import Builder
from bot.core.policy import Policy
from bot.scenes import Manners


@dataclass(frozen=True, slots=True)
class Options:
    """How this service was set up."""

    repository: str | None = None  # where Buildbot's sourcestamps name none
    is_stable: Callable[[Builder], bool] = lambda builder: "stable" in builder.tags
    history_days: int = 14
    post_comments: bool = False
    public_url: str | None = None
    website: str = "https://github.com"  # where people see commits and pulls
    policy: Policy = field(default_factory=Policy)
    limits: Limits = DEFAULT_LIMITS
    opt_out_labels: frozenset[str] = frozenset()  # in small letters
    backlog: timedelta | None = None  # builds that ended longer ago start no comment; None: all may
    command_prefix: str = PREFIX
    commands_per_hour: int = 20

    @property
    def manners(self) -> Manners:
        """What of it matters for answering."""
        return Manners(
            post_comments=self.post_comments,
            prefix=self.command_prefix,
            per_hour=self.commands_per_hour,
            public_url=self.public_url,
            website=self.website,
        )
