"""A pull that takes another back: opened once, found again by its marker, merged by nobody."""

import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused
from tests.clients.hubs import REPO, Hub

MARKER = "<!-- nightswatch command=7 -->"


async def test_a_revert_is_opened_and_found_again(app: GitHubClient, hub: Hub) -> None:
    await hub.allow_contents()
    repository, me = await app.fetch_repository(REPO), await app.fetch_me()
    number, _ = await hub.merge("Rework sockets")
    assert await app.reverts.find_revert(repository, MARKER, me) is None
    body = f"It broke two builders.\n\n{MARKER}"
    opened = await app.reverts.open_revert(repository, number, 'Revert "Rework sockets"', body)
    assert await app.reverts.find_revert(repository, MARKER, me) == opened
    assert await app.reverts.find_revert(repository, MARKER, "somebody") is None
    pull = await app.fetch_pull(repository, opened)
    assert (pull.title, pull.merged, pull.base) == ('Revert "Rework sockets"', False, "main")


async def test_without_the_right_to_write_nothing_is_opened(app: GitHubClient, hub: Hub) -> None:
    repository = await app.fetch_repository(REPO)
    number, _ = await hub.merge("Rework sockets")
    with pytest.raises(Refused, match="no permission for a revert of pull"):
        await app.reverts.open_revert(repository, number, "Revert", MARKER)
    assert await app.reverts.find_revert(repository, MARKER, await app.fetch_me()) is None


async def test_a_pull_that_is_not_there_is_refused_by_name(app: GitHubClient, hub: Hub) -> None:
    await hub.allow_contents()
    repository = await app.fetch_repository(REPO)
    with pytest.raises(Refused, match="a revert of pull 999"):
        await app.reverts.open_revert(repository, 999, "Revert", MARKER)
