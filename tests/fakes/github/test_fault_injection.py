"""The limits and faults of the small GitHub are worded as GitHub words them."""

import aiohttp
import pytest

from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import NOON, PLAIN, ask, call


async def test_etags_save_answers_and_limits(gh: FakeGitHub) -> None:
    """A 304 costs nothing; what changed is sent again."""
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        url = f"{gh.url}/repos/octo-org/demo/branches/main"
        async with session.get(url) as first:
            left, tag = first.headers["X-RateLimit-Remaining"], first.headers["ETag"]
        async with session.get(url, headers={"If-None-Match": tag}) as same:
            assert same.status == 304
        await gh.push_direct("New")
        async with session.get(url, headers={"If-None-Match": tag}) as changed:
            assert changed.status == 200
            assert int(changed.headers["X-RateLimit-Remaining"]) == int(left) - 1


async def test_limits_are_worded_as_github_words_them(gh: FakeGitHub) -> None:
    """Primary with its reset, secondary with or without Retry-After, GraphQL with status 200."""
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        url = f"{gh.url}/repos/octo-org/demo"
        gh.fail_next("primary", reset_in=30)
        async with session.get(url) as primary:
            assert (primary.status, primary.headers["X-RateLimit-Remaining"]) == (403, "0")
            reset = int(primary.headers["X-RateLimit-Reset"])
            assert 0 < reset - int(NOON.timestamp()) < 60
        gh.fail_next("secondary", status=429, retry_after=7)
        async with session.get(url) as secondary:
            assert (secondary.status, secondary.headers["Retry-After"]) == (429, "7")
        gh.fail_next("secondary")
        async with session.get(url) as quiet:
            assert quiet.status == 403
            assert "Retry-After" not in quiet.headers
            assert "secondary rate limit" in (await quiet.json())["message"]
    gh.fail_next("primary", op="graphql")
    assert (await ask(gh, "{ viewer { login } }"))["errors"][0]["type"] == "RATE_LIMITED"
    gh.fail_next("graphql_error", op="graphql", message="Something went wrong")
    assert (await ask(gh, "{ viewer { login } }"))["data"] is None
    gh.rest.limit = 0
    await call(gh, "GET", "/repos/octo-org/demo", 403)


@pytest.mark.parametrize(
    ("kind", "stands"), [("reset", 0), ("502", 0), ("commit_then_reset", 1), ("commit_then_502", 1)]
)
async def test_a_post_without_an_answer_may_stand_all_the_same(
    gh: FakeGitHub, kind: str, stands: int
) -> None:
    """The reason for intents: the caller cannot tell these four apart."""
    await gh.merge(101)
    gh.fail_next(kind, op="post-comment")
    where = f"{gh.url}/repos/octo-org/demo/issues/101/comments"
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        try:
            async with session.post(where, json={"body": "said"}) as answer:
                assert answer.status == 502
        except aiohttp.ClientError:
            assert "reset" in kind
    assert len(gh.comments(101)) == stands
    assert gh.journal[-1].op == "post-comment"
    assert gh.journal[-1].fault == kind


@pytest.mark.parametrize(
    ("kind", "status", "stands"),
    [("503", 503, 0), ("bad_credentials", 401, 0), ("commit_then_status", 500, 1)],
)
async def test_refusals_tell_nothing_of_what_was_done(
    gh: FakeGitHub, kind: str, status: int, stands: int
) -> None:
    """A 500 may come after the work as well as before it."""
    await gh.merge(101)
    gh.fail_next(kind, op="post-comment")
    where = f"{gh.url}/repos/octo-org/demo/issues/101/comments"
    async with (
        aiohttp.ClientSession(headers=PLAIN) as session,
        session.post(where, json={"body": "said"}) as answer,
    ):
        assert answer.status == status
    assert len(gh.comments(101)) == stands
    assert gh.faults_left == 0


async def test_a_slow_answer_is_whole_in_the_end(gh: FakeGitHub) -> None:
    """A proxy that stalls: half at once, half later."""
    gh.fail_next("slow_body", op="repository", seconds=0.05)
    where = f"{gh.url}/repos/octo-org/demo"
    async with aiohttp.ClientSession(headers=PLAIN) as session, session.get(where) as answer:
        assert (await answer.json())["full_name"] == "octo-org/demo"
    assert gh.arrived["repository"] == 1
