"""Whose words are taken, and whose are not: deliveries and lists of GitHub's."""

from typing import Any

import pytest

from bot.core.commands.parser import PREFIX
from bot.core.errors import Malformed
from bot.core.model import Comment, Repository
from bot.core.model.commands import Role
from bot.core.payloads import ListedComment, make_user_comment, parse_role, parse_user_comment_event
from tests.support.make_stored import MOMENT

WHEN = "2026-03-02T12:00:00Z"
COMMENT = {
    "id": 7,
    "user": {"login": "alice", "type": "User"},
    "body": "/buildbot help",
    "created_at": WHEN,
    "updated_at": WHEN,
}
EVENT = {
    "action": "created",
    "issue": {"number": 12, "pull_request": {}},
    "comment": COMMENT,
    "repository": {"id": 1, "full_name": "octo-org/demo"},
}


def test_a_person_who_speaks_to_us_on_a_pull_is_heard() -> None:
    remark = parse_user_comment_event(EVENT, PREFIX)
    assert remark is not None
    assert (remark.repo_id, remark.repository, remark.number) == (1, "octo-org/demo", 12)
    assert (remark.comment_id, remark.author, remark.body) == (7, "alice", "/buildbot help")
    assert str(remark.key) == "command/1#7"


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "edited"},
        {"action": "deleted"},
        {"issue": {"number": 12}},
        {"comment": COMMENT | {"user": None}},
        {"comment": COMMENT | {"user": {"login": "ghost", "type": "User"}}},
        {"comment": COMMENT | {"user": {"login": "helper[bot]", "type": "Bot"}}},
        {"comment": COMMENT | {"user": {"login": "octo-org", "type": "Organization"}}},
        {"comment": COMMENT | {"body": "Thanks!"}},
        {"comment": COMMENT | {"body": None}},
        {"comment": COMMENT | {"updated_at": "2026-03-02T12:00:01Z"}},
    ],
)
def test_others_are_not(changes: dict[str, Any]) -> None:
    assert parse_user_comment_event(EVENT | changes, PREFIX) is None


@pytest.mark.parametrize("name", ["issue", "comment", "repository"])
@pytest.mark.parametrize("value", [None, 1, "x", []])
def test_what_is_misshapen_is_named(name: str, value: object) -> None:
    with pytest.raises(Malformed):
        parse_user_comment_event(EVENT | {name: value}, PREFIX)


def test_of_a_list_only_what_was_never_edited_counts() -> None:
    where = Repository(1, "octo-org/demo")
    listed = ListedComment(12, Comment(7, "alice", "/buildbot help"), MOMENT, MOMENT)
    remark = make_user_comment(where, listed, PREFIX)
    assert remark is not None
    assert (remark.comment_id, remark.number) == (7, 12)
    later = MOMENT.replace(second=59)
    assert make_user_comment(where, listed._replace(updated_at=later), PREFIX) is None
    bot = Comment(7, "helper[bot]", "/buildbot help")
    assert make_user_comment(where, listed._replace(comment=bot), PREFIX) is None


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ({"role_name": "maintain", "permission": "write"}, Role.MAINTAIN),
        ({"role_name": "release manager", "permission": "write"}, Role.WRITE),
        ({"permission": "admin"}, Role.ADMIN),
        ({"role_name": "owner of the world", "permission": "everything"}, Role.NONE),
        ({}, Role.NONE),
    ],
)
def test_a_role_that_we_do_not_know_is_what_it_is_like_or_none(
    answer: dict[str, str], role: Role
) -> None:
    """What an organisation calls a role of its own, must not open anything."""
    assert parse_role(answer) is role
