"""What GitHub refuses or fails to answer is told by name, and nothing is done twice."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused, Unavailable
from tests.clients.hubs import APP_KEY, MARKER, REPO, Hub, read_line


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


@pytest.mark.parametrize("op", ["comments", "graphql", "commit"])
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
    await hub.fail("secondary", "comments", status=status, retry_after=retry_after)
    with pytest.raises(Unavailable) as caught:
        await app.find_comments(where, number, MARKER)
    expected = timedelta(seconds=retry_after or 60)
    assert caught.value.retry_after is not None
    assert timedelta() <= expected - caught.value.retry_after < timedelta(seconds=1)
    sent = {op: hub.count(op) for op in ("repository", "comments", "graphql", "post-comment")}
    calls: list[Any] = [
        lambda: app.fetch_repository(REPO),
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


@pytest.mark.parametrize("op", ["repository", "graphql"])
async def test_a_used_up_limit_is_waited_out(app: GitHubClient, hub: Hub, op: str) -> None:
    where = await app.fetch_repository(REPO)
    await hub.fail("primary", op, reset_in=300)
    with pytest.raises(Unavailable) as caught:
        await (app.fetch_repository(REPO) if op == "repository" else read_line(app, where))
    assert caught.value.retry_after is not None
    assert 295 < caught.value.retry_after.total_seconds() <= 302


@pytest.mark.parametrize("op", ["repository", "graphql", "post-comment", "comments"])
async def test_an_ended_token_is_replaced_at_once(app: GitHubClient, hub: Hub, op: str) -> None:
    """Tokens end after an hour, or when somebody presses a button."""
    number, _ = await hub.merge("one")
    where = await app.fetch_repository(REPO)
    await hub.fail("token_expired", op)
    calls: dict[str, Any] = {
        "repository": lambda: app.fetch_repository(REPO),
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
