"""The settings of the issue tracker; without any of them nobody looks there."""

from datetime import timedelta

import pytest

from bot.app.settings import Settings
from bot.core.errors import UserError
from bot.core.model.tracker import TrackerMode, TrackerOptions

BASE = {"BUILDBOT_URL": "https://b.example.org", "GITHUB_TOKEN": "t"}


def test_it_is_off_unless_somebody_switches_it_on() -> None:
    tracker = Settings.from_environ(BASE).tracker
    assert tracker.mode is TrackerMode.OFF
    assert not tracker.allows(TrackerMode.LINK)


def test_all_of_them_are_read() -> None:
    given = {
        "TRACKER": "auto",
        "TRACKER_REPOSITORY": "octo-org/bugs",
        "TRACKER_LABELS": "type-bug, tests,,tests",
        "ISSUES_PER_DAY": "2",
        "TRACKER_AFTER_HOURS": "6",
        "TRACKER_CLOSE_AFTER": "50",
    }
    assert Settings.from_environ(BASE | given).tracker == TrackerOptions(
        TrackerMode.AUTO, "octo-org/bugs", ("type-bug", "tests"), 2, timedelta(hours=6), 50
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("TRACKER", "on"), ("TRACKER_REPOSITORY", "bugs"), ("ISSUES_PER_DAY", "0")],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(UserError, match=name):
        Settings.from_environ(BASE | {name: value})
