"""The small GitHub behaves as GitHub does where the road leans on it."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.demo.github import DemoGitHub
from bot.demo.github_auth import make_app_key

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLAIN = {"Authorization": "Bearer demo-token"}
HISTORY = """
query ($owner: String!, $name: String!, $at: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(expression: $at) { ... on Commit { oid history(first: FIRST, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        oid message committedDate author { user { login } }
        parents(first: 1) { totalCount nodes { oid } }
        associatedPullRequests(first: 5) {
          nodes { number merged baseRefName mergeCommit { oid } commits { totalCount } }
        }
      }
    } } }
  }
}
"""


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture(scope="module")
def app_key() -> str:
    return make_app_key()


@pytest.fixture
async def gh(app_key: str) -> AsyncIterator[DemoGitHub]:
    github = DemoGitHub(Clock(), app_key=app_key)
    github.create_repository("octo-org/demo", branches=("3.13",))
    await github.start()
    yield github
    await github.stop()


async def call(
    gh: DemoGitHub,
    method: str,
    path: str,
    status: int,
    *,
    headers: Mapping[str, str] = PLAIN,
    json: Any = None,
    follow: bool = True,
) -> Any:
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, gh.url + path, allow_redirects=follow, json=json) as answer,
    ):
        text = await answer.text()
        assert answer.status == status, text
        return loads(text) if text.startswith(("{", "[")) else text


async def ask(gh: DemoGitHub, query: str, **variables: Any) -> Any:
    return await call(gh, "POST", "/graphql", 200, json={"query": query, "variables": variables})


async def load_line(gh: DemoGitHub, at: str = "refs/heads/main", page: int = 100) -> list[Any]:
    """All commits as the client reads them, page by page."""
    nodes: list[Any] = []
    after = None
    while True:
        query = HISTORY.replace("FIRST", str(page))
        answer = await ask(gh, query, owner="octo-org", name="demo", at=at, after=after)
        history = answer["data"]["repository"]["object"]["history"]
        nodes += history["nodes"]
        after = history["pageInfo"]["endCursor"]
        if not history["pageInfo"]["hasNextPage"]:
            return nodes


# ---------------------------------------------------------------- merging


async def test_a_squash_is_one_commit_of_its_pull(gh: DemoGitHub) -> None:
    """The usual way: GitHub names the pull, and its merge commit is the commit."""
    sha = await gh.merge(101, "Break ssl", files=("Lib/ssl.py",), commits=3)
    tip = (await load_line(gh))[0]
    assert tip["oid"] == sha
    assert tip["message"] == "Break ssl (#101)"
    assert tip["associatedPullRequests"]["nodes"] == [
        {
            "number": 101,
            "merged": True,
            "baseRefName": "main",
            "mergeCommit": {"oid": sha},
            "commits": {"totalCount": 3},
        }
    ]
    commit = await call(gh, "GET", f"/repos/octo-org/demo/commits/{sha[:7]}", 200)
    assert [f["filename"] for f in commit["files"]] == ["Lib/ssl.py"]


async def test_a_rebase_puts_every_commit_on_the_line(gh: DemoGitHub) -> None:
    """All of them belong to the pull; only the last is called its merge commit."""
    sha = await gh.merge(102, "Three steps", method="rebase", commits=3)
    line = await load_line(gh)
    assert [node["oid"] for node in line[:3]] == list(reversed(gh.landed(102)))
    merges = [n["associatedPullRequests"]["nodes"][0]["mergeCommit"]["oid"] for n in line[:3]]
    assert merges == [sha] * 3


async def test_a_merge_commit_brings_commits_that_are_not_on_the_line(gh: DemoGitHub) -> None:
    """`history` lists all ancestors: who takes them for the line blames the wrong ones."""
    before = gh.repository().tip("main")
    gh.open_pull(103, "Side work", commits=2)
    await gh.merge(104, "Meanwhile")
    sha = await gh.merge(103, method="merge")
    nodes = {node["oid"]: node for node in await load_line(gh)}
    assert nodes[sha]["parents"]["totalCount"] == 2
    assert nodes[sha]["parents"]["nodes"] == [{"oid": gh.landed(104)[0]}]
    side = set(nodes) - {sha, gh.landed(104)[0], before}
    assert len(side) == 2
    line = gh.repository().history.first_parents(sha)
    assert side.isdisjoint(commit.sha for commit in line)


async def test_direct_and_forced_pushes_belong_to_no_pull(gh: DemoGitHub) -> None:
    """And a forced one makes commits vanish from the branch."""
    base = gh.repository().tip("main")
    lost = await gh.push_direct("One", "Two")
    assert [n["associatedPullRequests"]["nodes"] for n in await load_line(gh)] == [[], [], []]
    tip = await gh.force_push(base, "Other")
    shas = [node["oid"] for node in await load_line(gh)]
    assert shas == [tip, base]
    assert lost not in shas


async def test_a_release_branch_has_its_own_pulls(gh: DemoGitHub) -> None:
    """A backport is merged into its own base and leaves main alone."""
    main = gh.repository().tip("main")
    sha = await gh.merge(105, "Backport", branch="3.13")
    tip = (await load_line(gh, "refs/heads/3.13"))[0]
    assert tip["oid"] == sha
    assert tip["associatedPullRequests"]["nodes"][0]["baseRefName"] == "3.13"
    assert gh.repository().tip("main") == main


# ---------------------------------------------------------------- GraphQL


async def test_pages_fit_together_while_the_branch_moves(gh: DemoGitHub) -> None:
    """A cursor keeps the tip that it began at: no commit is skipped or seen twice."""
    await gh.push_direct(*(f"c{i}" for i in range(7)))
    query = HISTORY.replace("FIRST", "3")
    first = await ask(gh, query, owner="octo-org", name="demo", at="refs/heads/main", after=None)
    page = first["data"]["repository"]["object"]["history"]
    await gh.merge(106)
    after = page["pageInfo"]["endCursor"]
    second = await ask(gh, query, owner="octo-org", name="demo", at="refs/heads/main", after=after)
    titles = [n["message"] for n in second["data"]["repository"]["object"]["history"]["nodes"]]
    assert titles == ["c3", "c2", "c1"]
    assert len(await load_line(gh, page=3)) == 9


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ viewer { shoeSize } }", "Field 'shoeSize' doesn't exist on type 'User'"),
        ("{ viewer }", "must have selections"),
        ("{ viewer { login }", "unexpected end"),
        ("{ viewer { login } } %", "Parse error"),
        ('{ repository(owner: "no", name: "body") { id } }', "Could not resolve to a Repository"),
        ("query { repository(owner: 1) { id } }", "wrong arguments"),
        (
            """{ repository(owner: "octo-org", name: "demo") { object(expression: "main") {
              ... on Commit { history { nodes { oid } } } } } }""",
            "You must provide a `first`",
        ),
    ],
)
async def test_wrong_queries_are_answered_with_200_and_an_error(
    gh: DemoGitHub, query: str, words: str
) -> None:
    """Nobody may take such an answer for data."""
    answer = await ask(gh, query)
    assert words in answer["errors"][0]["message"]


async def test_aliases_fragments_and_order_are_understood(gh: DemoGitHub) -> None:
    """The client may word its query as it likes."""
    answer = await ask(
        gh,
        """query Q($n: Int = 107) { r: repository(name: "demo", owner: "octo-org") {
          __typename defaultBranchRef { name target { ... on Commit { oid } ... on Tag { x } } } } }
        """,
    )
    ref = {"name": "main", "target": {"oid": gh.repository().tip("main")}}
    assert answer == {"data": {"r": {"__typename": "Repository", "defaultBranchRef": ref}}}


# ---------------------------------------------------------------- comments


async def test_comments_are_made_edited_listed_and_deleted(gh: DemoGitHub) -> None:
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


async def test_lists_come_in_pages_with_links(gh: DemoGitHub) -> None:
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


async def test_files_of_a_huge_commit_come_in_pages(gh: DemoGitHub) -> None:
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


async def test_a_stale_list_hides_the_newest_comment_once(gh: DemoGitHub) -> None:
    """Who posts again because a list hid the first post makes a twin."""
    await gh.merge(101)
    await gh.comment(101, "hidden")
    gh.fail_next("stale", op="comments")
    assert await call(gh, "GET", "/repos/octo-org/demo/issues/101/comments", 200) == []
    assert len(await call(gh, "GET", "/repos/octo-org/demo/issues/101/comments", 200)) == 1


async def test_pulls_that_take_no_comment(gh: DemoGitHub) -> None:
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


# ---------------------------------------------------------------- who may


def make_jwt(key: str, **claims: Any) -> dict[str, str]:
    now = int(NOON.timestamp())
    payload = {"iat": now - 60, "exp": now + 540, "iss": "1"} | claims
    return {"Authorization": f"Bearer {jwt.encode(payload, key, algorithm='RS256')}"}


async def test_the_app_gets_a_token_and_speaks_as_a_bot(gh: DemoGitHub, app_key: str) -> None:
    """JWT, installation, token, comment: the way of a GitHub App."""
    await gh.merge(101)
    as_app = make_jwt(app_key)
    assert (await call(gh, "GET", "/app", 200, headers=as_app))["slug"] == "nightswatch"
    found = await call(gh, "GET", "/repos/octo-org/demo/installation", 200, headers=as_app)
    path = f"/app/installations/{found['id']}/access_tokens"
    token = (await call(gh, "POST", path, 201, headers=as_app))["token"]
    as_bot = {"Authorization": f"token {token}"}
    where = "/repos/octo-org/demo/issues/101/comments"
    said = await call(gh, "POST", where, 201, json={"body": "hello"}, headers=as_bot)
    assert said["user"]["login"] == "nightswatch[bot]"
    await call(gh, "GET", "/user", 403, headers=as_bot)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic demo-token"}],
)
async def test_strangers_are_refused(gh: DemoGitHub, headers: dict[str, str]) -> None:
    """No credentials, wrong ones, the wrong scheme."""
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=headers)


async def test_bad_jwts_are_refused(gh: DemoGitHub, app_key: str) -> None:
    """Another key, another App, too long a life; and a JWT is no good for repositories."""
    await call(gh, "GET", "/app", 401, headers=make_jwt(make_app_key()))
    await call(gh, "GET", "/app", 401, headers=make_jwt(app_key, iss="2"))
    await call(gh, "GET", "/app", 401, headers=make_jwt(app_key, exp=int(NOON.timestamp()) + 9999))
    await call(gh, "GET", "/app", 401)
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=make_jwt(app_key))


async def test_tokens_end(gh: DemoGitHub) -> None:
    """After an hour, or when a fault takes them."""
    token, end = gh.door.grant("octo-org")
    as_bot = {"Authorization": f"Bearer {token}"}
    await call(gh, "GET", "/repos/octo-org/demo", 200, headers=as_bot)
    gh.fail_next("token_expired")
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=as_bot)
    token, end = gh.door.grant("octo-org")
    gh._clock.time = end  # type: ignore[attr-defined]  # our own clock
    as_bot = {"Authorization": f"Bearer {token}"}
    await call(gh, "GET", "/repos/octo-org/demo", 401, headers=as_bot)


async def test_a_repository_without_the_app_is_not_found(gh: DemoGitHub, app_key: str) -> None:
    """Until it is put back."""
    await gh.uninstall()
    where = "/repos/octo-org/demo/installation"
    await call(gh, "GET", where, 404, headers=make_jwt(app_key))
    await gh.install()
    await call(gh, "GET", where, 200, headers=make_jwt(app_key))


async def test_renamed_repositories_redirect_by_number(gh: DemoGitHub) -> None:
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


# ---------------------------------------------------------------- limits and faults


async def test_etags_save_answers_and_limits(gh: DemoGitHub) -> None:
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


async def test_limits_are_worded_as_github_words_them(gh: DemoGitHub) -> None:
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
    gh: DemoGitHub, kind: str, stands: int
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


# ---------------------------------------------------------------- webhooks


async def test_webhooks_are_signed_and_tell_what_happened(gh: DemoGitHub) -> None:
    """A merge is a closed pull and a push, each with a GUID of its own and both signatures."""
    seen: list[tuple[str, str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        digest = hmac.new(b"demo-secret", body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={digest}"
        guid, event = request.headers["X-GitHub-Delivery"], request.headers["X-GitHub-Event"]
        seen.append((guid, event, loads(body)))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/github", handle)
    server = TestServer(app)
    await server.start_server()
    gh.hook_url = str(server.make_url("/github"))
    before = gh.repository().tip("main")
    sha = await gh.merge(101, "Break ssl")
    await gh.ping()
    await gh.hooks.repeat(0)
    await call(gh, "POST", "/repos/octo-org/demo/issues/101/comments", 201, json={"body": "hi"})
    await gh.hooks.settle()
    await gh.uninstall()
    await server.close()

    assert [event for _, event, _ in seen] == [
        "pull_request",
        "push",
        "ping",
        "pull_request",
        "issue_comment",
        "installation",
    ]
    assert seen[0][0] == seen[3][0], "a redelivery keeps its GUID"
    assert len({guid for guid, _, _ in seen}) == 5
    pull, push = seen[0][2], seen[1][2]
    assert (pull["action"], pull["pull_request"]["merged"]) == ("closed", True)
    assert pull["pull_request"]["merge_commit_sha"] == sha
    assert pull["repository"]["id"] == gh.repository().repo_id
    assert (push["ref"], push["before"], push["after"]) == ("refs/heads/main", before, sha)
    assert (seen[4][2]["action"], seen[4][2]["comment"]["body"]) == ("created", "hi")


@pytest.mark.parametrize(
    ("kind", "status", "stands"),
    [("503", 503, 0), ("bad_credentials", 401, 0), ("commit_then_status", 500, 1)],
)
async def test_refusals_tell_nothing_of_what_was_done(
    gh: DemoGitHub, kind: str, status: int, stands: int
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


async def test_a_slow_answer_is_whole_in_the_end(gh: DemoGitHub) -> None:
    """A proxy that stalls: half at once, half later."""
    gh.fail_next("slow_body", op="repository", seconds=0.05)
    where = f"{gh.url}/repos/octo-org/demo"
    async with aiohttp.ClientSession(headers=PLAIN) as session, session.get(where) as answer:
        assert (await answer.json())["full_name"] == "octo-org/demo"
    assert gh.arrived["repository"] == 1


async def test_comments_of_a_whole_repository_since_a_moment(gh: DemoGitHub) -> None:
    """Oldest change first, as GitHub lists them."""
    await gh.merge(101)
    said = await gh.comment(101, "one")
    where = f"{gh.url}/repos/octo-org/demo/issues/comments?since="
    async with aiohttp.ClientSession(headers=PLAIN) as session:
        async with session.get(f"{where}2020-01-01T00:00:00Z") as answer:
            assert [c["id"] for c in await answer.json()] == [said.comment_id]
        async with session.get(f"{where}2099-01-01T00:00:00Z") as answer:
            assert await answer.json() == []
