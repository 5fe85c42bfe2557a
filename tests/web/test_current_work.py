"""What the fleet does just now, on pages and in the API, while Buildbot is there and while not."""

from datetime import datetime
from typing import Any

from bot.web.access import EVERYBODY
from bot.web.current_work import WorkMonitor
from tests.support.clock import FakeClock
from tests.support.farm import Farm
from tests.web.pages.test_front import find_text

NAME = "AMD64 Debian"


async def run_one(farm: Farm) -> str:
    """Builds of one minute, nine and one; then one that runs."""
    builder = farm.builder(NAME)
    sha = await farm.merge(100)
    for seconds in (60, 540, 60):
        await farm.green(builder, at=sha, seconds=seconds)
    await farm.wait(301)  # by then the builders were looked at
    await farm.buildbot.start_build(builder, sha, push=False)
    return sha


async def load_queue(farm: Farm) -> Any:
    """As of a look that was taken now: the first page that asks is shown the one of before."""
    farm.clock.advance(30)
    await farm.get("/api/v1/queue")
    await farm.settle()
    return await farm.get("/api/v1/queue")


async def test_what_runs_is_told_with_its_expected_end(farm: Farm) -> None:
    sha = await run_one(farm)
    queue = await load_queue(farm)
    (one,) = queue["running"]
    assert (one["builder"], one["number"], one["revision"]) == (NAME, 4, sha)
    took = datetime.fromisoformat(one["expected_at"]) - datetime.fromisoformat(one["started_at"])
    assert took.total_seconds() == 60, "the median"
    page = await farm.get("/builders/AMD64%20Debian")
    assert "Should end" in page
    assert f'href="{one["url"]}"' in page
    assert "1 build runs" in find_text(await farm.get("/"))
    assert f"{NAME} #4: running, should end" in await farm.get("/grid")
    await farm.buildbot.finish_build(one["buildid"])
    await farm.settle()
    assert (await load_queue(farm))["running"] == []
    assert "It builds nothing." in find_text(await farm.get("/builders/AMD64%20Debian"))


async def test_while_buildbot_is_away_the_last_look_stays_with_its_time(farm: Farm) -> None:
    await run_one(farm)
    before = await load_queue(farm)
    await farm.buildbot.stop()
    after = await load_queue(farm)
    assert (after["at"], after["running"]) == (before["at"], before["running"])


async def test_where_nobody_works_nobody_is_called() -> None:
    monitor = WorkMonitor(None, None, FakeClock())  # type: ignore[arg-type]
    assert await monitor.recall(EVERYBODY) is None
    await monitor.close()
