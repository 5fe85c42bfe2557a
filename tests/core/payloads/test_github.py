"""GitHub's JSON becomes our nouns, or a clear complaint: never a crash, never a guess."""

from datetime import UTC, datetime

import pytest

from bot.core.errors import Malformed
from bot.core.model import Repository
from bot.core.payloads import (
    parse_comment,
    parse_commit_page,
    parse_files,
    parse_fork_push,
    parse_pull,
    parse_pull_event,
    parse_push_event,
    parse_refusal,
    parse_repository,
)
from tests.support.make_json import (
    OTHER,
    REPOSITORY,
    SHA,
    make_page,
    make_pull_event_json,
    make_pull_json,
)


def test_a_repository() -> None:
    assert parse_repository(REPOSITORY) == Repository(7, "octo/demo", "trunk")
    assert parse_repository(REPOSITORY | {"default_branch": None}).default_branch == "main"
    for name in ("demo", "octo/de mo", "octo/demo/../x", "", 5, "octo/dem\u00f6"):
        with pytest.raises(Malformed):
            parse_repository(REPOSITORY | {"full_name": name})


def test_a_pull_and_its_merge_commit() -> None:
    """A bot's name is the one that its comments carry: who may command is told by that."""
    pull = parse_pull(make_pull_json())
    assert (pull.repo_id, pull.merge_sha, pull.labels, pull.author) == (7, SHA, ("perf",), "alice")
    assert parse_pull(make_pull_json(merged=False, mergeCommit=None)).merge_sha is None
    assert parse_pull(make_pull_json(author=None)).author is None
    bot = {"__typename": "Bot", "login": "dependabot"}
    assert parse_pull(make_pull_json(author=bot)).author == "dependabot[bot]"


def test_a_pull_event() -> None:
    event = parse_pull_event(make_pull_event_json())
    assert event == (Repository(7, "octo/demo", "trunk"), 12, True, "main")


@pytest.mark.parametrize(
    ("ref", "branch"),
    [("refs/heads/main", "main"), ("refs/heads/a/b", "a/b"), ("refs/tags/v1", None)],
)
def test_a_push_event(ref: str, branch: str | None) -> None:
    event = {
        "repository": REPOSITORY,
        "ref": ref,
        "before": "0" * 40,
        "after": SHA,
        "forced": True,
    }
    assert parse_push_event(event)[1:] == (branch, "0" * 40, SHA, True)


def test_a_comment_of_somebody_who_left() -> None:
    comment = parse_comment({"id": 5, "user": None, "body": None, "node_id": "IC_5"})
    assert (comment.author, comment.body) == ("ghost", "")


def test_a_renamed_file_touches_both_names() -> None:
    """The old place is where the failure may point."""
    assert parse_files({"filename": "b.c", "previous_filename": "a.c"}) == ("a.c", "b.c")


def test_a_refusal_in_every_shape_gives_words() -> None:
    assert parse_refusal({"message": "Not Found"}) == "Not Found"
    errors = [{"message": "Body is too long", "code": "x"}, "and bad", {"code": "missing"}, 5]
    assert parse_refusal({"message": "No", "errors": errors}) == "No; Body is too long; and bad"
    assert parse_refusal(["?"]) == ""


def test_a_page_of_commits() -> None:
    page = parse_commit_page(make_page())
    assert page is not None
    (found,) = page.commits
    assert (found.commit.sha, found.commit.parent, found.commit.title) == (SHA, OTHER, "Title")
    assert found.commit.author == "alice"
    assert [(pull.number, pull.merge_sha) for pull in found.pulls] == [(12, SHA)]
    assert (page.tip, page.next, found.is_merge) == (SHA, None, False)


@pytest.mark.parametrize(
    ("message", "reverts"),
    [
        (f'Revert "gh-1: X (#5)" (#6)\n\nThis reverts commit {OTHER}.', OTHER),
        (f"Title\n\nThis reverts commit {OTHER[:12]}.", None),
        (f"This reverts commit {OTHER}", None),
        ("Fix (#1)\n\nCloses #2", None),
    ],
)
def test_a_revert_names_the_commit_in_its_body(message: str, reverts: str | None) -> None:
    """Its title names a pull, which is the wrong one: nothing is read from numbers in it."""
    page = parse_commit_page(make_page(message))
    assert page is not None
    assert page.commits[0].commit.reverts == reverts


def test_a_branch_that_is_gone_has_no_page() -> None:
    assert parse_commit_page({"data": {"repository": {"object": None}}}) is None


def test_a_root_commit_and_an_unknown_author() -> None:
    page = parse_commit_page(
        make_page(parents={"totalCount": 0, "nodes": []}, author=None, associatedPullRequests=None)
    )
    assert page is not None
    assert (page.commits[0].commit.parent, page.commits[0].commit.author) == (None, None)
    assert page.commits[0].pulls == ()


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-03-02T12:00:00", "0001-01-01T00:00:00+14:00", 5, None]
)
def test_a_commit_without_a_time_is_malformed(at: object) -> None:
    with pytest.raises(Malformed):
        parse_commit_page(make_page(committedDate=at))


@pytest.mark.parametrize(
    ("head", "pushed"),
    [
        (None, None),  # the fork was deleted
        ({"id": 7, "pushed_at": "2026-03-01T12:00:00Z"}, None),  # a branch of the repository
        ({"id": 8, "pushed_at": None}, None),
        ({"id": 8, "pushed_at": "2026-03-01T12:00:00Z"}, datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_pull_of_a_fork_tells_when_somebody_pushed_there(
    head: dict[str, object] | None, pushed: datetime | None
) -> None:
    """Whoever owns the fork may push between what a person looked at and what they asked for."""
    pull = {"head": {"repo": head}, "base": {"repo": {"id": 7}}}
    assert parse_fork_push(pull) == pushed
