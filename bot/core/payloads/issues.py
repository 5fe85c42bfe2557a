"""Issues: GitHub's JSON → `Issue`. Pulls, which lists mix in, are left out.

In: an issue, a list of them, or an answer of the search. Out: `Issue`s; or `Malformed` naming the
field. Source: https://docs.github.com/en/rest/issues/issues
"""

from typing import NamedTuple

from bot.core.model.addresses import find_full_name
from bot.core.model.tracker import Issue, IssueState
from bot.core.payloads.fields import Field

_TITLE, _BODY, _LABELS = 1_100, 70_000, 200
_GHOST = "ghost"


class SearchAnswer(NamedTuple):
    """What a search found, and whether it looked everywhere."""

    issues: tuple[Issue, ...]
    is_whole: bool


def parse_issue(json: object) -> Issue:
    """An issue as it was asked for, or made."""
    return _parse(Field(json, "issue"))


def parse_issue_or_pull(json: object) -> Issue | None:
    """What stands under a number, which issues and pulls share; None: a pull."""
    row = Field(json, "issue")
    return _parse(row) if row["pull_request"].is_null else None


def parse_issues(json: object) -> tuple[Issue, ...]:
    """Those of a list that are no pulls."""
    return _parse_list(Field(json, "issues"))


def parse_search(json: object) -> SearchAnswer:
    """The first page of what was found; `incomplete_results` comes with 200, too."""
    answer = Field(json, "search")
    return SearchAnswer(_parse_list(answer["items"]), not answer["incomplete_results"].flag())


def _parse_list(rows: Field) -> tuple[Issue, ...]:
    return tuple(_parse(row) for row in rows.items() if row["pull_request"].is_null)


def _parse(row: Field) -> Issue:
    body, reason = row["body"], row["state_reason"].name_or_none()
    closed = row["state"].name() == "closed"
    # Where an issue is, is told by what it belongs to: after a transfer that is another one.
    place = row["repository_url"].name().rstrip("/").split("/repos/")[-1]
    full_name = find_full_name(place)
    if full_name is None:
        raise row["repository_url"].malformed("a repository")
    return Issue(
        repository=full_name,
        number=row["number"].integer(1),
        title=row["title"].prose(_TITLE),
        body="" if body.is_null else body.prose(_BODY),
        author=_GHOST if row["user"].is_null else row["user"]["login"].name(),
        state=IssueState.CLOSED if closed else IssueState.OPEN,
        state_reason=reason or "",
        labels=_parse_labels(row["labels"]),
        closed_at=None if row["closed_at"].is_null else row["closed_at"].moment(),
    )


def _parse_labels(labels: Field) -> tuple[str, ...]:
    """Each is an object, or by older answers its name."""
    names = (x["name"] if isinstance(x.value, dict) else x for x in labels.items(_LABELS))
    return tuple(name.name() for name in names)
