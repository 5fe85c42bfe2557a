"""The commits of a branch: fetched when a build names one, and nothing twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.clients.github import GitHubClient
from bot.commits import CommitLines
from bot.core.model import Repository
from bot.demo.github import DemoGitHub
from bot.store import Store, open_store
from tests.clock import FakeClock


class Bench:
    """Commit lines between a small GitHub and a real store."""

    def __init__(self, github: DemoGitHub, client: GitHubClient, store: Store) -> None:
        self.github = github
        self.store = store
        self.clock = FakeClock()
        self.lines = CommitLines(client, store.facts, self.clock)
        self.repository = Repository(github.repository().repo_id, "octo-org/demo")

    async def load(self, *revisions: str) -> list[str]:
        line, _ = await self.lines.load(self.repository, "main", revisions)
        return [commit.sha for commit in line.commits]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    github = DemoGitHub(clock.now)
    github.create_repository("octo-org/demo")
    await github.start()
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'lines.db'}", clock)
    async with aiohttp.ClientSession() as session:
        client = GitHubClient(session, clock, api_url=github.url, token="demo-token")
        yield Bench(github, client, store)
    await store.close()
    await github.stop()


async def test_a_revision_that_is_known_asks_nobody(bench: Bench) -> None:
    tip = await bench.github.merge(101)
    assert tip in await bench.load(tip)
    asked = bench.github.count("graphql")
    assert tip in await bench.load(tip)
    assert bench.github.count("graphql") == asked


async def test_new_commits_are_appended_in_order(bench: Bench) -> None:
    shas = [await bench.github.merge(number) for number in (101, 102)]
    before = await bench.load(*shas)
    shas += [await bench.github.merge(number) for number in (103, 104)]
    assert await bench.load(shas[-1]) == [*before, *shas[-2:]]


async def test_a_revision_that_is_not_there_yet_is_asked_for_again(bench: Bench) -> None:
    """GitHub's API may show a commit some seconds after the builder fetched it."""
    await bench.load(bench.github.repository().tip("main"))
    late = "e" * 40
    for _ in range(10):
        _, again_at = await bench.lines.load(bench.repository, "main", (late,))
        late_again = again_at
    assert late_again == bench.clock.now() + timedelta(seconds=30)
    asked = bench.github.count("graphql")
    _, again_at = await bench.lines.load(bench.repository, "main", (late,))
    assert again_at is None, "a commit that never comes is given up"
    assert bench.github.count("graphql") == asked


async def test_a_force_push_begins_a_new_epoch(bench: Bench) -> None:
    base = await bench.github.merge(101)
    lost = await bench.github.merge(102)
    await bench.load(lost)
    tip = await bench.github.force_push(base, "Begin again")
    line, _ = await bench.lines.load(bench.repository, "main", (tip,))
    shas = [commit.sha for commit in line.commits]
    assert lost not in shas
    assert shas[-2:] == [base, tip]
    assert line.epoch == 2


async def test_a_branch_that_is_gone_is_no_crash(bench: Bench) -> None:
    line, again_at = await bench.lines.load(bench.repository, "no-such-branch", ("a" * 40,))
    assert line.commits == ()
    assert again_at is not None
