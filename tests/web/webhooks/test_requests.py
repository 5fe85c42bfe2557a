"""The doors: who may knock, what is taken, and that nothing that comes in breaks them."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.app.wiring import SystemClock
from bot.core.errors import Malformed
from bot.store import Store, open_store
from bot.web.webhooks import buildbot, github
from bot.web.webhooks.bodies import BODY_LIMIT
from bot.web.webhooks.requests import answer_errors

SECRET = "s3cret"
TOKEN = "t0ken"
ZERO = "0" * 40

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'doors.db'}", SystemClock())
    yield store
    await store.close()


async def open_doors(store: Store, secret: str | None, token: str | None) -> Client:
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[answer_errors])
    app.router.add_post("/github", github.make_handler(secret, store.deliveries))
    app.router.add_post("/buildbot", buildbot.make_handler(token, "buildbot", store.inbox))
    server = TestServer(app)
    await server.start_server(auto_decompress=False)
    return TestClient(server)


@pytest.fixture
async def doors(store: Store) -> AsyncIterator[Client]:
    client = await open_doors(store, SECRET, TOKEN)
    yield client
    await client.close()


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def make_headers(body: bytes, event: str = "ping", guid: str = "g-1") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": sign(body),
    }


REPOSITORY = {
    "id": 123,
    "full_name": "octo-org/demo",
    "default_branch": "main",
}


def make_merge(merged: bool = True, action: str = "closed") -> bytes:
    return json.dumps(
        {
            "action": action,
            "number": 7,
            "repository": REPOSITORY,
            "pull_request": {
                "number": 7,
                "merged": merged,
                "merge_commit_sha": "a" * 40,
                "base": {"ref": "main"},
            },
        }
    ).encode()


def make_push(ref: str = "refs/heads/main") -> bytes:
    return json.dumps(
        {
            "ref": ref,
            "before": "a" * 40,
            "after": "b" * 40,
            "forced": False,
            "repository": REPOSITORY,
        }
    ).encode()


async def post_github(doors: Client, body: bytes, **headers: str) -> int:
    async with doors.post("/github", data=body, headers={**make_headers(body), **headers}) as got:
        return got.status


async def post_buildbot(
    doors: Client,
    body: bytes,
    authorization: str | None = f"Bearer {TOKEN}",
    encoding: str | None = None,
) -> int:
    headers = {"Authorization": authorization} if authorization is not None else {}
    headers |= {"Content-Encoding": encoding} if encoding is not None else {}
    async with doors.post("/buildbot", data=body, headers=headers) as got:
        return got.status


async def count_keys(store: Store) -> int:
    return (await store.views.load_depth()).depth


# ---------------------------------------------------------------- GitHub's door


async def test_a_merged_pull_and_a_push_wake_their_branch_once(doors: Client, store: Store) -> None:
    """Both arrive for one merge; the branch is one piece of work, the settings are another."""
    merge, push = make_merge(), make_push()
    assert await post_github(doors, merge, **make_headers(merge, "pull_request", "g-1")) == 202
    assert await post_github(doors, push, **make_headers(push, "push", "g-2")) == 202
    lease = await store.inbox.take("test", 20)
    assert lease is not None
    assert str(lease.key) == "branch/123@main"
    assert await count_keys(store) == 2


async def test_a_delivery_is_taken_once(doors: Client, store: Store) -> None:
    """GitHub keeps the GUID when somebody presses Redeliver."""
    body = make_push()
    assert await post_github(doors, body, **make_headers(body, "push")) == 202
    while (lease := await store.inbox.take("test", 20)) is not None:
        await store.inbox.finish(lease)
    assert await post_github(doors, body, **make_headers(body, "push")) == 202
    assert await count_keys(store) == 0


async def test_an_installation_gives_builds_and_comments_another_chance(
    doors: Client, store: Store
) -> None:
    """Whoever installs the App an hour late should not have to delete the database.

    What was refused for want of a permission is tried as soon as that is given.
    """
    body = b'{"action": "created"}'
    assert await post_github(doors, body, **make_headers(body, "installation")) == 202
    leases = [await store.inbox.take("test", 20) for _ in range(2)]
    assert {str(lease.key) for lease in leases if lease} == {"sweep/unplaced", "sweep/speech"}


async def test_compressed_and_broken_bodies_are_malformed(doors: Client, store: Store) -> None:
    """A bomb of a few kilobytes unpacks to gigabytes; neither sender compresses."""
    for encoding in ("gzip", "deflate", "br"):
        assert await post_buildbot(doors, b"not compressed", encoding=encoding) == 400


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("ping", b'{"zen": "Keep it logically awesome."}'),
        ("issue_comment", b'{"action": "deleted"}'),
        ("pull_request", make_merge(merged=False)),
        ("pull_request", make_merge(action="opened")),
        ("push", make_push("refs/tags/v1")),
        ("never_heard_of", b"{}"),
    ],
)
async def test_other_events_are_taken_and_ask_for_nothing(
    doors: Client, store: Store, event: str, body: bytes
) -> None:
    assert await post_github(doors, body, **make_headers(body, event)) == 202
    assert await count_keys(store) == 0


async def test_unsigned_and_badly_signed_deliveries_are_refused(
    doors: Client, store: Store
) -> None:
    """SHA-1 alone is what the library would have taken; anybody could have made the rest."""
    body = make_push()
    good = make_headers(body, "push")
    unsigned = {k: v for k, v in good.items() if k != "X-Hub-Signature-256"}
    sha1 = "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    for headers in (
        unsigned,
        {**unsigned, "X-Hub-Signature": sha1},
        {**good, "X-Hub-Signature-256": sha1},
        {**good, "X-Hub-Signature-256": sign(body, "other")},
        {**good, "X-Hub-Signature-256": sign(body + b" ")},
        {**good, "X-Hub-Signature-256": ""},
        {**good, "X-Hub-Signature-256": "sha256=é"},
    ):
        async with doors.post("/github", data=body, headers=headers) as got:
            assert got.status == 401
    assert await count_keys(store) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"ref": ',
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b"{}",
        b'{"ref": 5}',
        b"[" * 100_000,
        b'{"repository": {"id": 1e999}, "ref": "refs/heads/main"}',
        make_push().replace(b"123", b"true"),
        make_push().replace(b"123", b"-1"),
        make_push().replace(b"123", b"9" * 400),
        make_push().replace(ZERO.encode(), b"x"),
        make_push().replace(b'"refs/heads/main"', b'"refs/heads/' + b"x" * 5000 + b'"'),
    ],
)
async def test_malformed_deliveries_are_answered_400(
    doors: Client, store: Store, body: bytes
) -> None:
    status = await post_github(doors, body, **make_headers(body, "push"))
    assert status == (202 if body == make_push() else 400)


async def test_a_delivery_without_its_headers_is_malformed(doors: Client) -> None:
    body = b"{}"
    for missing in ("X-GitHub-Event", "X-GitHub-Delivery"):
        headers = {k: v for k, v in make_headers(body).items() if k != missing}
        async with doors.post("/github", data=body, headers=headers) as got:
            assert got.status == 400


async def test_a_webhook_set_up_to_send_forms_works_too(doors: Client, store: Store) -> None:
    form = b"payload=" + make_push().replace(b'"', b"%22").replace(b" ", b"+")
    headers = make_headers(form, "push")
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert await post_github(doors, form, **headers) == 202
    assert await count_keys(store) == 2


# ---------------------------------------------------------------- Buildbot's door


async def test_a_finished_build_is_a_key_however_often_it_is_told(
    doors: Client, store: Store
) -> None:
    body = json.dumps({"buildid": 45, "complete": True, "results": 2}).encode()
    for _ in range(3):
        assert await post_buildbot(doors, body) == 202
    lease = await store.inbox.take("test", 20)
    assert lease is not None
    assert str(lease.key) == "build/buildbot/45"
    assert await count_keys(store) == 1


async def test_a_build_that_began_is_nothing_to_look_at(doors: Client, store: Store) -> None:
    body = json.dumps({"buildid": 45, "complete": False, "results": None}).encode()
    assert await post_buildbot(doors, body) == 202
    assert await count_keys(store) == 0


def make_basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [make_basic(f"{user}:{TOKEN}") for user in ("nightswatch", "", "é")] + [f"bearer  {TOKEN} "],
)
async def test_the_token_is_a_bearer_or_the_password_of_anybody(
    doors: Client, store: Store, authorization: str
) -> None:
    """Buildbot fills secrets into `auth=` only, and that is Basic."""
    assert await post_buildbot(doors, b'{"buildid": 45, "complete": true}', authorization) == 202
    assert await count_keys(store) == 1


@pytest.mark.parametrize(
    "authorization",
    [
        None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é",
        make_basic(TOKEN), make_basic(f"{TOKEN}:"), make_basic(f"{TOKEN}:wrong"), "Basic !",
        "Basic", "Bearer " + make_basic(f"a:{TOKEN}"),
    ],
)  # fmt: skip
async def test_without_the_token_nothing_is_taken(
    doors: Client, store: Store, authorization: str | None
) -> None:
    assert await post_buildbot(doors, b'{"buildid": 45, "complete": true}', authorization) == 401
    assert await count_keys(store) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"complete": true}',
        b'{"buildid": "45", "complete": true}',
        b'{"buildid": true, "complete": true}',
        b'{"buildid": 1.5, "complete": true}',
        b'{"buildid": -1, "complete": true}',
        b'{"buildid": 99999999999999999999999, "complete": true}',
        b'{"buildid": NaN, "complete": true}',
        b'{"buildid": 45, "complete": "yes"}',
    ],
)
async def test_malformed_pushes_are_answered_400(doors: Client, store: Store, body: bytes) -> None:
    assert await post_buildbot(doors, body) == 400
    assert await count_keys(store) == 0


# ---------------------------------------------------------------- both


async def test_a_door_without_its_secret_is_shut(store: Store) -> None:
    """Fail closed: an unset secret must never mean that everybody may come in."""
    doors = await open_doors(store, None, None)
    body = make_push()
    assert await post_github(doors, body, **make_headers(body, "push")) == 503
    assert await post_buildbot(doors, b"{}") == 503
    await doors.close()


@pytest.mark.parametrize("declared", [True, False])
async def test_thirty_megabytes_are_too_many(doors: Client, declared: bool) -> None:
    """Whether the sender says so at once, or only as the bytes come in."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 1024 * 1024

    data: Any = b" " * 30 * 1024 * 1024 if declared else chunks()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with doors.post("/buildbot", data=data, headers=headers) as got:
        assert got.status == 413


