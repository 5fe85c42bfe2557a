"""The GraphQL front of the small GitHub: the fields that the project's client asks for.

Input: the body of `POST /graphql`. Output: data, or errors as GitHub gives them: with status 200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.fakes.github.git_graph import DemoCommit
from bot.fakes.github.repository import DemoComment, DemoPull, DemoRepository
from bot.fakes.github.serializers import make_time
from bot.fakes.graphql_engine import GraphQLError, Node, execute
from bot.fakes.http_server import Json

_MOST = 100  # GitHub's limit for `first`
Find = Callable[[str], DemoRepository | None]
FindComment = Callable[[str], DemoComment | None]
FindPull = Callable[[str], tuple[DemoRepository, DemoPull] | None]
_CLASSIFIERS = {"ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"}


@dataclass(frozen=True, slots=True)
class Site:
    """What a caller finds, as of now, and whether it may change what repositories hold."""

    find: Find
    find_comment: FindComment
    find_pull: FindPull
    login: str
    now: datetime
    may_write: bool


def answer_query(body: Json, site: Site) -> Json:
    """The whole answer; errors never spoil the status, as on GitHub."""
    root = Node(
        "Query",
        {
            "viewer": Node("User", {"login": site.login.removesuffix("[bot]")}),
            "rateLimit": Node("RateLimit", _rate_limit(site.now)),
            "repository": lambda **named: _find_repository(site.find, **named),
            "minimizeComment": lambda input: _minimize(  # noqa: A006 - GitHub's name for it
                site.find_comment, input, str(input.get("classifier"))
            ),
            "revertPullRequest": lambda input: _revert(  # noqa: A006 - GitHub's name for it
                site, input
            ),
            "unminimizeComment": lambda input: _minimize(  # noqa: A006 - GitHub's name for it
                site.find_comment, input, None
            ),
        },
    )
    try:
        return {"data": execute(str(body.get("query", "")), body.get("variables") or {}, root)}
    except GraphQLError as error:
        return _render_error(error)


def _minimize(find_comment: FindComment, asked: Json, classifier: str | None) -> Node:
    """https://docs.github.com/en/graphql/reference/mutations#minimizecomment"""
    comment = find_comment(str(asked.get("subjectId")))
    if comment is None:
        words = f"Could not resolve to a node with the global id of '{asked.get('subjectId')}'"
        raise GraphQLError(words, "NOT_FOUND")
    if classifier is not None and classifier not in _CLASSIFIERS:
        raise GraphQLError(f"'{classifier}' is no ReportedContentClassifiers", None)
    if comment.unfoldable:
        raise GraphQLError("Resource not accessible by integration", "FORBIDDEN")
    comment.minimized = classifier
    shown = Node("IssueComment", {"isMinimized": classifier is not None})
    return Node("Payload", {"minimizedComment": shown, "unminimizedComment": shown})


def _revert(site: Site, asked: Json) -> Node:
    """https://docs.github.com/en/graphql/reference/mutations#revertpullrequest"""
    found = site.find_pull(str(asked.get("pullRequestId")))
    if found is None:
        words = f"Could not resolve to a node with the global id of '{asked.get('pullRequestId')}'"
        raise GraphQLError(words, "NOT_FOUND")
    if not site.may_write:
        raise GraphQLError("Resource not accessible by integration", "FORBIDDEN")
    repository, pull = found
    if pull.merged_at is None:
        raise GraphQLError("Pull request must be merged to be reverted.", "UNPROCESSABLE")
    title = str(asked.get("title") or f'Revert "{pull.title}"')
    body = str(asked.get("body") or f"Reverts {repository.full_name}#{pull.number}")
    opened = repository.revert(pull, title, body, site.login, site.now)
    nodes = {"pullRequest": _pull(repository, pull), "revertPullRequest": _pull(repository, opened)}
    return Node("Payload", nodes)


def _render_error(error: GraphQLError) -> Json:
    told: Json = {"message": error.message, "locations": [{"line": 1, "column": 1}]}
    if error.kind is None:
        return {"errors": [{**told, "extensions": {"code": "undefinedField"}}]}
    return {"data": {"repository": None}, "errors": [{**told, "type": error.kind}]}


def _rate_limit(now: datetime) -> Mapping[str, Any]:
    return {"limit": 5000, "cost": 1, "remaining": 4999, "used": 1, "resetAt": make_time(now)}


def _find_repository(find: Find, owner: str, name: str, *, follow_renames: bool = True) -> Node:
    asked = f"{owner}/{name}"
    repository = find(asked)
    if repository is None or not (follow_renames or repository.full_name == asked):
        words = f"Could not resolve to a Repository with the name '{asked}'."
        raise GraphQLError(words, "NOT_FOUND")
    return _repository(repository)


def _repository(repository: DemoRepository) -> Node:
    default = repository.default_branch
    return Node(
        "Repository",
        {
            "databaseId": repository.repo_id,
            "id": f"R_{repository.repo_id}",
            "name": repository.name,
            "nameWithOwner": repository.full_name,
            "defaultBranchRef": _ref(repository, default),
            "ref": lambda qualified_name: _ref(repository, qualified_name),
            "object": lambda oid=None, expression=None: _object(repository, oid or expression),
            "pullRequest": lambda number: _find_pull(repository, number),
            "pullRequests": lambda first=None, after=None, order_by=None: _connect(
                [_pull(repository, p) for p in _newest_first(repository, order_by)],
                first,
                after,
                "pulls",
            ),
        },
    )


