"""People answer, with a real Buildbot at one end and a GitHub that checks every request."""

from typing import Any

import pytest

from tests.clients.hubs import REPO
from tests.e2e.conftest import OpenStrictStage
from tests.e2e.stages import StrictStage
from tests.e2e.test_strict_github import BOT, BUILDERS, HOSTILE, assert_manners

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own


async def test_an_argument_with_people_breaks_no_rule_and_mentions_nobody(
    open_strict_stage: OpenStrictStage,
) -> None:
    """One living comment, one reply to each who needed one, and nothing we did not mean."""
    async with open_strict_stage(BUILDERS) as stage:
        await argue(stage)
        await stage.github.drain()
        ours = [c for c in stage.comments(101) if c["user"] == BOT]
        assert sum("nightswatch pull=101" in c["body"] for c in ours) == 1
        assert sum("nightswatch command=" in c["body"] for c in ours) == 4
        assert_manners(stage)


async def argue(stage: StrictStage) -> None:
    stage.control.post_repos_update({"full_name": REPO, "collaborators": {"writer": "write"}})
    stage.push("Begin")
    stage.fleet.wait_until(stage.fleet.is_idle, 180, "the fleet")
    innocent = stage.merge(100, "Tidy up ssl", built=False)
    bad = stage.merge(101, "Speed up ssl", test_ssl={"on": "*", "message": HOSTILE})
    await stage.service.wait_for("/api/v1/incidents", suspects({100, 101}), 180)
    assert [c for n in (100, 101) for c in stage.comments(n)] == [], "two builders, one batch"
    stage.build(innocent)
    await stage.wait_for_words("suspected")

    await say(stage, "contributor", "/buildbot not-me it is the weather")
    stage.build(bad)
    await stage.wait_for_words("#/builders/1/builds/4")
    assert stage.comments(100) == [], "an objection names nobody else"
    await say(stage, "stranger", "/buildbot flaky @octocat #1 <img src=x>\n/buildbot x@y")
    await say(stage, "anybody", "/buildbot help\n/buildbot status\n/buildbot explain")
    await say(stage, "writer", "/buildbot flaky")
    await stage.wait_for_words("Withdrawn")
    await say(stage, "writer", "/buildbot undo")
    await stage.wait_for_words("suspected")

    stage.merge(102, "Mend ssl", test_ssl=None)
    await stage.wait_for_words("Fixed")


async def say(stage: StrictStage, user: str, body: str) -> None:
    """Somebody writes, and waits until the answer is complete."""
    order = {"repo": REPO, "number": 101, "user": user, "body": body}
    comment_id = stage.control.post_comments(order)["id"]
    count = body.count("/buildbot")

    def is_done(page: Any) -> bool:
        mine = [row for row in page["audit"] if row["comment_id"] == comment_id]
        (said,) = (c for c in stage.comments(101) if c["id"] == comment_id)
        return len(mine) == count and {kind for _, kind in said["reactions"]} > {"eyes"}

    await stage.service.wait_for("/api/v1/audit", is_done, 180)


def suspects(pulls: set[int]) -> Any:
    """Whether two builders are red, and these pulls are the suspects."""

    def is_so(page: Any) -> bool:
        found = [i for i in page["incidents"] if len(i["builders"]) == len(BUILDERS)]
        return any({s["pr"] for s in i["suspects"]} == pulls for i in found)

    return is_so
