"""One call to GitHub: what is sent, what a failure means, and what must never happen."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.clients.github.api import Api, make_graphql_url
from bot.clients.github.client import GitHubClient
from bot.core.errors import Refused, Unavailable
from bot.core.model import Repository
from tests.clients.hubs import APP_KEY
from tests.clients.serving import FAULTS, Serving, SwiftClock, serve

WHERE = Repository(7, "octo/demo")
ROW = {"id": 7, "full_name": "octo/demo", "default_branch": "main"}
HERE = "/repos/octo/demo"


@pytest.fixture
async def hub() -> AsyncIterator[Serving]:
    async with serve() as serving:
        serving.set_json("/user", {"login": "watcher"})
        yield serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(hub: Serving, session: aiohttp.ClientSession) -> GitHubClient:
    return GitHubClient(session, SwiftClock(), api_url=hub.url, token="t0ken")


@pytest.fixture
def app(hub: Serving, session: aiohttp.ClientSession) -> GitHubClient:
    return GitHubClient(session, SwiftClock(), api_url=hub.url, app_id="1", private_key=APP_KEY)


def make_comment(comment_id: int, body: str = "x", login: str = "watcher") -> dict[str, Any]:
    return {"id": comment_id, "body": body, "user": {"login": login}, "node_id": "n"}


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://ghe.example.org/api/v3", "https://ghe.example.org/api/graphql"),
        ("https://ghe.example.org/api/v3/", "https://ghe.example.org/api/graphql"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/graphql"),
    ],
)
def test_where_graphql_is(api: str, graphql: str) -> None:
    assert make_graphql_url(api) == graphql


async def test_an_enterprise_server_is_called_below_its_path(
    hub: Serving, session: aiohttp.ClientSession
) -> None:
    client = GitHubClient(session, SwiftClock(), api_url=f"{hub.url}/api/v3", token="t")
    hub.set_json("/api/v3/repos/octo/demo", ROW)
    assert (await client.fetch_repository("octo/demo")).repo_id == 7
    with pytest.raises(Refused):
        _ = [page async for page in client.fetch_line(WHERE, "main")]
    assert hub.paths() == ["/api/v3/repos/octo/demo", "/api/graphql"]


async def test_what_github_asks_of_every_request(client: GitHubClient, hub: Serving) -> None:
    hub.set_json(HERE, ROW)
    await client.fetch_repository("octo/demo")
    headers = hub.calls[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"] == "nightswatch"
    assert headers["authorization"] == "token t0ken"
    assert "application/vnd.github" in headers["accept"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_github_answers_it_is_asked_again_later(
    client: GitHubClient, hub: Serving, fault: str
) -> None:
    for path in (HERE, f"{HERE}/issues/1/comments", f"{HERE}/commits/{'a' * 40}", "/graphql"):
        hub.set_fault(path, fault)
    with pytest.raises(Unavailable):
        await client.fetch_repository("octo/demo")
    with pytest.raises(Unavailable):
        await client.find_comments(WHERE, 1, "marker")
    with pytest.raises(Unavailable):
        await client.fetch_files(WHERE, "a" * 40)
    with pytest.raises(Unavailable):
        _ = [page async for page in client.fetch_line(WHERE, "main")]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_post_is_sent_once_whatever_happens(
    client: GitHubClient, hub: Serving, fault: str
) -> None:
    """Also on a connection that was used before, where HTTP clients like to try again."""
    hub.set_json(HERE, ROW)
    await client.fetch_repository("octo/demo")
    hub.set_fault(f"{HERE}/issues/1/comments", fault)
    with pytest.raises(Unavailable):
        await client.post_comment(WHERE, 1, "hello")
    assert hub.paths() == [HERE, f"{HERE}/issues/1/comments"]


async def test_a_github_that_is_away_is_unavailable(session: aiohttp.ClientSession) -> None:
    async with serve() as gone:
        client = GitHubClient(session, SwiftClock(), api_url=gone.url, token="t")
    with pytest.raises(Unavailable, match="does not answer"):
        await client.fetch_repository("octo/demo")
    assert client.last_contact is None
    assert "does not answer" in (client.last_error or "")


async def test_health_forgets_an_error_that_is_over(client: GitHubClient, hub: Serving) -> None:
    for fault in ("500", "broken JSON"):
        hub.set_fault(HERE, fault)
        with pytest.raises(Unavailable):
            await client.fetch_repository("octo/demo")
        assert client.last_error
        with pytest.raises(Refused):
            await client.fetch_repository("octo/other")
        assert client.last_error is None


async def test_our_token_is_shown_to_no_other_host(client: GitHubClient, hub: Serving) -> None:
    async with serve() as other:
        target = other.url + HERE
        hub.set_json(HERE, {}, 301, {"Location": target})
        with pytest.raises(Refused, match="another host"):
            await client.fetch_repository("octo/demo")
        link = {"Link": f'<{other.url}/next>; rel="next"'}
        hub.set_json(f"{HERE}/issues/1/comments", [make_comment(1)], headers=link)
        with pytest.raises(Refused, match="another host"):
            await client.find_comments(WHERE, 1, "x")
        assert other.calls == []


async def test_a_circle_of_redirects_ends(client: GitHubClient, hub: Serving) -> None:
    hub.set_json(HERE, {}, 301, {"Location": hub.url + HERE})
    with pytest.raises(Refused):
        await client.fetch_repository("octo/demo")
    assert len(hub.calls) == 3


async def test_a_token_that_is_not_accepted_loses_nothing(
    client: GitHubClient, hub: Serving
) -> None:
    """Whoever set the wrong token will set the right one; until then it must be seen, and wait."""
    hub.set_json(HERE, {"message": "Bad credentials"}, 401)
    with pytest.raises(Unavailable, match="credentials"):
        await client.fetch_repository("octo/demo")


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (403, "Unable to create comment because issue is locked.", "pull 1 of octo/demo is locked"),
        (403, "Repository was archived so is read-only.", "the repository of pull 1 of"),
        (403, "This installation has been suspended", "our installation is suspended"),
        (403, "Resource not accessible by integration", "no permission for pull 1 of octo/demo"),
        (403, "Blocked", "pull 1 of octo/demo: Blocked"),
        (404, "Not Found", "pull 1 of octo/demo is gone, or hidden from us"),
        (410, "Gone", "pull 1 of octo/demo is gone, or hidden from us"),
        (422, "Validation Failed", "pull 1 of octo/demo: Validation Failed"),
        (451, "Blocked by law", "pull 1 of octo/demo: Blocked by law"),
        (418, "", "pull 1 of octo/demo: GitHub answers 418"),
    ],
)
async def test_a_lasting_no_names_its_reason(
    client: GitHubClient, hub: Serving, status: int, message: str, reason: str
) -> None:
    hub.set_json(f"{HERE}/issues/1/comments", {"message": message}, status)
    with pytest.raises(Refused) as caught:
        await client.post_comment(WHERE, 1, "x")
    assert caught.value.reason.startswith(reason)
    assert caught.value.status == status


async def test_only_a_deleted_comment_counts_as_deleted(client: GitHubClient, hub: Serving) -> None:
    """A comment that we may not touch stands all the same."""
    hub.set_json(f"{HERE}/issues/comments/5", {"message": "Blocked"}, 403)
    with pytest.raises(Refused, match="comment 5 of octo/demo: Blocked"):
        await client.fetch_comment(WHERE, 5)
    with pytest.raises(Refused, match="comment 5 of octo/demo: Blocked"):
        await client.delete_comment(WHERE, 5)


async def test_a_missing_permission_is_named(client: GitHubClient, hub: Serving) -> None:
    """So that whoever installed us knows which box to tick."""
    headers = {"X-Accepted-GitHub-Permissions": "issues=write"}
    body = {"message": "Resource not accessible by integration"}
    hub.set_json(f"{HERE}/issues/1/comments", body, 403, headers)
    with pytest.raises(Refused, match="needed: issues=write"):
        await client.post_comment(WHERE, 1, "x")


@pytest.mark.parametrize("status", [408, 409, 500, 503])
async def test_a_passing_no_may_say_how_long(
    client: GitHubClient, hub: Serving, status: int
) -> None:
    hub.set_json(HERE, {}, status, {"Retry-After": "30"})
    with pytest.raises(Unavailable) as caught:
        await client.fetch_repository("octo/demo")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 30


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("NOT_FOUND", Refused), ("FORBIDDEN", Refused), ("INTERNAL", Unavailable), ("", Unavailable)],
)
async def test_errors_of_graphql(
    client: GitHubClient, hub: Serving, kind: str, expected: type[Exception]
) -> None:
    hub.set_json("/graphql", {"data": {}, "errors": [{"type": kind, "message": "no"}]})
    with pytest.raises(expected):
        _ = [page async for page in client.fetch_line(WHERE, "main")]


async def test_an_unchanged_answer_is_not_sent_again(hub: Serving, client: GitHubClient) -> None:
    """Conditional requests cost nothing of the limit."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304)
        return web.json_response(ROW, headers={"ETag": '"v1"'})

    hub.set(HERE, answer)
    assert await client.fetch_repository("octo/demo") == await client.fetch_repository("octo/demo")
    assert hub.calls[1].headers["if-none-match"] == '"v1"'


