"""The link to an issue: a guess is told as one, and what came back, too."""

from datetime import timedelta

from bot.core.model.tracker import IssueSource, IssueState, KnownIssue
from bot.core.render.known_issue import render_known_issue
from tests.support.make_stored import MOMENT, make_incident

INCIDENT, WEBSITE = make_incident("i1"), "https://github.com"


def test_a_guess_is_told_as_one() -> None:
    ours = render_known_issue(KnownIssue("o/r", 12, IssueSource.FILED), INCIDENT, WEBSITE)
    assert ours.startswith("The issue about it: [o/r#")
    guess = render_known_issue(KnownIssue("o/r", 12, IssueSource.LISTED), INCIDENT, WEBSITE)
    assert guess.startswith("An issue that reads like it: [")
    assert "](https://github.com/o/r/issues/12)" in guess
    assert render_known_issue(None, INCIDENT, WEBSITE) == ""


def test_what_came_back_after_it_was_closed_is_told() -> None:
    def render(**how: object) -> str:
        known = KnownIssue("o/r", 12, IssueSource.TOLD, **how)  # type: ignore[arg-type]
        return render_known_issue(known, INCIDENT, WEBSITE)

    before, after = MOMENT - timedelta(hours=1), MOMENT + timedelta(hours=1)
    closed = {"state": IssueState.CLOSED, "state_reason": "not_planned"}
    assert render(**closed, closed_at=before).endswith("(closed as not planned, and it came back).")
    assert render(**closed, closed_at=after).endswith("(closed as not planned).")
    assert render(state=IssueState.GONE).endswith("(gone).")
