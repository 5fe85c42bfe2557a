"""The settings of the issue tracker: text in, `TrackerOptions` out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.app.setting import Setting
from bot.app.setting_parsers import one_of, parse_label_names, parse_repository, whole_number
from bot.core.model.tracker import TrackerMode, TrackerOptions

TRACKER_SETTINGS = (
    Setting(
        "TRACKER",
        "off",
        "What is done in the issue tracker: `off`; `link` (issues that tell of a failure are looked"
        " for, and linked), `ask` (besides, `file-issue` files one) or `auto` (besides, what no"
        " issue tells is filed by itself); docs/tracker.md.",
        one_of(*TrackerMode),
    ),
    Setting(
        "TRACKER_REPOSITORY",
        None,
        "`owner/name` of the issues, where they are not those of the repository itself.",
        parse_repository,
    ),
    Setting(
        "TRACKER_LABELS",
        "buildbot",
        "Labels of our issues, and of those that are looked through (commas between them).",
        parse_label_names,
    ),
    Setting("ISSUES_PER_DAY", "5", "New issues in a day; others wait.", whole_number(1, 100)),
    Setting(
        "TRACKER_AFTER_HOURS",
        "24",
        "Hours after which a failure that nobody can explain, or that lasts, is worth an issue.",
        whole_number(1, 10_000),
    ),
    Setting(
        "TRACKER_CLOSE_AFTER",
        "0",
        "Green builds after which our own issue is closed; `0`: people close it.",
        whole_number(0, 10_000),
    ),
)


def make_tracker_options(values: Mapping[str, Any]) -> TrackerOptions:
    """The options, from the values of these settings by name."""
    return TrackerOptions(
        mode=TrackerMode(values["TRACKER"]),
        repository=values["TRACKER_REPOSITORY"],
        labels=values["TRACKER_LABELS"],
        per_day=values["ISSUES_PER_DAY"],
        after=timedelta(hours=values["TRACKER_AFTER_HOURS"]),
        close_after=values["TRACKER_CLOSE_AFTER"],
    )
