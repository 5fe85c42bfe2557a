"""The webhooks of the small GitHub: payloads and their signatures.

Input: what happened. Output: bodies and headers as GitHub's; the caller sends them. Source:
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bot.fakes.github.git_graph import DemoCommit
from bot.fakes.github.repository import DemoComment, DemoPull, DemoRepository
from bot.fakes.github.serializers import (
    make_comment,
    make_issue,
    make_pull,
    make_repository,
    make_time,
    make_user,
)
from bot.fakes.http_server import Json
from bot.fakes.webhook_sender import Sent

_NOWHERE = "0" * 40
_HOOK_ID = 42


@dataclass(frozen=True, slots=True)
class Push:
    """A branch moved; `before` is None where it is new."""

    branch: str
    before: str | None
    after: str
    commits: Sequence[DemoCommit]
    forced: bool = False


def make_headers(event: str, body: bytes, secret: str, app_id: int) -> dict[str, str]:
    """The headers of a delivery, with both signatures that GitHub sends."""
    key = secret.encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/demo",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(_HOOK_ID),
        "X-GitHub-Hook-Installation-Target-ID": str(app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }


def make_body(payload: Json) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(payload, ensure_ascii=False).encode()


def make_pull_event(
    action: str, pull: DemoPull, repository: DemoRepository, sender: str, url: str
) -> Json:
    """`pull_request`."""
    return {
        "action": action,
        "number": pull.number,
        "pull_request": make_pull(pull, repository, url),
        **_make_frame(repository, sender, url),
    }


def make_comment_event(
    action: str, comment: DemoComment, repository: DemoRepository, sender: str, url: str
) -> Json:
    """`issue_comment`."""
    return {
        "action": action,
        "issue": make_issue(repository.find_thing(comment.number), repository, url),
        "comment": make_comment(comment, repository, url),
        **_make_frame(repository, sender, url),
    }


def make_push_event(push: Push, repository: DemoRepository, sender: str, url: str) -> Json:
    """`push`; none of the listed commits tells its parents."""
    listed = [_make_pushed(commit, repository) for commit in push.commits]
    return {
        "ref": f"refs/heads/{push.branch}",
        "before": push.before or _NOWHERE,
        "after": push.after,
        "created": push.before is None,
        "deleted": False,
        "forced": push.forced,
        "base_ref": None,
        "commits": listed,
        "head_commit": listed[-1] if listed else None,
        "pusher": {"name": sender, "email": f"{sender}@users.noreply.github.com"},
        **_make_frame(repository, sender, url),
    }


def make_installation_event(action: str, repository: DemoRepository, app_id: int, url: str) -> Json:
    """`installation`."""
    named = make_repository(repository, url)
    short = {name: named[name] for name in ("id", "node_id", "name", "full_name", "private")}
    installation = {"id": installation_id(repository.owner), "app_id": app_id, "account": {}}
    installation["account"] = {**make_user(repository.owner), "type": "Organization"}
    return {
        "action": action,
        "installation": installation,
        "repositories": [short],
        "sender": make_user(repository.owner),
    }


def make_ping_event(app_id: int) -> Json:
    """`ping`."""
    hook = {"type": "App", "id": _HOOK_ID, "active": True, "app_id": app_id}
    return {"zen": "Keep it logically awesome.", "hook_id": _HOOK_ID, "hook": hook}


def make_delivery(number: int, sent: Sent) -> Json:
    """One of `/app/hook/deliveries`."""
    headers = dict(sent.posting.headers)
    return {
        "id": number,
        "guid": headers["X-GitHub-Delivery"],
        "delivered_at": make_time(sent.at),
        "redelivery": False,
        "duration": 0.1,
        "status": "OK" if sent.status == 202 else "Invalid HTTP Response: failed",
        "status_code": sent.status or 0,
        "event": headers["X-GitHub-Event"],
        "action": None,
        "installation_id": None,
        "repository_id": None,
    }


def installation_id(owner: str) -> int:
    """The installation on an account; the number follows from the name."""
    return int(make_user(owner)["id"]) % 1_000_000 + 1


def _make_frame(repository: DemoRepository, sender: str, url: str) -> Json:
    return {
        "repository": make_repository(repository, url),
        "sender": make_user(sender),
        "installation": {"id": installation_id(repository.owner)},
    }


def _make_pushed(commit: DemoCommit, repository: DemoRepository) -> Json:
    person = {"name": commit.author, "email": f"{commit.author}@users.noreply.github.com"}
    return {
        "id": commit.sha,
        "distinct": True,
        "message": commit.message,
        "timestamp": make_time(commit.at),
        "url": f"https://github.com/{repository.full_name}/commit/{commit.sha}",
        "author": {**person, "username": commit.author},
        "committer": {"name": "GitHub", "email": "noreply@github.com", "username": "web-flow"},
        "added": [],
        "removed": [],
        "modified": list(commit.files),
    }
