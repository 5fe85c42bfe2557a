"""What GitHub tells of files, and of pulls that revert others.

Input: an answer of the REST or GraphQL API. Output: a file's bytes, a pull's node id, the number of
a pull that was opened, pulls with their texts; or `Malformed` naming the field.
Source: https://docs.github.com/en/rest/repos/contents and
https://docs.github.com/en/graphql/reference/mutations#revertpullrequest
"""

import base64
import binascii
from typing import NamedTuple

from bot.core.payloads.fields import Field

_CONTENT = 1_500_000  # GitHub gives files of up to a megabyte this way, in base64
_BODY = 300_000
_RECENT = 100


class FileContent(NamedTuple):
    """A file at a branch's tip."""

    blob: str  # git's name of the content
    size: int
    content: bytes | None  # None: larger than GitHub shows


class OpenedPull(NamedTuple):
    """A pull as it was opened."""

    number: int
    body: str
    author: str | None


def parse_file(json: object) -> FileContent | None:
    """A file; None where the path is a folder, a link or another repository."""
    if not isinstance(json, dict):
        return None
    file = Field(json, "file")
    if file["type"].value != "file":
        return None
    blob, size = file["sha"].sha(), file["size"].integer()
    if file["encoding"].value != "base64":
        return FileContent(blob, size, None)
    try:
        return FileContent(blob, size, base64.b64decode(file["content"].prose(_CONTENT)))
    except (binascii.Error, ValueError) as error:
        raise file["content"].malformed("base64") from error


def parse_newest_commit(json: object) -> str | None:
    """The sha of the first of a list of commits; None where it is empty."""
    rows = Field(json, "commits").items(100)
    return rows[0]["sha"].sha() if rows else None


def parse_node_id(json: object) -> str:
    """The node id of a pull that was asked for."""
    return Field(json, "answer")["data"]["repository"]["pullRequest"]["id"].name()


def parse_revert(json: object) -> int:
    """The number of the pull that reverts another."""
    payload = Field(json, "answer")["data"]["revertPullRequest"]
    return payload["revertPullRequest"]["number"].integer(1)


def parse_recent_pulls(json: object) -> tuple[OpenedPull, ...]:
    """The pulls that were opened last."""
    pulls = Field(json, "answer")["data"]["repository"]["pullRequests"]["nodes"].items(_RECENT)
    return tuple(
        OpenedPull(
            pull["number"].integer(1), pull["body"].prose(_BODY), parse_actor(pull["author"])
        )
        for pull in pulls
    )


def parse_actor(actor: Field) -> str | None:
    """A login as REST and webhooks write it: GraphQL leaves a bot's `[bot]` out."""
    if actor.is_null:
        return None
    is_bot = actor["__typename"].name() == "Bot"
    return actor["login"].name() + ("[bot]" if is_bot else "")
