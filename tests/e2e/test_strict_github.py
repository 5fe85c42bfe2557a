"""A real Buildbot at one end, a GitHub that checks every request at the other; we are an App."""

import pytest

from tests.clients.hubs import REPO
from tests.e2e.conftest import OpenStrictStage
from tests.e2e.fleet import FleetBuilder
from tests.e2e.stages import StrictStage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

BOT = "standin-bot[bot]"
BUILDERS = (FleetBuilder("AMD64 Debian"), FleetBuilder("ARM64 Debian"))

# What a test may print to make us say something on GitHub that we do not mean.
HOSTILE = (
    "cc @octocat @octo-org/team, fixes #1 and GH-2, octo-org/other#3, "
    "https://github.com/octo-org/demo/issues/4 ![x](https://example.org/x.png) "
    "</details></pre>``` &#64;ghost &commat;ghost <img src=x> "
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
)


@pytest.mark.parametrize("fault", [None, "commit_then_reset"])
async def test_nothing_we_send_breaks_a_rule_and_nothing_from_a_log_takes_effect(
    open_strict_stage: OpenStrictStage, fault: str | None
) -> None:
    async with open_strict_stage(BUILDERS) as stage:
        stage.push("Begin")
        stage.fleet.wait_until(stage.fleet.is_idle, 180, "the fleet")
        if fault:
            stage.control.post_faults(
                {"match": {"op": "issues/create-comment"}, "kind": fault, "times": 1}
            )
        stage.merge(101, "Speed up ssl", test_ssl={"on": "*", "message": HOSTILE})
        await stage.wait_for_words("test_ssl")
        stage.merge(102, "Mend ssl", test_ssl=None)
        await stage.wait_for_words("Fixed")
        await stage.github.drain()
        (comment,) = stage.comments(101)
        assert comment["user"] == BOT
        assert_manners(stage)


def assert_manners(stage: StrictStage) -> None:
    """Every request was one that GitHub takes, and nothing took an effect that we did not mean."""
    kinds = {"request", "auth", "graphql", "unimplemented"}
    assert [v for v in stage.github.violations if v["kind"] in kinds] == []
    for effect in stage.control.get_effects({"user": BOT}):
        assert effect["mentions"] == []
        assert set(effect["refs"]) <= {f"{REPO}#101", f"{REPO}#102"}
        assert effect["images"] == []