async def test_nobody_can_spoil_a_cached_answer(
    hub: Serving, session: aiohttp.ClientSession
) -> None:
    api = Api(session, SwiftClock(), api_url=hub.url)

    async def answer(request: web.Request) -> web.StreamResponse:
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return web.json_response({"labels": ["a"]}, headers={"ETag": '"v1"'})

    hub.set("/x", answer)
    for _ in range(3):
        found = await api.fetch("/x", "t")
        assert found == {"labels": ["a"]}
        found["labels"].append("spoilt")


async def test_comments_are_never_asked_for_conditionally(
    client: GitHubClient, hub: Serving
) -> None:
    path = f"{HERE}/issues/1/comments"
    hub.set_json(path, [make_comment(1, "marker")], headers={"ETag": '"v1"'})
    for _ in range(2):
        assert len(await client.find_comments(WHERE, 1, "marker")) == 1
    assert all("if-none-match" not in call.headers for call in hub.calls)


async def test_the_author_is_compared_as_github_does(client: GitHubClient, hub: Serving) -> None:
    rows = [make_comment(2, "m", "WATCHER"), make_comment(1, "m"), make_comment(3, "m", "watcher2")]
    hub.set_json(f"{HERE}/issues/1/comments", rows)
    found = await client.find_comments(WHERE, 1, "m")
    assert [comment.comment_id for comment in found] == [1, 2]


