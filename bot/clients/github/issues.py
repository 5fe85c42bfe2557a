"""Issues of a repository, on GitHub.

In: a repository's name, words, text. Out: issues; or `Unavailable` or `Refused` as all calls.
"""

from collections.abc import Collection
from urllib.parse import urlencode

from bot.clients.github.api import Api, parse_answer
from bot.clients.github.paths import make_repository_path
from bot.clients.github.repository_calls import RepositoryCalls
from bot.core.errors import Refused
from bot.core.model import Repository
from bot.core.model.tracker import Issue, IssueState
from bot.core.payloads.issues import (
    SearchAnswer,
    parse_issue,
    parse_issue_or_pull,
    parse_issues,
    parse_search,
)
from bot.core.tracker.causes import find_markers

# Of issues with one label; who has more has other ways to find one.
_MOST_LABELLED = 1000
# Of our own: at five a day those of four years.
_MOST_OWN = 10_000
_FOUND = 30

# GitHub takes 256 characters besides qualifiers; whatever counts, this is less.
_LONGEST_QUERY = 240


class Issues:
    """Implements `ports.Issues`."""

    def __init__(self, api: Api, calls: RepositoryCalls) -> None:
        self._api = api
        self._calls = calls

    async def fetch_issue(self, repository: str, number: int) -> Issue | None:
        """As it is now; a redirect leads to where it was moved. None: there is none, or a pull."""
        what = f"issue {number} of {repository}"
        try:
            return await self._calls.read(
                repository, what, f"/issues/{number}", parse_issue_or_pull
            )
        except Refused as refused:
            if refused.status in {404, 410}:
                return None
            raise

    async def find_own_issue(self, repository: str, marker: str, author: str) -> Issue | None:
        """Ours with this marker, the oldest, whatever became of it; never served from a cache."""
        path = f"/issues?{urlencode({'state': 'all', 'creator': author, 'per_page': 100})}"
        rows = await self._calls.read_all(
            _name(repository), f"issues of {repository}", path, _MOST_OWN
        )
        issues = parse_answer(parse_issues, rows)
        ours = (
            i
            for i in issues
            if i.author.lower() == author.lower() and marker in find_markers(i.body)
        )
        return min(ours, key=lambda issue: issue.number, default=None)

    async def list_labelled(self, repository: str, label: str) -> tuple[Issue, ...]:
        """The open issues with a label, newest first."""
        path = f"/issues?{urlencode({'state': 'open', 'labels': label, 'per_page': 100})}"
        what = f"issues of {repository}"
        rows = await self._calls.read_all(_name(repository), what, path, _MOST_LABELLED)
        return parse_answer(parse_issues, rows)

    async def search_issues(self, repository: str, query: str) -> SearchAnswer:
        """Open and closed ones; of one repository, and no pulls."""
        make_repository_path(repository)  # so that the name holds no qualifier
        q = f"repo:{repository} is:issue {query}"[:_LONGEST_QUERY]
        url = f"/search/issues?{urlencode({'q': q, 'per_page': _FOUND})}"
        what = f"a search of {repository}"
        answer = await self._calls.make(repository, what, lambda token: self._api.fetch(url, token))
        return parse_answer(parse_search, answer)

    async def create_issue(
        self, repository: str, title: str, body: str, labels: Collection[str]
    ) -> Issue:
        """A new one; its labels are those that GitHub gave it: without rights it drops them."""
        data = {"title": title, "body": body, "labels": sorted(labels)}
        what = f"an issue of {repository}"
        answer = await self._calls.write(_name(repository), what, "POST", "/issues", data)
        return parse_answer(parse_issue, answer)

    async def close_issue(self, repository: str, number: int) -> Issue:
        """As completed; one that is closed already stays as it is."""
        what, path = f"issue {number} of {repository}", f"/issues/{number}"
        data = {"state": IssueState.CLOSED.value, "state_reason": "completed"}
        return parse_answer(
            parse_issue, await self._calls.write(_name(repository), what, "PATCH", path, data)
        )


def _name(full_name: str) -> Repository:
    """What calls about a repository take; by its name alone, for we may not watch it."""
    return Repository(0, full_name)
