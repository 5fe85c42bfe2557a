"""GitHub's issues, as they come and as they should not."""

from typing import Any

import pytest

from bot.core.errors import Malformed
from bot.core.model.tracker import IssueState
from bot.core.payloads.issues import parse_issue, parse_issues, parse_search

ISSUE: dict[str, Any] = {
    "repository_url": "https://api.github.com/repos/o/r",
    "number": 12,
    "title": "It fails",
    "body": None,
    "state": "closed",
    "state_reason": "not_planned",
    "user": None,
    "labels": [{"name": "tests"}, "old"],
    "closed_at": "2026-03-02T12:00:00Z",
}


def test_what_is_missing_is_nothing() -> None:
    issue = parse_issue(ISSUE)
    assert (issue.repository, issue.number, issue.author) == ("o/r", 12, "ghost")
    assert (issue.body, issue.labels) == ("", ("tests", "old"))
    assert (issue.state, issue.state_reason) == (IssueState.CLOSED, "not_planned")


def test_pulls_among_issues_are_left_out() -> None:
    assert parse_issues([ISSUE, {**ISSUE, "pull_request": {}}]) == (parse_issue(ISSUE),)


def test_a_search_that_did_not_look_everywhere_says_so() -> None:
    assert parse_search({"items": [ISSUE], "incomplete_results": True}).is_whole is False


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", 0), ("state", None), ("title", 7), ("repository_url", "https://x/repos/../y")],
)
def test_what_is_no_issue_is_malformed(name: str, value: object) -> None:
    with pytest.raises(Malformed, match=name):
        parse_issue({**ISSUE, name: value})
