"""Calls are counted, and wait for their turn."""

import aiohttp

from bot.app.call_pace import CallPace
from tests.clients.serving import SwiftClock, serve


async def test_calls_keep_their_pace_and_are_counted() -> None:
    clock = SwiftClock()
    pace = CallPace(clock)
    async with serve() as server:
        server.set_json("/x", {})
        slow, fast = pace.make_trace("buildbot", 2), pace.make_trace("github")
        for trace in (slow, fast):
            async with aiohttp.ClientSession(trace_configs=[trace]) as session:
                for _ in range(4):
                    async with session.get(f"{server.url}/x") as answer:
                        assert answer.status == 200
    assert pace.calls == {"buildbot": 4, "github": 4}
    assert len(clock.slept) == 3, "only the slow ones wait"
    assert 1.0 < sum(clock.slept) <= 1.5
