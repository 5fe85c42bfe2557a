"""What people write on pulls: GitHub's JSON → comments and roles.

Input: the body of an `issue_comment` webhook, an element of a list of comments, an answer about a
person's rights. Output: a comment, or None for what can hold no command of a person's: a bot's
comment, an edited one, one on an issue, one without a word to us.
Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
"""

from bot.core.model import Repository
from bot.core.model.addresses import find_full_name
from bot.core.model.command_prefix import may_hold_commands
from bot.core.model.commands import Role, UserComment
from bot.core.payloads.fields import Field
from bot.core.payloads.github import ListedComment

_BODY = 300_000  # GitHub takes 65,536 characters
_GHOST = "ghost"


def parse_user_comment_event(json: object, *prefixes: str) -> UserComment | None:
    """The body of an `issue_comment` webhook; commands begin with one of the prefixes."""
    event = Field(json, "event")
    if event["action"].value != "created":
        return None
    if event["issue"]["pull_request"].is_null:
        return None
    repository = event["repository"]
    full_name = find_full_name(repository["full_name"].name())
    if full_name is None:
        raise repository["full_name"].malformed("owner/name")
    number = event["issue"]["number"].integer(1)
    return _parse_user_comment(
        event["comment"], repository["id"].integer(1), full_name, number, prefixes
    )


def make_user_comment(
    repository: Repository, listed: ListedComment, *prefixes: str
) -> UserComment | None:
    """A comment out of a list, which tells of no earlier text: one that was edited is passed over.

    So is a bot's, by its login: apps cannot have another one, and people cannot have such.
    """
    comment = listed.comment
    is_person = not comment.author.lower().endswith("[bot]") and comment.author != _GHOST
    edited = listed.updated_at != listed.created_at
    if not is_person or edited or not may_hold_commands(comment.body, *prefixes):
        return None
    return UserComment(
        repo_id=repository.repo_id,
        repository=repository.full_name,
        comment_id=comment.comment_id,
        number=listed.number,
        author=comment.author,
        body=comment.body,
        created_at=listed.created_at,
    )


def _parse_user_comment(
    comment: Field, repo_id: int, full_name: str, number: int, prefixes: tuple[str, ...]
) -> UserComment | None:
    if comment["user"].is_null or comment["body"].is_null:
        return None
    login, body = comment["user"]["login"].name(), comment["body"].prose(_BODY)
    is_person = comment["user"]["type"].value == "User" and login.lower() != _GHOST
    created_at = comment["created_at"].moment()
    edited = comment["updated_at"].moment() != created_at
    if not is_person or edited or not may_hold_commands(body, *prefixes):
        return None
    return UserComment(
        repo_id=repo_id,
        repository=full_name,
        comment_id=comment["id"].integer(1),
        number=number,
        author=login,
        body=body,
        created_at=created_at,
    )


def parse_role(json: object) -> Role:
    """What somebody may do: their role, or where an organisation made its own, what that is like.

    Source: https://docs.github.com/en/rest/collaborators/collaborators
    """
    answer = Field(json, "permission")
    for name in (answer["role_name"].value, answer["permission"].value):
        if isinstance(name, str) and name in set(Role):
            return Role(name)
    return Role.NONE
