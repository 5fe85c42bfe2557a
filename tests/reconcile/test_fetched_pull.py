"""The pull of a key is asked for once, under the name that its repository has now."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import Refused
from bot.core.model import Pull, Repository
from bot.reconcile.fetched_pull import FetchedPull

HERE = Repository(1, "octo-org/demo")
MOVED = Repository(1, "octo-org/renamed")
PULL = Pull(1, 101, "Change ssl", "mona", "main", True, "b" * 40, False, ("Quiet",))


class Hub:
    """Pulls by repository name; and where repository 1 is now."""

    def __init__(self, **pulls: Pull | Refused) -> None:
        self.pulls = pulls
        self.asked: list[str] = []
        self.saved: list[Repository] = []

    async def fetch_pull(self, repository: Repository, _number: int) -> Pull:
        name = repository.full_name.partition("/")[2]
        self.asked.append(name)
        found = self.pulls[name]
        if isinstance(found, Refused):
            raise found
        return found

    async def follow_repository(self, _: Repository) -> Repository:
        return MOVED

    async def save_repository(self, repository: Repository) -> None:
        self.saved.append(repository)


async def fetch(hub: Any, times: int = 1) -> FetchedPull:
    fetched = FetchedPull(HERE, 101)
    for _ in range(times):
        fetched = await fetched.fetch(hub, hub)
    return fetched


async def test_whoever_asks_second_is_given_what_was_fetched() -> None:
    """Labels, renames and the lock were three calls for one pull."""
    hub = Hub(demo=PULL)
    fetched = await fetch(hub, times=3)
    assert hub.asked == ["demo"]
    assert fetched.labels == ("Quiet",)
    fetched.check()


async def test_a_name_that_passed_to_another_repository_is_followed_by_its_number() -> None:
    """A comment about our pull 101 must not stand on a stranger's pull 101."""
    hub = Hub(demo=replace(PULL, repo_id=2), renamed=PULL)
    fetched = await fetch(hub)
    assert fetched.repository == MOVED
    assert hub.saved == [MOVED]
    assert hub.asked == ["demo", "renamed"]
    fetched.check()


async def test_where_following_leads_nowhere_nothing_is_posted() -> None:
    other = replace(PULL, repo_id=2)
    fetched = await fetch(Hub(demo=other, renamed=other))
    with pytest.raises(Refused, match="name of another repository"):
        fetched.check()


@pytest.mark.parametrize(
    ("pull", "why"),
    [(Refused("not found", 404), "not found"), (replace(PULL, locked=True), "locked")],
)
async def test_what_takes_no_comment_says_why(pull: Pull | Refused, why: str) -> None:
    fetched = await fetch(Hub(demo=pull))
    with pytest.raises(Refused, match=why):
        fetched.check()


async def test_a_pull_that_is_not_shown_has_no_labels() -> None:
    """It is not kept silent for that: whoever writes there hears why not."""
    assert (await fetch(Hub(demo=Refused("gone", 404)))).labels == ()
    assert FetchedPull(HERE, 101).labels == ()
