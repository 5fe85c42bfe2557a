"""A real master and real workers go red over several pulls at once."""

import asyncio
from pathlib import Path

import pytest

from tests.cli.running import run_command
from tests.e2e.conftest import OpenStage
from tests.e2e.fleet import FleetBuilder
from tests.e2e.stages import Stage
from tests.support.farm import GITHUB_TOKEN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

SLOW = FleetBuilder("ARM64 Debian slow", seconds=6, collapse=True)
FAST = FleetBuilder("AMD64 Debian")
FASTER = FleetBuilder("AMD64 Fedora")
FLAKY = FleetBuilder("AMD64 Arch")
BROKEN = {"test_ssl": {"on": "*", "message": "41"}}


async def test_the_middle_of_three_pulls_is_told_once(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    """The slow builder builds all three at once; two fast ones build each, and tell them apart."""
    async with open_stage([SLOW, FAST, FASTER]) as stage:
        await asyncio.sleep(1)  # the slow builder is busy with the first commit now
        first = await stage.merge(101, "Tidy the docs")
        second = await stage.merge(102, "Speed up ssl", broken=BROKEN)
        await stage.merge(103, "Add a test")

        comment = await stage.wait_for_comment(102, "test_ssl")
        stage.wait_idle()
        await stage.wait_until_read()

        slow = stage.fleet.get("builders/ARM64 Debian slow/builds".replace(" ", "%20"))["builds"]
        assert len(slow) == 2, "the slow builder was to build the three at once"
        assert f"{first}...{second}" in comment
        assert len(stage.comments(102)) == 1
        assert stage.comments(101) == stage.comments(103) == []

        await stage.merge(104, "Mend ssl", broken={"test_ssl": None})
        fixed = await stage.wait_for_comment(102, "#104")
        assert "Fixed" in fixed
        assert len(stage.comments(102)) == 1
        await check_what_a_passer_by_is_told(stage, tmp_path)


async def check_what_a_passer_by_is_told(stage: Stage, folder: Path) -> None:
    """Who only looks at the same master, is told of the same pull."""
    environ = {
        "GITHUB_API_URL": stage.github.url,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "POLICY_PLAIN_UNTIL": "1000",  # as the service of this stage has it
        "XDG_CACHE_HOME": str(folder / "passer-by"),
    }
    page = f"{stage.fleet.url}/#/builders/1"
    ran = await run_command(folder, environ, "try", page, "--once", "--calls-per-second", "100")
    assert (ran.status, ran.err) == (0, "")
    (told,) = [line for line in ran.out.splitlines() if "#102  " in line]
    assert "test_ssl" in told
    assert "fixed by #104" in told
    assert "It would have said 1 thing." in ran.out


async def test_a_batch_of_five_is_narrowed_and_a_flake_beside_it_stays_unspoken(
    open_stage: OpenStage,
) -> None:
    """The slow builder cannot tell five pulls apart, two others can; a third has a bad day."""
    flake = {"test_zipfile": {"on": [FLAKY.name], "once": True, "message": "timing"}}
    async with open_stage([SLOW, FAST, FASTER, FLAKY]) as stage:
        await asyncio.sleep(1)  # the slow builder is busy with the first commit now
        await stage.merge(101, "Tidy the docs")
        before = await stage.merge(102, "Add a test", broken=flake)
        culprit = await stage.merge(103, "Speed up ssl", broken=BROKEN)
        await stage.merge(104, "Add another test")
        await stage.merge(105, "Tidy the tests")

        comment = await stage.wait_for_comment(103, "test_ssl", 300)
        stage.wait_idle()
        await stage.wait_until_read()

        slow = stage.fleet.get("builders/ARM64 Debian slow/builds".replace(" ", "%20"))["builds"]
        assert len(slow) == 2, "the slow builder was to build the five at once"
        assert f"{before}...{culprit}" in comment
        assert "test_zipfile" not in comment
        told = {n: len(stage.comments(n)) for n in range(101, 106)}
        assert told == {101: 0, 102: 0, 103: 1, 104: 0, 105: 0}
        page = await stage.service.wait_for("/api/v1/incidents", lambda page: page["incidents"], 60)
        seen = {test: i["pull"] for i in page["incidents"] for test in i["tests"]}
        flaked = [pull for test, pull in seen.items() if "test_zipfile" in test]
        assert flaked == [None], "it was seen, and nobody is accused of it"


async def test_three_pulls_in_one_push_are_silence(open_stage: OpenStage) -> None:
    """Every builder sees the last one only: nothing tells them apart, and the JSON says so."""
    async with open_stage([FAST, FASTER]) as stage:
        stage.wait_idle()
        fleet, github = stage.fleet, stage.github
        await github.merge(101, "Tidy the docs")
        fleet.break_tests(**BROKEN)
        await github.merge(102, "Speed up ssl")
        tip = await github.merge(103, "Add a test")
        fleet.announce("main", tip, "Three at once")

        def is_understood(page: dict[str, list[dict[str, str]]]) -> bool:
            return any("3 pulls" in incident["reason"] for incident in page["incidents"])

        page = await stage.service.wait_for("/api/v1/incidents", is_understood, 180)
        stage.wait_idle()
        await stage.wait_until_read()
        (incident,) = page["incidents"]
        assert incident["verdict"] == "unknown"
        assert {s["pr"] for s in incident["suspects"]} == {101, 102, 103}
        assert [stage.comments(n) for n in (101, 102, 103)] == [[], [], []]
