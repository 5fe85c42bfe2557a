"""People answer, with a real Buildbot at one end and a GitHub that checks every request.

The strict GitHub is not part of the project: `NIGHTSWATCH_DATA` says where it is.
"""

from pathlib import Path
from typing import Any

import pytest

from bot.demo.service import Service, find_free_port
from tests.clients.hubs import APP_KEY, REPO, load_strict
from tests.e2e.fleet import Fleet
from tests.e2e.test_strict_github import BUILDERS, HOSTILE, StrictStage
from tests.scenarios.farm import SECRET, TOKEN

pytestmark = pytest.mark.e2e

BOT = "standin-bot[bot]"


async def test_an_argument_with_people_breaks_no_rule_and_mentions_nobody(
    buildbot: None, tmp_path: Path
) -> None:
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    port = find_free_port()
    key = tmp_path / "app.pem"
    key.write_text(APP_KEY)
    url = f"http://127.0.0.1:{port}"
    with Fleet(tmp_path / "fleet", BUILDERS, f"{url}/buildbot", TOKEN, project=REPO) as fleet:
        stage = StrictStage(fleet, *loaded, f"{url}/github")
        await stage.github.start()
        settings = {
            "BUILDBOT_URL": fleet.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "GITHUB_API_URL": stage.github.url,
            "GITHUB_APP_ID": "1",
            "GITHUB_APP_PRIVATE_KEY": str(key),
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "POST_COMMENTS": "1",
        }
        service = Service(tmp_path, settings, port)
        try:
            await service.start()
            await service.wait_for("/health", lambda h: bool(h["last_sweep"]), 30)
            await argue(stage, service)
        finally:
            await service.stop()
            await stage.github.stop()


async def argue(stage: StrictStage, service: Service) -> None:
    stage.control.post_repos_update({"full_name": REPO, "collaborators": {"writer": "write"}})
    stage.push("Begin")
    stage.fleet.wait_until(stage.fleet.is_idle, 60, "the fleet")
    innocent = stage.merge(100, "Tidy up ssl", built=False)
    bad = stage.merge(101, "Speed up ssl", test_ssl={"on": "*", "message": HOSTILE})
    await service.wait_for("/api/v1/incidents", suspects({100, 101}), 90)
    assert [c for n in (100, 101) for c in stage.comments(n)] == [], "two builders, one batch"
    stage.build(innocent)
    await service.wait_for("/api/v1/pulls", stands("suspected"), 90)

    await say(stage, service, "contributor", "/buildbot not-me it is the weather")
    stage.build(bad)
    await service.wait_for("/api/v1/pulls", stands("#/builders/1/builds/4"), 90)
    assert stage.comments(100) == [], "an objection names nobody else"
    await say(stage, service, "stranger", "/buildbot flaky @octocat #1 <img src=x>\n/buildbot x@y")
    await say(stage, service, "anybody", "/buildbot help\n/buildbot status\n/buildbot explain")
    await say(stage, service, "writer", "/buildbot flaky")
    await service.wait_for("/api/v1/pulls", stands("Withdrawn"), 60)
    await say(stage, service, "writer", "/buildbot undo")
    await service.wait_for("/api/v1/pulls", stands("suspected"), 60)

    stage.merge(102, "Mend ssl", test_ssl=None)
    await service.wait_for("/api/v1/pulls", stands("Fixed"), 90)
    await stage.github.drain()
    judge(stage)


async def say(stage: StrictStage, service: Service, user: str, body: str) -> None:
    """Somebody writes, and waits until the answer is complete."""
    order = {"repo": REPO, "number": 101, "user": user, "body": body}
    comment_id = stage.control.post_comments(order)["id"]
    count = body.count("/buildbot")

    def is_done(page: Any) -> bool:
        mine = [row for row in page["audit"] if row["comment_id"] == comment_id]
        (said,) = (c for c in stage.comments(101) if c["id"] == comment_id)
        return len(mine) == count and {kind for _, kind in said["reactions"]} > {"eyes"}

    await service.wait_for("/api/v1/audit", is_done, 60)


def judge(stage: StrictStage) -> None:
    """One living comment, one reply to each who needed one, and nothing we did not mean."""
    ours = [c for c in stage.comments(101) if c["user"] == BOT]
    assert sum("nightswatch pull=101" in c["body"] for c in ours) == 1
    assert sum("nightswatch command=" in c["body"] for c in ours) == 4
    kinds = {"request", "auth", "graphql", "unimplemented"}
    assert [v for v in stage.github.violations if v["kind"] in kinds] == []
    for effect in stage.control.get_effects({"user": BOT}):
        assert effect["mentions"] == []
        assert set(effect["refs"]) <= {f"{REPO}#101", f"{REPO}#102"}
        assert effect["images"] == []


def suspects(pulls: set[int]) -> Any:
    """Whether two builders are red, and these pulls are the suspects."""

    def is_so(page: Any) -> bool:
        found = [i for i in page["incidents"] if len(i["builders"]) == len(BUILDERS)]
        return any({s["pr"] for s in i["suspects"]} == pulls for i in found)

    return is_so


def stands(words: str) -> Any:
    return lambda page: any(words in (p["standing"] or "") for p in page["pulls"])
