"""What may be done in a tracker, and how an issue is written."""

import pytest

from bot.core.model.tracker import IssueSource, KnownIssue, TrackerMode, TrackerOptions

MODES = list(TrackerMode)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_allows_what_those_before_it_do(mode: TrackerMode) -> None:
    allowed = [other for other in MODES if TrackerOptions(mode).allows(other)]
    assert allowed == MODES[: MODES.index(mode) + 1]


def test_an_issue_has_a_place_and_a_page() -> None:
    issue = KnownIssue("o/r", 12, IssueSource.SEARCHED)
    assert (issue.place, issue.is_guess) == ("o/r#12", True)
    assert issue.make_url("https://github.com/") == "https://github.com/o/r/issues/12"
    assert not KnownIssue("o/r", 12, IssueSource.TOLD).is_guess
