"""Pulls that take others back: opened by GitHub itself, for people to merge.

In: a merged pull, and words. Out: the number of the pull that reverts it. Nothing is merged.
"""

from bot.clients.github.api import parse_answer
from bot.clients.github.graphql_queries import PULL_ID, RECENT_PULLS, REVERT, name_variables
from bot.clients.github.repository_calls import RepositoryCalls
from bot.core.model import Repository
from bot.core.payloads.repository_contents import (
    parse_node_id,
    parse_recent_pulls,
    parse_revert,
)


class Reverts:
    """Implements `ports.Reverts`."""

    def __init__(self, calls: RepositoryCalls) -> None:
        self._calls = calls

    async def find_revert(self, repository: Repository, marker: str, author: str) -> int | None:
        """Ours with this marker, among the hundred pulls that were opened last."""
        what = f"the pulls of {repository.full_name}"
        variables = name_variables(repository)
        answer = await self._calls.query(repository, what, RECENT_PULLS, variables)
        for pull in parse_answer(parse_recent_pulls, answer):
            if marker in pull.body and (pull.author or "").lower() == author.lower():
                return pull.number
        return None

    async def open_revert(self, repository: Repository, number: int, title: str, body: str) -> int:
        """A pull that reverts a merged one; sent once: an answer that is lost may have landed."""
        what = f"a revert of pull {number} of {repository.full_name}"
        variables = {**name_variables(repository), "number": number}
        node_id = parse_answer(
            parse_node_id, await self._calls.query(repository, what, PULL_ID, variables)
        )
        wanted = {"id": node_id, "title": title, "body": body}
        return parse_answer(
            parse_revert, await self._calls.mutate(repository, what, REVERT, wanted)
        )
