"""Asking the small GitHub over HTTP, as a client does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

import aiohttp

from bot.fakes.github.server import FakeGitHub

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


async def call(
    gh: FakeGitHub,
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


async def ask(gh: FakeGitHub, query: str, **variables: Any) -> Any:
    return await call(gh, "POST", "/graphql", 200, json={"query": query, "variables": variables})


async def load_line(gh: FakeGitHub, at: str = "refs/heads/main", page: int = 100) -> list[Any]:
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
