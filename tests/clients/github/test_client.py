"""The GitHub client, the same on the demo's GitHub and on a strict one that knows every rule."""

import asyncio
from itertools import pairwise

import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused
from bot.core.model.commands import Role
from tests.clients.hubs import MARKER, REPO, Hub, read_line


async def test_who_we_are(app: GitHubClient, hub: Hub) -> None:
    """Comments are ours only if we know our own name."""
    assert (await app.fetch_me()).endswith("[bot]")
    assert await app.fetch_me() == await app.fetch_me()


async def test_a_repository_is_found_under_its_old_name(client: GitHubClient, hub: Hub) -> None:
    """Buildbot's configuration keeps the old one for years."""
    before = await client.fetch_repository(REPO)
    await hub.rename("octo-org/renamed")
    after = await client.fetch_repository(REPO)
    assert (after.repo_id, after.full_name) == (before.repo_id, "octo-org/renamed")


async def test_a_comment_reaches_a_renamed_repository(client: GitHubClient, hub: Hub) -> None:
    """GitHub redirects a POST as well, before it has done anything."""
    before = await client.fetch_repository(REPO)
    number, _ = await hub.merge("one")
    await hub.rename("octo-org/renamed")
    posted = await client.post_comment(before, number, f"Hello {MARKER}")
    assert (await client.find_comments(before, number, MARKER))[0] == posted


async def test_a_repository_is_followed_by_its_number(app: GitHubClient, hub: Hub) -> None:
    """After a rename, the old name may be another repository's."""
    before = await app.fetch_repository(REPO)
    await hub.rename("octo-org/renamed")
    after = await app.follow_repository(before)
    assert (after.repo_id, after.full_name) == (before.repo_id, "octo-org/renamed")


async def test_a_comment_is_folded_and_unfolded(app: GitHubClient, hub: Hub) -> None:
    """Twice is no error: a crash in between makes us do it again."""
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    comment = await app.post_comment(where, number, f"Hello {MARKER}")
    for _ in range(2):
        await app.minimize_comment(where, comment, "RESOLVED")
        assert await hub.minimized(number) == ["resolved"]
    await app.minimize_comment(where, comment, "OUTDATED")
    assert await hub.minimized(number) == ["outdated"]
    for _ in range(2):
        await app.unminimize_comment(where, comment)
        assert await hub.minimized(number) == [None]
    await app.delete_comment(where, comment.comment_id)
    with pytest.raises(Refused):
        await app.minimize_comment(where, comment, "RESOLVED")


async def test_a_pull_before_and_after(client: GitHubClient, hub: Hub) -> None:
    number, sha = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    pull = await client.fetch_pull(where, number)
    assert (pull.number, pull.merged, pull.merge_sha, pull.base) == (number, True, sha, "main")
    assert pull.repo_id == where.repo_id
    assert not pull.locked
    await hub.lock(number)
    assert (await client.fetch_pull(where, number)).locked


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.NONE])
async def test_what_somebody_may_do(client: GitHubClient, hub: Hub, role: Role) -> None:
    """The older word for it knows only three roles; a maintainer must not count as a writer."""
    where = await client.fetch_repository(REPO)
    await hub.grant("somebody", role.value)
    assert await client.fetch_role(where, "somebody") is role


async def test_a_reaction_is_given_once(client: GitHubClient, hub: Hub) -> None:
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    said = await hub.comment(number, "somebody", "/buildbot help")
    for _ in range(2):
        await client.react(where, said, "eyes")
    await client.react(where, said, "rocket")
    assert await hub.reactions(number, said) == ["eyes", "rocket"]
    assert client.time is not None


async def test_the_files_of_a_commit(client: GitHubClient, hub: Hub) -> None:
    sha = await hub.push("direct")
    where = await client.fetch_repository(REPO)
    assert await client.fetch_files(where, sha) == ("src/app.py",)


async def test_the_line_with_every_way_to_land(client: GitHubClient, hub: Hub) -> None:
    """Squashed, rebased, merged, pushed directly, and what each one is blamed on."""
    squashed, squash_sha = await hub.merge("squashed")
    rebased, rebase_sha = await hub.merge("rebased", method="rebase", commits=3)
    merged, merge_sha = await hub.merge("merged", method="merge", commits=2)
    push_sha = await hub.push("pushed past review (#1)")
    where = await client.fetch_repository(REPO)
    line = await read_line(client, where)
    assert [commit.pull for commit in line[:6]] == [
        None,
        merged,
        rebased,
        rebased,
        rebased,
        squashed,
    ]
    assert [line[i].sha for i in (0, 1, 2, 5)] == [push_sha, merge_sha, rebase_sha, squash_sha]
    for newer, older in pairwise(line):
        assert newer.parent == older.sha
    assert line[-1].parent is None


