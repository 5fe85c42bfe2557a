"""A file as the default branch has it, and one comment under the commit that changed it."""

import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused
from tests.clients.hubs import REPO, Hub

PATH = ".github/nightswatch.toml"
MARKER = "<!-- nightswatch settings -->"


async def test_a_file_is_read_with_gits_name_for_its_content(
    client: GitHubClient, hub: Hub
) -> None:
    repository = await client.fetch_repository(REPO)
    assert await client.files.fetch_file(repository, PATH) is None
    await hub.write_file(PATH, b'policy = "careful"\n')
    first = await client.files.fetch_file(repository, PATH)
    assert first is not None
    assert (first.content, first.size) == (b'policy = "careful"\n', 19)
    await hub.write_file(PATH, b'policy = "eager"\n')
    second = await client.files.fetch_file(repository, PATH)
    assert second is not None
    assert second.content == b'policy = "eager"\n'
    assert second.blob != first.blob


async def test_a_commit_is_commented_on_once(app: GitHubClient, hub: Hub) -> None:
    await hub.allow_contents()
    repository, me = await app.fetch_repository(REPO), await app.fetch_me()
    sha = await hub.write_file(PATH, b"policy = 1\n")
    for words in ("it is wrong", "it is still wrong"):
        await app.files.comment_once(repository, sha, MARKER, me, f"{words}\n{MARKER}")
    assert await hub.notes(sha) == [f"it is wrong\n{MARKER}"]


@pytest.mark.parametrize("hub", ["demo"], indirect=True)  # the strict one calls asking a fault
async def test_without_the_right_to_write_a_commit_is_left_alone(
    app: GitHubClient, hub: Hub
) -> None:
    repository, me = await app.fetch_repository(REPO), await app.fetch_me()
    sha = await hub.write_file(PATH, b"policy = 1\n")
    with pytest.raises(Refused, match="no permission for commit"):
        await app.files.comment_once(repository, sha, MARKER, me, MARKER)
    assert await hub.notes(sha) == []
