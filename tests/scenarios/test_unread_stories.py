"""Stories of builds that could not be read when they were told of, and of what became of them."""

from typing import Any

import pytest

from bot.core.model.build_results import Result
from tests.support.farm import Farm

# What stands before a master answers for it: a limit, an error page, another's 404, half an answer.
TROUBLE: dict[str, dict[str, Any]] = {
    "429": {"kind": "proxy", "status": 429, "retry_after": 20},
    "404 page": {"kind": "proxy", "status": 404},
    "408": {"kind": "proxy", "status": 408},
    "login": {"kind": "proxy", "status": 302},
    "a page": {"kind": "html"},
    "nothing": {"kind": "empty"},
    "half": {"kind": "cut"},
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_proxy_in_trouble_loses_no_build(farm: Farm, trouble: str) -> None:
    """Builds are told of while nobody can read them; afterwards nothing is missing."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    farm.buildbot.fail_next(**TROUBLE[trouble], times=0)
    for _ in range(2):
        await farm.red(builder, at=broken)
    unread = await farm.store.views.load_unread()
    assert (unread.waiting, unread.refused) == (2, 0)
    assert farm.comments(101) == []
    farm.buildbot.clear_faults()
    await farm.wait(660)
    assert (await farm.store.views.load_unread()).waiting == 0
    known = await farm.store.facts.load_known_builds("buildbot", [1, 2, 3])
    assert set(known) == {1, 2, 3}
    assert "This PR" in farm.first_line(101)


async def test_trouble_with_a_log_alone_is_waited_out(farm: Farm) -> None:
    """What a log would have said is not taken for silence."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    farm.buildbot.fail_next("proxy", "log-contents", status=429, retry_after=30)
    for _ in range(2):
        await farm.red(builder, at=broken)
    await farm.wait(120)
    assert "test_ssl" in farm.only_comment(101)


async def test_a_build_that_was_swept_away_stays_in_sight(farm: Farm) -> None:
    """Buildbot itself says that it has none such; nobody tries for ever, and nobody wonders."""
    builder = farm.builder("AMD64 Debian")
    sha = await farm.merge(100)
    farm.buildbot.push_url = None
    gone = await farm.buildbot.build(builder, sha, result=Result.FAILURE)
    push = farm.buildbot.make_push(gone)
    farm.buildbot.forget_build(gone)
    await farm.post("/buildbot", push)
    await farm.settle()
    unread = await farm.store.views.load_unread()
    assert (unread.waiting, unread.refused) == (0, 1)
    assert str(unread.shown[0]) == (
        f"build {gone} is unread, because build {gone} is unknown to Buildbot"
    )
