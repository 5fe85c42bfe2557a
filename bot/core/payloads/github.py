"""GitHub's JSON → our nouns.

Input: the body of a webhook, or an answer of the REST or GraphQL API. Output: repositories, pulls,
comments, commits and events, or `Malformed` naming the field.
Source: https://docs.github.com/en/rest and https://docs.github.com/en/webhooks
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.core.errors import Malformed
from bot.core.model import Comment, Commit, Pull, Repository
from bot.core.model.addresses import find_full_name
from bot.core.payloads.fields import Field
from bot.core.payloads.repository_contents import parse_actor

_TITLE = 1000  # GitHub's own titles end at 256
_MESSAGE = 65_536  # of a commit message we need its first line and "This reverts commit"
_BODY = 300_000  # GitHub takes 65,536 characters; we only ever look for ours in it
_GHOST = "ghost"  # what GitHub calls somebody whose account is gone

_PULL_PAGE = re.compile(r"/pull/([0-9]{1,15})#")
_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{40})\b")

# ---------------------------------------------------------------- webhooks


class PullEvent(NamedTuple):
    """A `pull_request` delivery: which pull to look at."""

    repository: Repository
    number: int
    merged: bool
    base: str


class PushEvent(NamedTuple):
    """A `push` delivery: which branch moved."""

    repository: Repository
    branch: str | None  # None: a tag
    before: str  # forty zeros: the branch is new
    after: str  # forty zeros: the branch is gone
    forced: bool


def parse_pull_event(json: object) -> PullEvent:
    """The body of a `pull_request` webhook."""
    event = Field(json, "event")
    pull = event["pull_request"]
    return PullEvent(
        repository=_parse_repository(event["repository"]),
        number=pull["number"].integer(1),
        merged=pull["merged"].flag(),
        base=pull["base"]["ref"].name(),
    )


def parse_push_event(json: object) -> PushEvent:
    """The body of a `push` webhook."""
    event = Field(json, "event")
    ref = event["ref"].name()
    return PushEvent(
        repository=_parse_repository(event["repository"]),
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        before=event["before"].sha(),
        after=event["after"].sha(),
        forced=event["forced"].flag(),
    )


# ---------------------------------------------------------------- REST


class ListedComment(NamedTuple):
    """A comment as the list of a whole repository has it; times are GitHub's."""

    number: int
    comment: Comment
    created_at: datetime
    updated_at: datetime


class InstallationToken(NamedTuple):
    """A token of an App's installation, and when it ends."""

    token: str
    expires_at: datetime


def parse_repository(json: object) -> Repository:
    """A repository by its numeric id."""
    return _parse_repository(Field(json, "repository"))


def _parse_repository(repository: Field) -> Repository:
    full_name = find_full_name(repository["full_name"].name())
    if full_name is None:
        raise repository["full_name"].malformed("owner/name")
    return Repository(
        repo_id=repository["id"].integer(1),
        full_name=full_name,
        default_branch=repository["default_branch"].name_or_none() or "main",
        private=None if repository["private"].is_null else repository["private"].flag(),
    )


def parse_comment(json: object) -> Comment:
    """A comment on a pull."""
    comment = Field(json, "comment")
    body = comment["body"]
    return Comment(
        comment_id=comment["id"].integer(1),
        author=_GHOST if comment["user"].is_null else comment["user"]["login"].name(),
        body="" if body.is_null else body.prose(_BODY),
        node_id=comment["node_id"].name_or_none() or "",
        number=_find_number(comment),
        created_at=None if comment["created_at"].is_null else comment["created_at"].moment(),
    )


def _find_number(comment: Field) -> int | None:
    place = _PULL_PAGE.search(comment["html_url"].name_or_none() or "")
    return int(place[1]) if place else None


def parse_listed_comment(json: object) -> ListedComment | None:
    """One of a repository's comments; None on what is no pull."""
    row = Field(json, "comment")
    place = _PULL_PAGE.search(row["html_url"].name())
    if place is None:
        return None
    created_at, updated_at = row["created_at"].moment(), row["updated_at"].moment()
    return ListedComment(int(place[1]), parse_comment(json), created_at, updated_at)


def parse_files(json: object) -> tuple[str, ...]:
    """The paths that an element of a commit's `files` touched: two where it was renamed."""
    file = Field(json, "file")
    names = (file["previous_filename"].name_or_none(), file["filename"].name())
    return tuple(name for name in names if name)


def parse_installation(json: object) -> int:
    """The id of an installation."""
    return Field(json, "installation")["id"].integer(1)


def parse_installation_token(json: object) -> InstallationToken:
    """A new token of an installation."""
    token = Field(json, "token")
    return InstallationToken(token["token"].name(), token["expires_at"].moment())


def parse_app_login(json: object) -> str:
    """The login under which an App writes."""
    return Field(json, "app")["slug"].name() + "[bot]"


def parse_user_login(json: object) -> str:
    """The login of a user."""
    return Field(json, "user")["login"].name()


