"""A worker of a real Buildbot dies in the middle of a build."""

import asyncio

import pytest

from tests.e2e.conftest import OpenStage
from tests.e2e.fleet import FleetBuilder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

BROKEN = {"test_ssl": {"on": "*", "message": "41"}}


async def test_a_killed_worker_is_no_evidence(open_stage: OpenStage) -> None:
    """Buildbot closes the build as RETRY and builds again; only the second one counts."""
    async with open_stage(
        [FleetBuilder("AMD64 Debian", seconds=3, alone=True), FleetBuilder("AMD64 Fedora")]
    ) as stage:
        stage.wait_idle()
        await stage.merge(101, "Speed up ssl", broken=BROKEN)
        await asyncio.sleep(1.5)
        stage.fleet.kill_worker("AMD64 Debian")
        await asyncio.sleep(1)
        stage.fleet.start_worker("AMD64 Debian")
        await stage.wait_for_comment(101, "test_ssl")
        results = {b["results"] for b in stage.fleet.get("builds", complete="true")["builds"]}
        assert 5 in results, "a build was to be retried"
        assert len(stage.comments(101)) == 1
