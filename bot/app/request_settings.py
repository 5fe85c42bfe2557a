"""The settings of builds on request: text in, `RequestOptions` out."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any

import re2  # type: ignore[import-untyped]  # it has no stubs

from bot.app.setting import Setting
from bot.app.setting_parsers import one_of, parse_hours, parse_pattern, parse_switch, whole_number
from bot.core.model import RequestLimits
from bot.core.model.request_options import RequestMode, RequestOptions

REQUEST_SETTINGS = (
    Setting(
        "BUILDS_ON_REQUEST",
        "off",
        "Builds that are asked of Buildbot: `off`, `people` (what commands ask for) or `auto`"
        " (besides, what tells most about an incident); docs/requests.md.",
        one_of(*RequestMode),
    ),
    Setting("FORCE_SCHEDULER", "nightswatch", "The force scheduler that is ours."),
    Setting(
        "REQUEST_BUILDERS",
        None,
        "Only builders whose whole name fits this regular expression (RE2) are asked.",
        parse_pattern,
    ),
    Setting(
        "REQUEST_SHARE",
        "15",
        "Per cent of a builder's time, of each one, that may be ours.",
        whole_number(1, 50),
    ),
    Setting(
        "REQUEST_QUEUE_MINUTES",
        "60",
        "A builder whose own builds have waited longer is not asked.",
        whole_number(0, 10_000),
    ),
    Setting(
        "REQUEST_QUIET_HOURS",
        None,
        "Hours (UTC) in which nothing is asked by itself: `22-6`.",
        parse_hours,
    ),
    Setting("REQUESTS_PER_DAY", "48", "Builds asked for in a day.", whole_number(1, 10_000)),
    Setting(
        "REQUEST_PACING_MINUTES",
        "20",
        "Before the same commit is asked of the same builder again.",
        whole_number(0, 10_000),
    ),
    Setting(
        "REQUEST_HOURS",
        "12",
        "What was asked for and has not ended by then is cancelled, and told.",
        whole_number(1, 240),
    ),
    Setting(
        "REQUESTS_AT_A_TIME",
        "2",
        "Builds about one incident that may be outstanding; `1` needs fewer, and longer.",
        whole_number(1, 20),
    ),
    Setting("BISECT_BUILDS", "8", "Builds that one `bisect` may spend.", whole_number(1, 100)),
    Setting("TEST_BUILDERS", "10", "Of more builders a `test` asks first.", whole_number(1, 1000)),
    Setting(
        "BANG_BUILDBOT",
        "0",
        "`1`: a comment `!buildbot <regex>` on a pull is a `test <regex>`.",
        parse_switch,
    ),
)


def make_request_options(values: Mapping[str, Any]) -> RequestOptions:
    """The options, from the values of these settings by name."""
    hours: tuple[time, time] | None = values["REQUEST_QUIET_HOURS"]
    return RequestOptions(
        mode=RequestMode(values["BUILDS_ON_REQUEST"]),
        limits=RequestLimits(
            share_of_builder=values["REQUEST_SHARE"] / 100,
            longest_queue=timedelta(minutes=values["REQUEST_QUEUE_MINUTES"]),
            pacing=timedelta(minutes=values["REQUEST_PACING_MINUTES"]),
            per_day=values["REQUESTS_PER_DAY"],
            at_a_time=values["REQUESTS_AT_A_TIME"],
            quiet_hours=hours,
        ),
        may_ask=_make_filter(values["REQUEST_BUILDERS"]),
        lasts=timedelta(hours=values["REQUEST_HOURS"]),
        bisect_builds=values["BISECT_BUILDS"],
        test_builders=values["TEST_BUILDERS"],
    )


def _make_filter(pattern: str | None) -> Callable[[str], bool]:
    if pattern is None:
        return lambda _builder: True
    fits = re2.compile(pattern)
    return lambda builder: fits.fullmatch(builder) is not None