def parse_refusal(json: object) -> str:
    """Why GitHub refused, in its own words; empty where it gave no reason that we can read."""
    refusal = Field(json, "refusal")
    try:
        words = [refusal["message"].prose(_TITLE)]
        if not refusal["errors"].is_null:
            words += [_parse_reason(error) for error in refusal["errors"].items(20)]
    except Malformed:
        return ""
    return "; ".join(word for word in words if word)


def _parse_reason(error: Field) -> str:
    """An element of `errors` of a 422: a sentence, or an object with or without one."""
    if isinstance(error.value, dict):
        error = error["message"]
    return error.prose(_TITLE) if isinstance(error.value, str) else ""


# ---------------------------------------------------------------- GraphQL


class GraphQLError(NamedTuple):
    """One of the errors of a GraphQL answer, which may stand beside data."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class AssociatedPull:
    """A pull that GitHub associates with a commit, for whatever reason."""

    number: int
    merged: bool
    base: str
    merge_sha: str | None
    commits: int


@dataclass(frozen=True, slots=True)
class LineCommit:
    """A commit of a branch's history with what is needed to verify its pull."""

    commit: Commit  # its `pull` is not decided yet
    is_merge: bool
    pulls: tuple[AssociatedPull, ...]


@dataclass(frozen=True, slots=True)
class CommitPage:
    """Some of the ancestors of `tip`, on and off its first-parent line."""

    tip: str
    commits: tuple[LineCommit, ...]
    next: str | None  # the cursor of the next page; None: this is the last


def parse_graphql_errors(json: object) -> tuple[GraphQLError, ...]:
    """The errors of a GraphQL answer; none where all went well."""
    errors = Field(json, "answer")["errors"]
    if errors.is_null:
        return ()
    return tuple(
        GraphQLError(error["type"].name_or_none() or "", error["message"].prose(_TITLE))
        for error in errors.items(1000)
    )


def parse_pull(json: object) -> Pull:
    """The answer to the query of a pull; one that is not merged has no merge commit."""
    repository = Field(json, "answer")["data"]["repository"]
    pull = repository["pullRequest"]
    merge = pull["mergeCommit"]
    return Pull(
        repo_id=repository["databaseId"].integer(1),
        number=pull["number"].integer(1),
        title=pull["title"].prose(_TITLE),
        author=parse_actor(pull["author"]),
        base=pull["baseRefName"].name(),
        merged=pull["merged"].flag(),
        merge_sha=None if merge.is_null else merge["oid"].sha(),
        locked=pull["locked"].flag(),
        labels=tuple(label["name"].name() for label in pull["labels"]["nodes"].items(100)),
        is_open=pull["state"].value == "OPEN",
        head_sha=None if pull["headRefOid"].is_null else pull["headRefOid"].sha(),
    )


def parse_fork_push(json: object) -> datetime | None:
    """When anybody last pushed to the fork that a pull of REST's comes from; None: to no fork."""
    pull = Field(json, "pull")
    fork, own = pull["head"]["repo"], pull["base"]["repo"]["id"].integer(1)
    if fork.is_null or fork["id"].integer(1) == own or fork["pushed_at"].is_null:
        return None
    return fork["pushed_at"].moment()


def parse_commit_page(json: object) -> CommitPage | None:
    """The answer to the history query; None where the branch does not exist."""
    tip = Field(json, "answer")["data"]["repository"]["object"]
    if tip.is_null:
        return None
    history = tip["history"]
    more = history["pageInfo"]["hasNextPage"].flag()
    return CommitPage(
        tip=tip["oid"].sha(),
        commits=tuple(map(_parse_commit, history["nodes"].items(100))),
        next=history["pageInfo"]["endCursor"].name() if more else None,
    )


def _parse_commit(node: Field) -> LineCommit:
    message = node["message"].prose(_MESSAGE)
    title, _, body = message.partition("\n")
    parents = node["parents"]["nodes"].items(1)
    reverts = _REVERTS.search(body)
    commit = Commit(
        sha=node["oid"].sha(),
        parent=parents[0]["oid"].sha() if parents else None,
        at=node["committedDate"].moment(),
        title=title[:_TITLE],
        author=_parse_author(node["author"]),
        pull=None,
        reverts=reverts[1] if reverts else None,
    )
    is_merge = node["parents"]["totalCount"].integer() > 1
    return LineCommit(commit, is_merge, _parse_associated(node["associatedPullRequests"]))


def _parse_author(author: Field) -> str | None:
    if author.is_null or author["user"].is_null:
        return None
    return author["user"]["login"].name_or_none()


def _parse_associated(connection: Field) -> tuple[AssociatedPull, ...]:
    """Of pulls that we may not see GitHub gives null."""
    if connection.is_null:
        return ()
    pulls = connection["nodes"].items(100)
    return tuple(_parse_associated_pull(pull) for pull in pulls if not pull.is_null)


def _parse_associated_pull(pull: Field) -> AssociatedPull:
    merge = pull["mergeCommit"]
    return AssociatedPull(
        number=pull["number"].integer(1),
        merged=pull["merged"].flag(),
        base=pull["baseRefName"].name(),
        merge_sha=None if merge.is_null else merge["oid"].sha(),
        commits=pull["commits"]["totalCount"].integer(),
    )
