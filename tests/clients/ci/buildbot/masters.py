"""What a master is made to answer, and reading it as the service does."""

from typing import Any

from bot.clients.ci.buildbot.client import BuildbotClient
from bot.core.model import Log
from tests.clients.serving import Serving
from tests.support.clock import FakeClock

SHA = "ac73f2feaaed5d19e3174a5dd5e63b08a6a9e852"


LOG = Log(9, "test", 3, None, "stdio", 1)


CLOCK = FakeClock()


def make_row(buildid: int, **changes: Any) -> dict[str, Any]:
    return {
        "buildid": buildid,
        "number": buildid,
        "builderid": 1,
        "buildrequestid": buildid + 100,
        "workerid": 1,
        "started_at": 1000 + buildid,
        "complete_at": 2000 + buildid,
        "complete": True,
        "results": 2,
        "state_string": "failed",
        "properties": {"got_revision": [SHA, "Git"], "workername": ["w", "Worker"]},
    } | changes


def set_build(master: Serving, buildid: int, buildset: dict[str, Any]) -> None:
    master.set_json(f"/api/v2/builds/{buildid}", {"builds": [make_row(buildid)]})
    master.set_json(
        f"/api/v2/buildrequests/{buildid + 100}", {"buildrequests": [{"buildsetid": 5}]}
    )
    master.set_json("/api/v2/buildsets/5", {"buildsets": [buildset]})


async def read(client: BuildbotClient, log: Log = LOG) -> str:
    return b"".join([chunk async for chunk in client.stream_log(log)]).decode()
