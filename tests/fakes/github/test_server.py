"""The small GitHub behaves as GitHub does where the road leans on it."""

import aiohttp

from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import PLAIN, ask, call


async def test_comments_are_made_edited_listed_and_deleted(gh: FakeGitHub) -> None:
    """The life of a comment, with every text that it ever had."""
    await gh.merge(101)
    where = "/repos/octo-org/demo/issues"
    made = await call(gh, "POST", f"{where}/101/comments", 201, json={"body": "one"})
    await call(gh, "PATCH", f"{where}/comments/{made['id']}", 200, json={"body": "two"})
    (listed,) = await call(gh, "GET", f"{where}/101/comments", 200)
    assert (listed["body"], listed["user"]["login"]) == ("two", "nightswatch")
    assert gh.comments(101)[0].bodies == ["one", "two"]
    await call(gh, "DELETE", f"{where}/comments/{made['id']}", 204)
    await call(gh, "GET", f"{where}/comments/{made['id']}", 404)
    assert gh.comments(101) == []


async def test_lists_come_in_pages_with_links(gh: FakeGitHub) -> None:
    """Our comment may stand on the second page."""
    await gh.merge(101)
    for number in range(5):
        await gh.comment(101, f"n{number}")
    url: str | None = f"{gh.url}/repos/octo-org/demo/issues/101/comments?per_page=2"
    bodies = []
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        while url:
            async with session.get(url) as answer:
                bodies += [c["body"] for c in await answer.json()]
                url = str(answer.links["next"]["url"]) if "next" in answer.links else None
    assert bodies == ["n0", "n1", "n2", "n3", "n4"]


async def test_files_of_a_huge_commit_come_in_pages(gh: FakeGitHub) -> None:
    """Who reads the first page only knows 300 of 700 files."""
    sha = await gh.merge(101, files=[f"f{n}" for n in range(700)])
    url = f"{gh.url}/repos/octo-org/demo/commits/{sha}"
    sizes = []
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        while url:
            async with session.get(url) as answer:
                sizes.append(len((await answer.json())["files"]))
                url = str(answer.links["next"]["url"]) if "next" in answer.links else ""
    assert sizes == [300, 300, 100]
    await call(gh, "GET", "/repos/octo-org/demo/commits/fffffff", 422)


async def test_a_stale_list_hides_the_newest_comment_once(gh: FakeGitHub) -> None:
    """Who posts again because a list hid the first post makes a twin."""
    await gh.merge(101)
    await gh.comment(101, "hidden")
    gh.fail_next("stale", op="comments")
    assert await call(gh, "GET", "/repos/octo-org/demo/issues/101/comments", 200) == []
    assert len(await call(gh, "GET", "/repos/octo-org/demo/issues/101/comments", 200)) == 1


async def test_pulls_that_take_no_comment(gh: FakeGitHub) -> None:
    """Locked, deleted, never there, too long, blank."""
    await gh.merge(101)
    where = "/repos/octo-org/demo/issues/{}/comments"
    await call(gh, "POST", where.format(999), 404, json={"body": "x"})
    await call(gh, "POST", where.format(101), 422, json={"body": " "})
    await call(gh, "POST", where.format(101), 422, json={"body": "x" * 65_537})
    gh.lock(101)
    refused = await call(gh, "POST", where.format(101), 403, json={"body": "x"})
    assert "locked" in refused["message"]
    gh.delete_pull(101)
    await call(gh, "POST", where.format(101), 410, json={"body": "x"})
    await call(gh, "GET", "/repos/octo-org/demo/pulls/101", 410)


async def test_renamed_repositories_redirect_by_number(gh: FakeGitHub) -> None:
    """The number stays; GraphQL follows by itself."""
    number = gh.repository().repo_id
    gh.rename_repository("octo-org/demo", "octo-org/new")
    await call(gh, "GET", "/repos/octo-org/demo", 301, follow=False)
    followed = await call(gh, "GET", "/repos/octo-org/demo", 200)
    assert (followed["id"], followed["full_name"]) == (number, "octo-org/new")
    await gh.merge(101)
    assert (await call(gh, "GET", "/repos/octo-org/demo/pulls/101", 200))["merged"] is True
    query = '{ repository(owner: "octo-org", name: "demo") { nameWithOwner } }'
    assert (await ask(gh, query))["data"]["repository"] == {"nameWithOwner": "octo-org/new"}


async def test_comments_of_a_whole_repository_since_a_moment(gh: FakeGitHub) -> None:
    """Oldest change first, as GitHub lists them."""
    await gh.merge(101)
    said = await gh.comment(101, "one")
    where = f"{gh.url}/repos/octo-org/demo/issues/comments?since="
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        async with session.get(f"{where}2020-01-01T00:00:00Z") as answer:
            assert [c["id"] for c in await answer.json()] == [said.comment_id]
        async with session.get(f"{where}2099-01-01T00:00:00Z") as answer:
            assert await answer.json() == []