async def test_a_pull_with_endless_comments_is_refused(client: GitHubClient, hub: Serving) -> None:
    """Not to have found ours there must not mean to post another."""

    async def answer(request: web.Request) -> web.StreamResponse:
        rows = [make_comment(i) for i in range(1, 1001)]
        link = f'<{hub.url}{HERE}/issues/1/comments?page=2>; rel="next"'
        return web.json_response(rows, headers={"Link": link})

    hub.set(f"{HERE}/issues/1/comments", answer)
    with pytest.raises(Refused, match="too many comments"):
        await client.find_comments(WHERE, 1, "x")
    assert len(hub.calls) == 21


async def test_a_huge_commit_stops_at_three_thousand_files(
    client: GitHubClient, hub: Serving
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("page", "1"))
        files = [{"filename": f"{page:03}/{i:03}"} for i in range(300)]
        link = f'<{hub.url}{HERE}/commits/{"a" * 40}?page={page + 1}>; rel="next"'
        return web.json_response({"files": files}, headers={"Link": link})

    hub.set(f"{HERE}/commits/{'a' * 40}", answer)
    assert len(await client.fetch_files(WHERE, "a" * 40)) == 3000
    assert len(hub.calls) == 10


async def test_a_bomb_is_cut_off(client: GitHubClient, hub: Serving) -> None:
    """Forty kilobytes on the wire may be forty megabytes in memory."""

    async def answer(_: web.Request) -> web.StreamResponse:
        body = gzip.compress(b'"' + b"x" * 40_000_000 + b'"')
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=body, headers=headers)

    hub.set(HERE, answer)
    with pytest.raises(Refused, match="more than"):
        await client.fetch_repository("octo/demo")


# ---------------------------------------------------------------- as an App


def install(hub: Serving, *tokens: str) -> None:
    hub.set_json(f"{HERE}/installation", {"id": 77})
    left = list(tokens)

    async def grant(_: web.Request) -> web.StreamResponse:
        row = {"token": left.pop(0), "expires_at": "2099-01-01T00:00:00Z"}
        return web.json_response(row, status=201)

    hub.set("/app/installations/77/access_tokens", grant)


async def test_one_token_serves_all_repositories_of_an_owner(
    app: GitHubClient, hub: Serving
) -> None:
    install(hub, "only")
    hub.set_json("/repos/octo/other/installation", {"id": 77})
    for name in ("demo", "other", "Demo"):
        hub.set_json(f"/repos/octo/{name}", ROW)
        await app.fetch_repository(f"octo/{name}")
    assert hub.paths().count("/app/installations/77/access_tokens") == 1
    assert hub.paths().count(f"{HERE}/installation") == 1
    assert hub.calls[0].headers["authorization"].startswith("bearer ")
    assert hub.calls[2].headers["authorization"] == "token only"


async def test_a_token_is_tried_anew_once_and_not_for_ever(app: GitHubClient, hub: Serving) -> None:
    install(hub, "first", "second")
    hub.set_json(HERE, {"message": "Bad credentials"}, 401)
    with pytest.raises(Unavailable, match="credentials"):
        await app.fetch_repository("octo/demo")
    assert hub.paths().count(HERE) == 2


async def test_an_installation_that_was_made_anew_is_found(app: GitHubClient, hub: Serving) -> None:
    hub.set_json(f"{HERE}/installation", {"id": 76})
    with pytest.raises(Unavailable, match="installation on octo/demo is gone"):
        await app.fetch_repository("octo/demo")
    install(hub, "new")
    hub.set_json(HERE, ROW)
    assert (await app.fetch_repository("octo/demo")).repo_id == 7


async def test_a_suspended_installation_is_named(app: GitHubClient, hub: Serving) -> None:
    hub.set_json(f"{HERE}/installation", {"id": 77})
    body = {"message": "This installation has been suspended"}
    hub.set_json("/app/installations/77/access_tokens", body, 403)
    with pytest.raises(Refused, match="no token for octo/demo: This installation has been susp"):
        await app.fetch_repository("octo/demo")


async def test_a_missing_app_is_no_missing_comment(app: GitHubClient, hub: Serving) -> None:
    """A 404 that we took for its own would make us forget a comment that stands."""
    with pytest.raises(Refused, match="not installed on octo/demo"):
        await app.fetch_comment(WHERE, 5)
    with pytest.raises(Refused, match="not installed on octo/demo"):
        await app.delete_comment(WHERE, 5)