def _newest_first(repository: DemoRepository, order_by: Json | None) -> list[DemoPull]:
    if order_by != {"field": "CREATED_AT", "direction": "DESC"}:
        raise GraphQLError("This demo knows no other order of pulls")
    return sorted(repository.pulls.values(), key=lambda p: (p.created_at, p.number), reverse=True)


def _ref(repository: DemoRepository, name: str) -> Node | None:
    short = name.removeprefix("refs/heads/")
    if short not in repository.history.branches:
        return None
    return Node("Ref", {"name": short, "target": _object(repository, short)})


def _object(repository: DemoRepository, ref: str) -> Node | None:
    commit = repository.history.find(ref)
    return None if commit is None else _commit(repository, commit)


def _find_pull(repository: DemoRepository, number: int) -> Node:
    pull = repository.pulls.get(number)
    if pull is None or pull.deleted:
        words = f"Could not resolve to a PullRequest with the number of {number}."
        raise GraphQLError(words, "NOT_FOUND")
    return _pull(repository, pull)


def _commit(repository: DemoRepository, commit: DemoCommit) -> Node:
    person = Node(
        "GitActor",
        {"name": commit.author, "user": Node("User", {"login": commit.author})},
    )
    headline, _, rest = commit.message.partition("\n")
    return Node(
        "Commit",
        {
            "oid": commit.sha,
            "abbreviatedOid": commit.sha[:7],
            "message": commit.message,
            "messageHeadline": headline,
            "messageBody": rest.strip("\n"),
            "committedDate": make_time(commit.at),
            "authoredDate": make_time(commit.at),
            "author": person,
            "committer": person,
            "changedFilesIfAvailable": len(commit.files),
            "parents": lambda first=None, after=None: _connect(
                [_object(repository, sha) for sha in commit.parents], first, after, commit.sha
            ),
            "history": lambda first=None, after=None: _history(repository, commit, first, after),
            "associatedPullRequests": lambda first=None, after=None: _connect(
                [_pull(repository, p) for p in repository.pulls_of(commit.sha)],
                first,
                after,
                commit.sha,
            ),
        },
    )


def _history(
    repository: DemoRepository, tip: DemoCommit, first: int | None, after: str | None
) -> Node:
    """A cursor holds the tip it began at, so that a push in between moves nothing."""
    begun = (after or tip.sha).partition(" ")[0]
    if begun not in repository.history.commits:
        raise GraphQLError(f"`{after}` does not appear to be a valid cursor.", "INVALID_CURSOR")
    walked = repository.history.walk(begun)
    start = _start(after)
    page = [_commit(repository, commit) for commit in walked[start : start + (first or 0)]]
    return _make_connection(page, len(walked), start, first, begun)


def _connect(items: Sequence[Node | None], first: int | None, after: str | None, name: str) -> Node:
    start = _start(after)
    return _make_connection(
        list(items[start : start + (first or 0)]), len(items), start, first, name
    )


def _make_connection(page: list[Any], total: int, start: int, first: int | None, name: str) -> Node:
    end = start + len(page)
    info = {
        "hasNextPage": end < total,
        "hasPreviousPage": start > 0,
        "startCursor": f"{name} {start}" if page else None,
        "endCursor": f"{name} {end - 1}" if page else None,
    }
    fields = {
        "nodes": lambda: _need_first(first, page),
        "totalCount": total,
        "pageInfo": Node("PageInfo", info),
    }
    return Node("Connection", fields)


def _need_first(first: int | None, page: list[Any]) -> list[Any]:
    """A count may be asked without `first`; nodes may not."""
    if first is None:
        words = "You must provide a `first` or `last` value to properly paginate the connection."
        raise GraphQLError(words, "MISSING_PAGINATION_BOUNDARIES")
    if not 0 < first <= _MOST:
        words = f"Requesting {first} records exceeds the `first` limit of {_MOST} records."
        raise GraphQLError(words, "EXCESSIVE_PAGINATION")
    return page


def _start(after: str | None) -> int:
    number = (after or "").rpartition(" ")[2]
    return int(number) + 1 if number.isdecimal() else 0


def _pull(repository: DemoRepository, pull: DemoPull) -> Node:
    kind = "Bot" if pull.author.endswith("[bot]") else "User"
    author = Node(kind, {"login": pull.author.removesuffix("[bot]")})
    merge = None if pull.merge_sha is None else _object(repository, pull.merge_sha)
    state = "MERGED" if pull.merged_at else pull.state.upper()
    return Node(
        "PullRequest",
        {
            "id": f"PR_{pull.pull_id}",
            "databaseId": pull.pull_id,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "state": state,
            "merged": pull.merged_at is not None,
            "mergedAt": make_time(pull.merged_at),
            "mergeCommit": merge,
            "baseRefName": pull.base,
            "headRefName": pull.branch,
            "headRefOid": pull.commits[-1],
            "locked": pull.locked,
            "author": author,
            "baseRepository": lambda: _repository(repository),
            "repository": lambda: _repository(repository),
            "commits": lambda first=None, after=None: _connect(
                [
                    Node("PullRequestCommit", {"commit": _object(repository, sha)})
                    for sha in pull.commits
                ],
                first,
                after,
                pull.branch,
            ),
            "labels": lambda first=None, after=None: _connect(
                [Node("Label", {"name": name}) for name in pull.labels], first, after, pull.branch
            ),
        },
    )
