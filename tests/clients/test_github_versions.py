"""GitHub ends versions of its API: that is told in time, and on the day nothing is mistaken."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Unavailable
from bot.fakes.github.server import FakeGitHub
from tests.clients.hubs import REPO, TOKEN


class Story:
    """A GitHub whose version ends some day, and a client of it."""

    def __init__(self, github: FakeGitHub, client: GitHubClient) -> None:
        self.github = github
        self.client = client


def now() -> datetime:
    return datetime.now(UTC)


class Clock:
    def now(self) -> datetime:
        return now()

    async def sleep(self, _: float) -> None:
        return None


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    github = FakeGitHub(now, token=TOKEN)
    github.create_repository(REPO)
    await github.start()
    async with aiohttp.ClientSession() as session:
        yield Story(github, GitHubClient(session, Clock(), api_url=github.url, token=TOKEN))
    await github.stop()


async def test_the_end_of_a_version_is_told_once_and_forgotten(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.github.rest.sunset = ends = now().replace(microsecond=0) + timedelta(days=90)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await story.client.follow_repository(await story.client.fetch_repository(REPO))
    told = story.client.api.deprecation
    assert told is not None
    assert told.ends == ends
    assert [r.getMessage() for r in caplog.records if "deprecates" in r.getMessage()] == [
        "GitHub deprecates the version of its API that we use"
    ]
    story.github.rest.sunset = None
    await story.client.fetch_repository(REPO)
    assert story.client.api.deprecation is None


async def test_after_its_end_no_comment_counts_as_deleted(story: Story) -> None:
    """To everything that it ended GitHub answers 410, which else says that something is gone."""
    await story.github.merge(1)
    where = await story.client.fetch_repository(REPO)
    comment = await story.client.post_comment(where, 1, "hello")
    story.github.rest.sunset = now() - timedelta(seconds=1)
    with pytest.raises(Unavailable, match="has ended"):
        await story.client.fetch_comment(where, comment.comment_id)
    with pytest.raises(Unavailable, match="has ended"):
        await story.client.edit_comment(where, comment.comment_id, "more")


async def test_a_merge_commit_is_known_though_rest_tells_none(story: Story) -> None:
    sha = await story.github.merge(1, author="dependabot[bot]")
    where = await story.client.fetch_repository(REPO)
    pull = await story.client.fetch_pull(where, 1)
    assert (pull.merge_sha, pull.author) == (sha, "dependabot[bot]")
