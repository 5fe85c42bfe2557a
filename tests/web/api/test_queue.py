"""The queue as JSON, and to whom it is told."""

from bot.web.api.queue import render_work
from tests.core.fleet.test_current_work import make_work
from tests.support.farm import Farm
from tests.support.make_stored import MOMENT
from tests.web.pages.test_front import find_text
from tests.web.test_current_work import load_queue, run_one


def test_what_runs_and_waits_is_told_with_its_times() -> None:
    told = render_work(make_work())
    assert told["at"] == MOMENT.isoformat()
    first = told["running"][0]
    assert (first["builder"], first["buildid"], first["url"]) == ("fast", 2, "https://bb/2")
    assert first["expected_at"] > first["started_at"]
    assert told["running"][-1]["expected_at"] is None
    assert told["waiting"][0] | {"since": None} == {"builder": "slow", "count": 2, "since": None}
    assert render_work(None) == {"at": None, "running": [], "waiting": []}


async def test_no_stranger_is_told_what_runs_of_a_private_repository(farm: Farm) -> None:
    await run_one(farm)
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto", dashboard_password="open sesame")
    await farm.wait(660)
    queue = await load_queue(farm)
    assert queue["at"] is not None
    assert (queue["running"], queue["waiting"]) == ([], [])
    assert "1 build runs" not in find_text(await farm.get("/"))
