"""The GitHub client, the same on the demo's GitHub and on a strict one that knows every rule."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from bot.clients.github import GitHubClient
from bot.core.errors import Refused, Unavailable
from bot.core.model import Commit, Repository
from bot.core.people import Role
from tests.clients.hubs import APP_KEY, REPO, TOKEN, Hub, open_hub

MARKER = "<!-- nightswatch pull=1 thread=1 -->"


@pytest.fixture(params=["demo", "strict"])
async def hub(request: pytest.FixtureRequest) -> AsyncIterator[Hub]:
    async with open_hub(request.param) as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture(params=["app", "token"])
def client(
    hub: Hub, session: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> GitHubClient:
    app = {"app_id": "1", "private_key": APP_KEY}
    who: dict[str, Any] = app if request.param == "app" else {"token": TOKEN}
    return GitHubClient(session, hub.clock, api_url=hub.url, **who)


@pytest.fixture
def app(hub: Hub, session: aiohttp.ClientSession) -> GitHubClient:
    return GitHubClient(session, hub.clock, api_url=hub.url, app_id="1", private_key=APP_KEY)


async def read_line(client: GitHubClient, where: Repository, branch: str = "main") -> list[Commit]:
    return [commit async for page in client.fetch_line(where, branch) for commit in page]


# ---------------------------------------------------------------- reading


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


# ---------------------------------------------------------------- comments


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


# ---------------------------------------------------------------- refusals


async def test_a_locked_pull_is_refused_by_name(app: GitHubClient, hub: Hub) -> None:
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.lock(number)
    with pytest.raises(Refused, match=rf"^pull {number} of octo-org/demo is locked$"):
        await app.post_comment(where, number, "hello")


async def test_what_is_not_there_is_refused_by_name(client: GitHubClient, hub: Hub) -> None:
    where = await client.fetch_repository(REPO)
    with pytest.raises(Refused, match="pull 999 of octo-org/demo is gone"):
        await client.fetch_pull(where, 999)
    with pytest.raises(Refused, match="pull 999 of octo-org/demo is gone"):
        await client.post_comment(where, 999, "hello")
    with pytest.raises(Refused, match="comment 999 of octo-org/demo is gone"):
        await client.edit_comment(where, 999, "hello")
    with pytest.raises(Refused, match=f"commit {'0' * 40}"):
        await client.fetch_files(where, "0" * 40)


async def test_a_comment_that_is_too_long_is_refused(client: GitHubClient, hub: Hub) -> None:
    number, _ = await hub.merge("one")
    where = await client.fetch_repository(REPO)
    with pytest.raises(Refused, match="too long"):
        await client.post_comment(where, number, "x" * 70_000)


async def test_where_we_are_not_installed_we_say_so(
    hub: Hub, session: aiohttp.ClientSession
) -> None:
    await hub.uninstall()
    app = GitHubClient(session, hub.clock, api_url=hub.url, app_id="1", private_key=APP_KEY)
    with pytest.raises(Refused, match=r"^not installed on octo-org/demo$"):
        await app.fetch_repository(REPO)
    with pytest.raises(Refused, match=r"^not installed on octo-org/nothing$"):
        await app.fetch_repository("octo-org/nothing")


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("kind", ["502", "reset", "secondary", "primary"])
async def test_a_post_that_was_not_done_is_unavailable_and_not_repeated(
    app: GitHubClient, hub: Hub, kind: str
) -> None:
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.fail(kind, "post-comment")
    with pytest.raises(Unavailable):
        await app.post_comment(where, number, "hello")
    assert await hub.bodies(number) == []
    assert hub.count("post-comment") == 1


@pytest.mark.parametrize(
    "kind",
    ["commit_then_reset", "commit_then_502", "invalid_json", "html_200", "empty", "truncated"],
)
async def test_a_post_whose_answer_is_lost_is_unavailable_and_not_repeated(
    app: GitHubClient, hub: Hub, kind: str
) -> None:
    """It stands; only whoever looks for it on GitHub can know. Twice would be two comments."""
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await app.find_comments(where, number, MARKER)  # so that the connection is a used one
    await hub.fail(kind, "post-comment")
    with pytest.raises(Unavailable):
        await app.post_comment(where, number, f"hello {MARKER}")
    assert await hub.bodies(number) == [f"hello {MARKER}"]
    assert hub.count("post-comment") == 1
    assert len(await app.find_comments(where, number, MARKER)) == 1


@pytest.mark.parametrize("op", ["comments", "graphql", "pull", "commit"])
@pytest.mark.parametrize(
    "kind", ["502", "invalid_json", "html_200", "empty", "truncated", "secondary", "primary"]
)
async def test_a_read_that_fails_is_unavailable(
    app: GitHubClient, hub: Hub, op: str, kind: str
) -> None:
    number, sha = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    calls: dict[str, Any] = {
        "comments": lambda: app.find_comments(where, number, MARKER),
        "graphql": lambda: read_line(app, where),
        "pull": lambda: app.fetch_pull(where, number),
        "commit": lambda: app.fetch_files(where, sha),
    }
    await hub.fail(kind, op)
    with pytest.raises(Unavailable):
        await calls[op]()
    await hub.clock.sleep(120)
    await calls[op]()


@pytest.mark.parametrize("message", ["Something went wrong", "A resource timed out"])
async def test_half_an_answer_is_none(app: GitHubClient, hub: Hub, message: str) -> None:
    """A commit whose pulls could not be loaded would look like a direct push."""
    where = await app.fetch_repository(REPO)
    await hub.fail("graphql_error", "graphql", message=message)
    with pytest.raises(Unavailable, match=message):
        await read_line(app, where)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after", [7, None])
async def test_while_limited_nothing_is_sent(
    app: GitHubClient, hub: Hub, status: int, retry_after: int | None
) -> None:
    """Going on while limited is what gets an App banned."""
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.fail("secondary", "pull", status=status, retry_after=retry_after)
    with pytest.raises(Unavailable) as caught:
        await app.fetch_pull(where, number)
    expected = timedelta(seconds=retry_after or 60)
    assert caught.value.retry_after is not None
    assert timedelta() <= expected - caught.value.retry_after < timedelta(seconds=1)
    sent = {op: hub.count(op) for op in ("pull", "comments", "graphql", "post-comment")}
    calls: list[Any] = [
        lambda: app.fetch_pull(where, number),
        lambda: app.find_comments(where, number, MARKER),
        lambda: app.post_comment(where, number, "x"),
        lambda: read_line(app, where),
    ]
    for call in calls:
        with pytest.raises(Unavailable):
            await call()
    assert {op: hub.count(op) for op in sent} == sent
    await hub.clock.sleep(expected.total_seconds() + 1)
    await app.fetch_pull(where, number)


@pytest.mark.parametrize("op", ["pull", "graphql"])
async def test_a_used_up_limit_is_waited_out(app: GitHubClient, hub: Hub, op: str) -> None:
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.fail("primary", op, reset_in=300)
    with pytest.raises(Unavailable) as caught:
        await (app.fetch_pull(where, number) if op == "pull" else read_line(app, where))
    assert caught.value.retry_after is not None
    assert 295 < caught.value.retry_after.total_seconds() <= 302


@pytest.mark.parametrize("op", ["pull", "graphql", "post-comment", "comments"])
async def test_an_ended_token_is_replaced_at_once(app: GitHubClient, hub: Hub, op: str) -> None:
    """Tokens end after an hour, or when somebody presses a button."""
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.fail("token_expired", op)
    calls: dict[str, Any] = {
        "pull": lambda: app.fetch_pull(where, number),
        "graphql": lambda: read_line(app, where),
        "post-comment": lambda: app.post_comment(where, number, "hello"),
        "comments": lambda: app.find_comments(where, number, MARKER),
    }
    await calls[op]()
    if op == "post-comment":
        assert await hub.bodies(number) == ["hello"]


@pytest.mark.parametrize(("kind", "op"), [("empty", "token"), ("invalid_json", "token")])
async def test_half_an_answer_about_ourselves_is_worth_another_try(
    app: GitHubClient, hub: Hub, kind: str, op: str
) -> None:
    """It counted as a person's mistake, so the comment that waited for the token was given up."""
    await hub.fail(kind, op)
    with pytest.raises(Unavailable):
        await app.fetch_repository(REPO)
    await app.fetch_repository(REPO)


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
    assert app.rate_remaining is None
    await app.fetch_repository(REPO)
    assert app.last_contact is not None
    assert app.rate_remaining is not None
    assert app.rate_remaining > 4000
