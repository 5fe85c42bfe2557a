"""Deliveries that are signed as GitHub signs them, and hold what GitHub would never send.

In: where a service listens, its secret, how many, and a number that tells one run from another.
Out: what was answered, counted; it fails on an answer that no door promises. Real payloads are
changed in a few places: another type, a huge number, a hostile name, deep nesting, half a body.
"""

import copy
import http.client
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.fakes.github.repository import DemoRepository
from bot.fakes.github.webhooks import (
    Push,
    make_comment_event,
    make_headers,
    make_installation_event,
    make_ping_event,
    make_pull_event,
    make_push_event,
)

PROMISED = frozenset({202, 400, 413, 429, 503})

_AT = datetime(2026, 3, 2, tzinfo=UTC)
_HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**400, 1e308, "", "x" * 70_000, "\0", "\ud800", "../..", "a/../b",
    "owner/name/more", "\u200b", "\x1b[2J", "%2e%2e%2f", "'; --", "{{7*7}}", "/buildbot help", "@x",
    [], {}, [[]], {"id": {}}, "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "2026-03-02T12:00:00",
)  # fmt: skip


def make_payloads() -> list[tuple[str, Any]]:
    """One delivery of each kind that we look at, as GitHub sends it."""
    repository = DemoRepository("octo-org/demo", "main", _AT)
    pull = repository.open_pull(12, "Change", _AT, base="main", author="octocat", files=("a.py",))
    before = repository.tip("main")
    (after,) = repository.merge(pull, "squash", _AT)
    push = Push("main", before, after, [repository.history.commits[after]])
    said = repository.add_comment(12, "octocat", "/buildbot help", _AT)
    url = "https://api.github.com"
    return [
        ("pull_request", make_pull_event("closed", pull, repository, "octocat", url)),
        ("push", make_push_event(push, repository, "octocat", url)),
        ("issue_comment", make_comment_event("created", said, repository, "octocat", url)),
        ("installation", make_installation_event("created", repository, 1, url)),
        ("ping", make_ping_event(1)),
    ]


def send_changed(url: str, secret: str, count: int, beginning: int = 0) -> Counter[int]:
    """So many of them, one after the other."""
    chance, statuses = random.Random(beginning), Counter[int]()
    payloads, parts = make_payloads(), urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    for _ in range(count):
        event, payload = chance.choice(payloads)
        body = _change(chance, payload)
        connection.request("POST", "/github", body, make_headers(event, body, secret, 1))
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
        assert answer.status in PROMISED, f"{answer.status} to {event} {body[:500]!r}"
    connection.close()
    return statuses


def _change(chance: random.Random, payload: Any) -> bytes:
    changed = copy.deepcopy(payload)
    for _ in range(chance.randint(1, 3)):
        chance.choice((_replace, _replace, _replace, _delete, _nest))(chance, changed)
    body = json.dumps(changed).encode()
    return chance.choice(_WAYS)(chance, body) if chance.random() < 0.1 else body


def _find_place(chance: random.Random, json_: Any) -> tuple[Any, Any]:
    """Something that holds something, and where."""
    while True:
        keys = list(json_) if isinstance(json_, dict) else list(range(len(json_)))
        key = chance.choice(keys)
        inner = json_[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.3:
            return json_, key
        json_ = inner


def _replace(chance: random.Random, json_: Any) -> None:
    place, key = _find_place(chance, json_)
    place[key] = copy.deepcopy(chance.choice(_HOSTILE))


def _delete(chance: random.Random, json_: Any) -> None:
    place, key = _find_place(chance, json_)
    if len(json_) > 1:
        del place[key]


def _nest(chance: random.Random, json_: Any) -> None:
    place, key = _find_place(chance, json_)
    for _ in range(200):
        place[key] = [place[key]]


_WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda chance, body: body[: chance.randrange(len(body))],
    lambda chance, body: body[:5] + b"\xff\xfe" + body[5:],
    lambda chance, body: b"[" * 100_000,
    lambda chance, body: b"\x00" + body,
    lambda chance, body: body + body,
    lambda chance, body: b"NaN",
    lambda chance, body: b"payload=" + body,
)
