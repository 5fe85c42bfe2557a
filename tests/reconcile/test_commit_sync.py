"""The commits of a branch: fetched when a build names one, and nothing twice."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from bot.core.model import Commit, Repository, Suspect
from bot.fakes.github.server import FakeGitHub
from bot.reconcile.commit_sync import CommitSync
from bot.reconcile.repositories import Repositories
from bot.store import Store, open_store
from tests.support.clock import FakeClock
from tests.support.make_stored import make_incident


class WorkingClock(FakeClock):
    """Work takes its time: so many seconds pass before each of the next looks at it."""

    takes: Sequence[float] = ()

    def now(self) -> datetime:
        seconds, *self.takes = self.takes or (0,)
        self.advance(seconds)
        return super().now()


class Bench:
    """Commit lines between a small GitHub and a real store."""

    def __init__(self, github: FakeGitHub, client: GitHubClient, store: Store) -> None:
        self.github = github
        self.client = client
        self.store = store
        self.clock = WorkingClock()
        self.lines = CommitSync(client, store.facts, self.clock)
        self.repositories = Repositories(client, store.facts, store.inbox, self.clock)
        self.repository = Repository(github.repository().repo_id, "octo-org/demo")

    async def load(self, *revisions: str) -> list[str]:
        line, _ = await self.lines.load(self.repository, "main", revisions)
        return [commit.sha for commit in line.commits]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = FakeClock()
    github = FakeGitHub(clock.now)
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
    asked = bench.github.count("graphql")
    for ask in range(1, 11):
        for _ in range(3):  # a burst of builds is one question
            _, again_at = await bench.lines.load(bench.repository, "main", (late,))
        assert bench.github.count("graphql") == asked + ask
        bench.clock.advance(30)
    _, again_at = await bench.lines.load(bench.repository, "main", (late,))
    assert again_at is None, "a commit that does not come is given up"
    assert bench.github.count("graphql") == asked + 10

    bench.clock.advance(3700)
    await bench.lines.load(bench.repository, "main", (late,))
    assert bench.github.count("graphql") == asked + 11, "a later build may name it again"


async def test_a_force_push_begins_a_new_epoch_at_the_second_look(bench: Bench) -> None:
    """A stale answer looks the same at first, and would close every incident in public."""
    base = await bench.github.merge(101)
    lost = await bench.github.merge(102)
    await bench.load(lost)
    tip = await bench.github.force_push(base, "Begin again")
    line, again_at = await bench.lines.load(bench.repository, "main", (tip,))
    assert (line.epoch, line.commits[-1].sha) == (1, lost)
    assert again_at is not None
    bench.clock.advance(31)
    line, _ = await bench.lines.load(bench.repository, "main", ())
    shas = [commit.sha for commit in line.commits]
    assert lost not in shas
    assert shas[-2:] == [base, tip]
    assert line.epoch == 2


async def test_the_second_look_is_not_put_off_again(bench: Bench) -> None:
    """GitHub took two seconds to answer first: 28 seconds later, no question was due any more.

    A branch that waited for its second look was worked on eight times a second, for half a minute.
    """
    base = await bench.github.merge(101)
    await bench.load(await bench.github.merge(102))
    tip = await bench.github.force_push(base, "Begin again")
    bench.clock.takes = [0, 2]
    _, again_at = await bench.lines.load(bench.repository, "main", (tip,))
    looks = 0
    while again_at is not None:
        assert again_at > bench.clock.now()
        looks += 1
        bench.clock.advance(again_at - bench.clock.now())
        line, again_at = await bench.lines.load(bench.repository, "main", ())
    assert (line.epoch, line.commits[-1].sha, looks) == (2, tip, 2)


async def test_a_second_look_that_github_refuses_waits(bench: Bench) -> None:
    base = await bench.github.merge(101)
    await bench.load(await bench.github.merge(102))
    tip = await bench.github.force_push(base, "Begin again")
    _, again_at = await bench.lines.load(bench.repository, "main", (tip,))
    assert again_at is not None
    bench.clock.advance(again_at - bench.clock.now())
    bench.github.fail_next("status", "graphql", status=403, message="Not accessible")
    line, again_at = await bench.lines.load(bench.repository, "main", ())
    assert line.epoch == 1
    assert again_at == bench.clock.now() + timedelta(minutes=10)
    bench.clock.advance(600)
    line, again_at = await bench.lines.load(bench.repository, "main", ())
    assert (line.epoch, again_at) == (2, None)


async def test_a_look_of_long_ago_is_not_the_first_of_two(bench: Bench) -> None:
    """The branch was gone, came back hours later, and one stale answer closed every incident."""
    base = await bench.github.merge(101)
    await bench.load(await bench.github.merge(102))
    tip = await bench.github.force_push(base, "Begin again")
    await bench.load(tip)
    bench.clock.advance(2 * 3600)
    line, again_at = await bench.lines.load(bench.repository, "main", ())
    assert line.epoch == 1
    assert again_at == bench.clock.now() + timedelta(seconds=30)
    bench.clock.advance(30)
    line, _ = await bench.lines.load(bench.repository, "main", ())
    assert line.epoch == 2


async def test_a_look_at_another_tip_is_not_the_first_of_two(bench: Bench) -> None:
    """Another instance began the new epoch, and we were not asked meanwhile."""
    base = await bench.github.merge(101)
    await bench.load(await bench.github.merge(102))
    first = await bench.github.force_push(base, "Begin again")
    await bench.load(first)
    other = CommitSync(bench.client, bench.store.facts, bench.clock)
    for _ in range(2):
        line, _ = await other.load(bench.repository, "main", (first,))
        bench.clock.advance(31)
    assert line.epoch == 2
    tip = await bench.github.force_push(base, "Once more")
    line, _ = await bench.lines.load(bench.repository, "main", (tip,), line.version)
    assert line.epoch == 2, "one look"


async def test_a_renamed_repository_is_known_by_its_new_name_within_a_day(bench: Bench) -> None:
    assert (await bench.repositories.fetch("octo-org/demo")).full_name == "octo-org/demo"
    bench.github.rename_repository("octo-org/demo", "octo-org/renamed")
    assert (await bench.repositories.fetch("octo-org/demo")).full_name == "octo-org/demo"
    bench.clock.advance(timedelta(days=1, seconds=1))
    assert (await bench.repositories.fetch("octo-org/demo")).full_name == "octo-org/renamed"


async def test_pull_refs_have_no_line_and_cost_no_call(bench: Bench) -> None:
    """Builders of pull requests build `refs/pull/12/merge`: no regression of a branch."""
    asked = bench.github.count("graphql")
    line, again_at = await bench.lines.load(bench.repository, "refs/pull/12/merge", ("a" * 40,))
    assert (line.commits, again_at) == ((), None)
    assert bench.github.count("graphql") == asked


async def test_a_branch_that_is_gone_is_no_crash(bench: Bench) -> None:
    line, again_at = await bench.lines.load(bench.repository, "no-such-branch", ("a" * 40,))
    assert line.commits == ()
    assert again_at is not None


async def test_paths_that_github_refused_are_asked_for_again_later(bench: Bench) -> None:
    """A permission that was missing for an hour would rank the suspects wrongly for ever."""
    sha = await bench.github.merge(101, files=("src/ssl.py",))
    line, _ = await bench.lines.load(bench.repository, "main", (sha,))
    incident = make_incident("i1", suspects=(Suspect(sha, 101, 0.5),))
    words = "Resource not accessible by integration"
    bench.github.fail_next("status", "commit", status=403, message=words)

    async def complete() -> tuple[Commit, datetime | None]:
        where = (bench.repository, "main")
        found, again_at = await bench.lines.load_suspect_details(*where, line, [incident])
        return next(commit for commit in found.commits if commit.sha == sha), again_at

    commit, again_at = await complete()
    assert commit.files is None, "unknown, and not: it touched nothing"
    assert again_at == bench.clock.now() + timedelta(minutes=10)
    asked = bench.github.count("commit")
    await complete()
    assert bench.github.count("commit") == asked, "not at once"
    bench.clock.advance(601)
    commit, again_at = await complete()
    assert (commit.files, again_at) == (("src/ssl.py",), None)
