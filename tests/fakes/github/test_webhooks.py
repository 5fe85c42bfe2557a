"""The webhooks of the small GitHub are signed, and tell what happened."""

import hashlib
import hmac
from json import loads
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import call


async def test_webhooks_are_signed_and_tell_what_happened(gh: FakeGitHub) -> None:
    """A merge is a closed pull and a push, each with a GUID of its own and both signatures."""
    seen: list[tuple[str, str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        digest = hmac.new(b"demo-secret", body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={digest}"
        guid, event = request.headers["X-GitHub-Delivery"], request.headers["X-GitHub-Event"]
        seen.append((guid, event, loads(body)))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/github", handle)
    server = TestServer(app)
    await server.start_server()
    gh.hook_url = str(server.make_url("/github"))
    before = gh.repository().tip("main")
    sha = await gh.merge(101, "Break ssl")
    await gh.ping()
    await gh.hooks.repeat(0)
    await call(gh, "POST", "/repos/octo-org/demo/issues/101/comments", 201, json={"body": "hi"})
    await gh.hooks.settle()
    await gh.uninstall()
    await server.close()

    assert [event for _, event, _ in seen] == [
        "pull_request",
        "push",
        "ping",
        "pull_request",
        "issue_comment",
        "installation",
    ]
    assert seen[0][0] == seen[3][0], "a redelivery keeps its GUID"
    assert len({guid for guid, _, _ in seen}) == 5
    pull, push = seen[0][2], seen[1][2]
    assert (pull["action"], pull["pull_request"]["merged"]) == ("closed", True)
    assert pull["pull_request"]["merge_commit_sha"] == sha
    assert pull["repository"]["id"] == gh.repository().repo_id
    assert (push["ref"], push["before"], push["after"]) == ("refs/heads/main", before, sha)
    assert (seen[4][2]["action"], seen[4][2]["comment"]["body"]) == ("created", "hi")
