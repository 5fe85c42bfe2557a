"""How this service was set up to ask for builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.core.model.requests import DEFAULT_LIMITS, RequestLimits


class RequestMode(StrEnum):
    """Who may have builds asked for."""

    OFF = "off"
    PEOPLE = "people"
    AUTO = "auto"  # we, too


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What of the settings matters for requests."""

    mode: RequestMode = RequestMode.OFF
    limits: RequestLimits = field(default=DEFAULT_LIMITS)
    may_ask: Callable[[str], bool] = lambda _builder: True  # by the builder's name
    lasts: timedelta = timedelta(hours=12)  # what has not ended by then is given up
    bisect_builds: int = 8  # that one `bisect` may spend
    test_builders: int = 10  # of more a `test` asks first

    @property
    def is_on(self) -> bool:
        """Whether people may ask."""
        return self.mode is not RequestMode.OFF
