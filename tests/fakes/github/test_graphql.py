"""The small GitHub answers GraphQL as GitHub does, its errors too."""

import pytest

from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import HISTORY, ask, load_line


async def test_pages_fit_together_while_the_branch_moves(gh: FakeGitHub) -> None:
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
    gh: FakeGitHub, query: str, words: str
) -> None:
    """Nobody may take such an answer for data."""
    answer = await ask(gh, query)
    assert words in answer["errors"][0]["message"]


async def test_aliases_fragments_and_order_are_understood(gh: FakeGitHub) -> None:
    """The client may word its query as it likes."""
    answer = await ask(
        gh,
        """query Q($n: Int = 107) { r: repository(name: "demo", owner: "octo-org") {
          __typename defaultBranchRef { name target { ... on Commit { oid } ... on Tag { x } } } } }
        """,
    )
    ref = {"name": "main", "target": {"oid": gh.repository().tip("main")}}
    assert answer == {"data": {"r": {"__typename": "Repository", "defaultBranchRef": ref}}}