async def test_a_database_that_is_away_sheds_with_503(
    doors: Client, store: Store, tmp_path: Path
) -> None:
    """Buildbot never repeats a push; the sweep does, so a clear no is better than a lie."""
    await store.close()
    for path in tmp_path.glob("doors.db*"):
        path.unlink()
    (tmp_path / "doors.db").mkdir()
    assert await post_buildbot(doors, b'{"buildid": 45, "complete": true}') == 503


async def test_a_burst_is_taken_whole(doors: Client, store: Store) -> None:
    bodies = [json.dumps({"buildid": n, "complete": True}).encode() for n in range(1, 101)]
    answers = await asyncio.gather(*(post_buildbot(doors, body) for body in bodies))
    assert set(answers) == {202}
    assert await count_keys(store) == 100


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
shapes = st.dictionaries(
    st.sampled_from(["action", "pull_request", "repository", "ref", "before", "after", "forced"]),
    json_values,
)


@given(event=st.sampled_from(["push", "pull_request", "ping"]), payload=json_values | shapes)
def test_whatever_a_payload_holds_it_is_keys_or_malformed(event: str, payload: Any) -> None:
    try:
        keys = github.find_keys(event, payload)
    except Malformed:
        return
    assert all(str(key).startswith("branch/") for key in keys)
