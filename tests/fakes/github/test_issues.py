"""Issues of the small GitHub do what GitHub's do, and its search has a minute of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused, Unavailable
from bot.core.model.tracker import IssueState
from bot.fakes.github.repository import DemoRepository
from tests.clients.hubs import APP_KEY, REPO, TOKEN, DemoHub, open_hub


@pytest.fixture
async def hub() -> AsyncIterator[DemoHub]:
    async with open_hub("demo") as opened:
        assert isinstance(opened, DemoHub)
        yield opened


@pytest.fixture
async def client(hub: DemoHub) -> AsyncIterator[GitHubClient]:
    async with aiohttp.ClientSession() as session:
        yield GitHubClient(session, hub.clock, api_url=hub.url, token=TOKEN)


def where(hub: DemoHub) -> DemoRepository:
    return hub.demo.repository()


async def test_the_search_sees_what_an_issue_was(client: GitHubClient, hub: DemoHub) -> None:
    number = await hub.open_issue("test_ssl hangs")
    issue = where(hub).issues[number]
    issue.change(hub.clock.now() + timedelta(seconds=60), title="test_os hangs")
    assert len((await client.issues.search_issues(REPO, '"test_ssl" in:title')).issues) == 1
    hub.clock.offset += timedelta(seconds=61)
    assert (await client.issues.search_issues(REPO, '"test_ssl" in:title')).issues == ()


async def test_words_are_split_at_hyphens_and_phrases_hold_together(
    client: GitHubClient, hub: DemoHub
) -> None:
    """Unquoted, a marker with hyphens finds every issue that has its parts anywhere."""
    await hub.open_issue("c of b", "a")
    assert len((await client.issues.search_issues(REPO, "a b c")).issues) == 1
    assert (await client.issues.search_issues(REPO, '"a-b-c"')).issues == ()


async def test_searches_are_counted_apart_and_keep_nothing_else_waiting(
    client: GitHubClient, hub: DemoHub
) -> None:
    for _ in range(30):
        await client.issues.search_issues(REPO, "x")
    with pytest.raises(Unavailable, match="search no more for a while") as raised:
        await client.issues.search_issues(REPO, "x")
    assert raised.value.retry_after is not None
    assert raised.value.retry_after <= timedelta(seconds=62)
    await client.fetch_repository(REPO)


async def test_a_moved_issue_is_followed(client: GitHubClient, hub: DemoHub) -> None:
    there = hub.demo.create_repository("octo-org/bugs")
    moved = there.open_issue("test_ssl hangs", "", "octocat", hub.clock.now())
    number = await hub.open_issue("test_ssl hangs")
    where(hub).issues[number].moved_to = ("octo-org/bugs", moved.number)
    found = await client.issues.fetch_issue(REPO, number)
    assert found is not None
    assert (found.repository, found.number) == ("octo-org/bugs", moved.number)


async def test_a_deleted_issue_is_gone(client: GitHubClient, hub: DemoHub) -> None:
    number = await hub.open_issue("test_ssl hangs")
    where(hub).issues[number].deleted = True
    assert await client.issues.fetch_issue(REPO, number) is None
    assert await client.issues.list_labelled(REPO, "tests") == ()


async def test_what_github_does_not_take(client: GitHubClient, hub: DemoHub) -> None:
    with pytest.raises(Refused, match="title is too long"):
        await client.issues.create_issue(REPO, "x" * 257, "", [])
    with pytest.raises(Refused, match="body is too long"):
        await client.issues.create_issue(REPO, "x", "x" * 65_537, [])
    where(hub).has_issues = False
    with pytest.raises(Refused):
        await client.issues.create_issue(REPO, "x", "", [])


async def test_rights_and_labels(hub: DemoHub) -> None:
    """Without `issues: write` an App files nothing; labels go without a word."""
    async with aiohttp.ClientSession() as session:
        app = GitHubClient(session, hub.clock, api_url=hub.url, app_id="1", private_key=APP_KEY)
        with pytest.raises(Refused, match="needed: issues=write"):
            await app.issues.create_issue(REPO, "x", "", ["tests"])
        await hub.allow_issues()
        hub.demo.rest.drops_labels = True
        issue = await app.issues.create_issue(REPO, "x", "", ["tests"])
        assert (issue.labels, issue.state) == ((), IssueState.OPEN)


async def test_a_locked_issue_takes_no_comment(client: GitHubClient, hub: DemoHub) -> None:
    repository = await client.fetch_repository(REPO)
    number = await hub.open_issue("test_ssl hangs")
    where(hub).issues[number].locked = True
    with pytest.raises(Refused, match="is locked"):
        await client.post_comment(repository, number, "x")


async def test_half_a_search_says_so(client: GitHubClient, hub: DemoHub) -> None:
    hub.demo.rest.index.is_incomplete = True
    assert not (await client.issues.search_issues(REPO, "x")).is_whole
