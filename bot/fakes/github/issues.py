"""Issues of the small GitHub, and its search, whose index is another one and late.

Input: issues as people and we write them. Output: what REST answers of them. Pulls are issues, too,
and come in lists; the search sees what an issue was when it was last indexed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.fakes.github.auth import Caller, CallerKind
from bot.fakes.github.contents import ContentRoutes
from bot.fakes.github.middleware import STALE, read_json
from bot.fakes.github.repository import DemoIssue, DemoPull, DemoRepository
from bot.fakes.github.serializers import make_issue
from bot.fakes.http_server import ApiError, Json

_LONGEST_TITLE, _LONGEST_BODY, _LONGEST_QUERY = 256, 65_536, 256
_SEARCHES = 30  # a minute
_PARTS = re.compile(r'(-?)(\w+):"?([^"\s]+)"?|"([^"]*)"|(\S+)')
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class SearchIndex:
    """How the search misbehaves."""

    lag: timedelta = timedelta(0)
    is_incomplete: bool = False
    searches: list[datetime] = field(default_factory=list)


class IssueRoutes(ContentRoutes):
    """The endpoints."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.index = SearchIndex()
        self.drops_labels = False  # we have no right to give any

    async def _issues(self, request: web.Request, _caller: Caller) -> list[Json]:
        """https://docs.github.com/en/rest/issues/issues#list-repository-issues"""
        repository, query = self._find(request), request.query
        state, creator = query.get("state", "open"), query.get("creator", "").lower()
        labels = {x.lower() for x in query.get("labels", "").split(",") if x}
        found = [
            thing
            for thing in repository.list_issues()
            if state in ("all", thing.state)
            and creator in ("", thing.author.lower())
            and labels <= {label.lower() for label in thing.labels}
        ]
        if request.get(STALE, False):
            found = found[1:]
        return [make_issue(thing, repository, self._url(request)) for thing in found]

    async def _issue(self, request: web.Request, _caller: Caller) -> Json:
        repository = self._find(request)
        thing = self._find_thing(request, repository)
        return make_issue(thing, repository, self._url(request))

    def _find_thing(self, request: web.Request, repository: DemoRepository) -> DemoIssue | DemoPull:
        """An issue, or a pull, which is one, too; where it was moved to another repository, 301."""
        number = int(request.match_info["number"])
        issue = repository.issues.get(number)
        if issue is None:
            return self._find_pull(request, repository)
        if issue.moved_to is not None:
            there, moved = issue.moved_to
            rest = request.path.partition(f"/issues/{number}")[2]
            url = f"{self._url(request)}/repos/{there}/issues/{moved}{rest}"
            status = 301 if request.method == "GET" else 307
            raise ApiError(status, "Moved Permanently", {"Location": url})
        if issue.deleted:
            raise ApiError(410, "This issue was deleted")
        return issue

    async def _create_issue(self, request: web.Request, caller: Caller) -> Json:
        """https://docs.github.com/en/rest/issues/issues#create-an-issue"""
        repository = self._find(request)
        self._check_issues(caller)
        if not repository.has_issues:
            raise ApiError(410, "Issues are disabled for this repo")
        body = await read_json(request)
        title, text = body.get("title"), body.get("body") or ""
        if not isinstance(title, str) or not title.strip() or len(title) > _LONGEST_TITLE:
            raise ApiError(422, "Validation Failed: title is too long (maximum is 256 characters)")
        if len(text) > _LONGEST_BODY:
            raise ApiError(422, "Validation Failed: body is too long (maximum is 65536 characters)")
        labels = [] if self.drops_labels else [str(label) for label in body.get("labels", [])]
        issue = repository.open_issue(title, text, caller.login, self._clock(), labels)
        return make_issue(issue, repository, self._url(request))

    async def _edit_issue(self, request: web.Request, caller: Caller) -> Json:
        repository = self._find(request)
        issue = self._find_thing(request, repository)
        self._check_issues(caller)
        if not isinstance(issue, DemoIssue):
            raise ApiError(404, "Not Found")
        body = await read_json(request)
        issue.change(
            self._clock(),
            **{n: body[n] for n in ("title", "body", "state", "state_reason") if n in body},
        )
        return make_issue(issue, repository, self._url(request))

    def _check_issues(self, caller: Caller) -> None:
        if caller.kind is CallerKind.INSTALLATION and self.permissions.get("issues") != "write":
            needed = {"X-Accepted-GitHub-Permissions": "issues=write"}
            raise ApiError(403, "Resource not accessible by integration", needed)

    # ------------------------------------------------------------ search

    async def _search(self, request: web.Request, _caller: Caller) -> Json:
        """https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests"""
        self._count_search()
        query = request.query.get("q", "")
        qualifiers = {m[2].lower(): m[3] for m in _PARTS.finditer(query) if m[2]}
        phrases = [m[4] or m[5] for m in _PARTS.finditer(query) if not m[2]]
        if not query or len(" ".join(phrases)) > _LONGEST_QUERY or qualifiers.get("is") is None:
            raise ApiError(422, "Validation Failed")
        repository = self.find(qualifiers.get("repo", ""))
        if repository is None:
            raise ApiError(422, "Validation Failed: The listed repositories cannot be searched")
        indexed = self._clock() - self.index.lag
        found = [
            make_issue(issue, repository, self._url(request))
            for issue in repository.issues.values()
            if (text := issue.as_of(indexed, qualifiers.get("in", ""))) is not None
            and not issue.deleted
            and all(_has(text, phrase) for phrase in phrases)
        ]
        whole = not self.index.is_incomplete
        return {"total_count": len(found), "incomplete_results": not whole, "items": found[:100]}

    def _count_search(self) -> None:
        """Thirty in a minute, counted apart from all other calls."""
        now = self._clock()
        recent = [at for at in self.index.searches if now - at < timedelta(minutes=1)]
        reset = int((recent[0] if recent else now).timestamp()) + 60
        limits = {"X-RateLimit-Resource": "search", "X-RateLimit-Reset": str(reset)}
        if len(recent) >= _SEARCHES:
            raise ApiError(
                403, "API rate limit exceeded.", {**limits, "X-RateLimit-Remaining": "0"}
            )
        self.index.searches = [*recent, now]


def _has(text: str, phrase: str) -> bool:
    """Words as GitHub splits them, at hyphens and dots; those of a phrase follow each other."""
    words, wanted = _WORD.findall(text.lower()), _WORD.findall(phrase.lower())
    starts = range(len(words) - len(wanted) + 1)
    return any(words[n : n + len(wanted)] == wanted for n in starts)