async def test_a_release_branch_has_pulls_of_its_own(client: GitHubClient, hub: Hub) -> None:
    """What was merged into main before the branch was cut is not that branch's doing."""
    on_main, _ = await hub.merge("on main")
    await hub.create_branch("3.13")
    backport, _ = await hub.merge("backport", branch="3.13")
    where = await client.fetch_repository(REPO)
    assert [c.pull for c in await read_line(client, where, "3.13")][:2] == [backport, None]
    assert [c.pull for c in await read_line(client, where)][:1] == [on_main]


async def test_a_long_line_comes_page_by_page(client: GitHubClient, hub: Hub) -> None:
    """A reader that knows the tenth commit must not fetch the ten thousandth."""
    for i in range(130):
        await hub.push(f"commit {i}")
    where = await client.fetch_repository(REPO)
    pages = [page async for page in client.fetch_line(where, "main")]
    assert [len(page) for page in pages] == [100, 31]
    asked = hub.count("graphql")
    async for _ in client.fetch_line(where, "main"):
        break
    assert hub.count("graphql") == asked + 1


async def test_a_branch_that_is_not_there_is_refused_by_name(
    client: GitHubClient, hub: Hub
) -> None:
    where = await client.fetch_repository(REPO)
    with pytest.raises(Refused, match="branch nowhere of octo-org/demo is gone"):
        await read_line(client, where, "nowhere")


async def test_a_comment_from_first_to_last(client: GitHubClient, hub: Hub) -> None:
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    posted = await client.post_comment(where, number, f"red {MARKER}")
    edited = await client.edit_comment(where, posted.comment_id, f"fixed {MARKER}")
    assert edited.comment_id == posted.comment_id
    assert await hub.bodies(number) == [f"fixed {MARKER}"]
    assert await client.find_comments(where, number, MARKER) == (edited,)
    assert await client.fetch_comment(where, posted.comment_id) == edited
    await client.delete_comment(where, posted.comment_id)
    await client.delete_comment(where, posted.comment_id)
    assert await client.fetch_comment(where, posted.comment_id) is None
    assert await client.find_comments(where, number, MARKER) == ()


async def test_our_comment_is_found_among_hundreds(client: GitHubClient, hub: Hub) -> None:
    """Not found means posted again."""
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    first = await client.post_comment(where, number, f"first {MARKER}")
    for i in range(220):
        await hub.comment(number, "octocat", f"chat {i}")
    last = await client.post_comment(where, number, f"last {MARKER}")
    found = await client.find_comments(where, number, MARKER)
    assert [comment.comment_id for comment in found] == [first.comment_id, last.comment_id]


async def test_a_marker_in_somebody_elses_comment_is_not_ours(
    client: GitHubClient, hub: Hub
) -> None:
    """Whoever quotes us, or copies the marker, must not get our edits."""
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    await hub.comment(number, "mallory", f"gotcha {MARKER}")
    assert await client.find_comments(where, number, MARKER) == ()


async def test_the_search_for_our_comment_is_never_answered_from_a_cache(
    client: GitHubClient, hub: Hub
) -> None:
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    for i in range(3):
        await client.post_comment(where, number, f"{i} {MARKER}")
        assert len(await client.find_comments(where, number, MARKER)) == i + 1


async def test_writes_are_a_second_apart(client: GitHubClient, hub: Hub) -> None:
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    await asyncio.gather(*(client.post_comment(where, number, f"{i}") for i in range(3)))
    assert sorted(await hub.bodies(number)) == ["0", "1", "2"]
    assert len([slept for slept in hub.clock.slept if slept > 0.8]) == 2


async def test_a_token_is_replaced_before_it_ends(app: GitHubClient, hub: Hub) -> None:
    where = await app.fetch_repository(REPO)
    number, _ = await hub.merge("one")
    granted = hub.count("token")
    await app.fetch_pull(where, number)
    assert hub.count("token") == granted
    await hub.clock.sleep(57 * 60)
    await app.fetch_pull(where, number)
    replaced = hub.count("token")
    assert replaced > granted
    await app.fetch_pull(where, number)
    assert hub.count("token") == replaced


async def test_health_can_tell_when_github_answered(app: GitHubClient, hub: Hub) -> None:
    assert app.last_contact is None
    await app.fetch_repository(REPO)
    assert app.last_contact is not None
