"""Issues of a repository: found in the list at once, by the search later; filed once, closed."""

import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused, Unavailable
from bot.core.model.tracker import IssueState
from bot.core.tracker.causes import make_marker
from tests.clients.hubs import REPO, Hub

MARKER = make_marker(1, "cause")


async def test_an_issue_is_filed_and_found_by_its_marker_in_the_list(
    client: GitHubClient, hub: Hub
) -> None:
    """The search does not know it yet."""
    await hub.allow_issues()
    hub.delay_search(3600)
    issues, me = client.issues, await client.fetch_me()
    await hub.open_issue("A copy", f"I copied {MARKER}")
    assert await issues.find_own_issue(REPO, MARKER, me) is None
    filed = await issues.create_issue(REPO, "test_ssl fails", f"Text\n\n{MARKER}", ["buildbot"])
    assert (filed.state, filed.labels, filed.repository) == (IssueState.OPEN, ("buildbot",), REPO)
    assert await issues.find_own_issue(REPO, MARKER, me) == filed
    assert await issues.find_own_issue(REPO, make_marker(1, "other"), me) is None
    assert (await issues.search_issues(REPO, '"test_ssl"')).issues == ()
    hub.delay_search(-1)
    assert (await issues.search_issues(REPO, '"test_ssl"')).issues == (filed,)


async def test_pulls_are_no_issues_and_labels_choose(app: GitHubClient, hub: Hub) -> None:
    pull, _ = await hub.merge("test_ssl: mend it")
    number = await hub.open_issue("test_ssl fails", "", "tests", "buildbot")
    await hub.open_issue("test_os fails")
    listed = await app.issues.list_labelled(REPO, "buildbot")
    assert [issue.number for issue in listed] == [number]
    assert await app.issues.fetch_issue(REPO, pull) is None


async def test_our_comment_stands_on_an_issue_as_on_a_pull(app: GitHubClient, hub: Hub) -> None:
    repository = await app.fetch_repository(REPO)
    number = await hub.open_issue("test_ssl fails")
    posted = await app.post_comment(repository, number, "It is back. <!-- one -->")
    found = await app.find_comments(repository, number, "<!-- one -->")
    assert [comment.comment_id for comment in found] == [posted.comment_id]


async def test_an_issue_is_closed_as_completed(app: GitHubClient, hub: Hub) -> None:
    await hub.allow_issues()
    number = await hub.open_issue("test_ssl fails")
    closed = await app.issues.close_issue(REPO, number)
    assert (closed.state, closed.state_reason) == (IssueState.CLOSED, "completed")
    assert await app.issues.fetch_issue(REPO, number) == closed


async def test_what_is_not_there_is_none(app: GitHubClient, hub: Hub) -> None:
    await hub.open_issue("test_ssl fails")
    assert await app.issues.fetch_issue(REPO, 99_999) is None


async def test_a_search_of_what_we_cannot_see_is_refused(app: GitHubClient, hub: Hub) -> None:
    with pytest.raises(Refused):
        await app.issues.search_issues("octo-org/no such", '"test_ssl"')
    assert hub.count("search") == 0


async def test_a_lost_answer_is_sent_once(app: GitHubClient, hub: Hub) -> None:
    await hub.allow_issues()
    await hub.fail("commit_then_status", "create-issue", status=502)
    with pytest.raises(Unavailable):
        await app.issues.create_issue(REPO, "test_ssl fails", MARKER, [])
    assert hub.count("create-issue") == 1
    assert await app.issues.find_own_issue(REPO, MARKER, await app.fetch_me()) is not None
