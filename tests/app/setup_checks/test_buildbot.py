"""A reporter that does not push is found, and one that had nothing to push is left alone."""

from datetime import timedelta

import pytest

from bot.app.wiring import SystemClock
from bot.core.checks.result import Level
from bot.core.model.build_results import Result
from bot.store import open_store
from tests.app.setup_checks.set_ups import SetUp, now


async def test_before_the_first_start_nobody_can_have_heard_a_push(setup: SetUp) -> None:
    """Doctor comes before the service, as the manual says: that is no fault of the reporter."""
    setup.database.unlink()
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.WARN,
        "nobody has listened for pushes yet",
    )
    assert "start the service" in finding.todo


async def forget_pushes(setup: SetUp) -> None:
    store = await open_store(setup.environ["DATABASE_URL"], SystemClock())
    for name in ("pushed", "first pushed"):
        await store.facts.save_time(name, None)
    await store.close()


async def test_a_push_that_may_still_be_on_its_way_is_no_fault(setup: SetUp) -> None:
    """Asked a moment after the first build."""
    await forget_pushes(setup)
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.WARN,
        "no push of a finished build came yet",
    )
    assert "ask again" in finding.todo


async def finish_builds(setup: SetUp, *minutes_ago: int) -> None:
    for minutes in minutes_ago:
        at = now() - timedelta(minutes=minutes)
        await setup.buildbot.build("AMD64 Debian", "b" * 40, complete_at=at)
    await setup.remember(buildbot_cursor=now())


async def test_a_reporter_that_never_pushed_is_found(setup: SetUp) -> None:
    await forget_pushes(setup)
    await finish_builds(setup, 30, 0)
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.FAIL,
        "no push of a finished build ever came",
    )
    assert "BuildStartEndStatusGenerator" in finding.todo


async def test_a_reporter_that_stopped_is_found(setup: SetUp) -> None:
    """A peer's did so for weeks, and nobody knew."""
    await setup.remember(pushed=now() - timedelta(hours=2))
    await finish_builds(setup, 60, 30, 0)
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.FAIL
    assert "the last 2 builds were not pushed" in finding.words


async def test_builds_that_finished_while_nobody_listened_are_no_fault(setup: SetUp) -> None:
    """The service was stopped: Buildbot had nobody to push to."""
    await finish_builds(setup, 60, 30, 0)
    await setup.remember(
        pushed=now() - timedelta(hours=2), buildbot_cursor=now() - timedelta(hours=2)
    )
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.OK


@pytest.mark.parametrize("result", [Result.RETRY, Result.EXCEPTION, Result.CANCELLED])
async def test_a_reporter_that_is_silent_on_some_results_is_found(
    setup: SetUp, result: Result
) -> None:
    """Buildbot's default generator is: a machine that broke never ends, for us."""
    at = now() - timedelta(minutes=30)
    await setup.buildbot.build("AMD64 Debian", "b" * 40, result=result, complete_at=at)
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.WARN
    assert f"builds that end in {result.name} are not pushed" in finding.words
    await setup.remember(**{f"pushed {result.name}": at})
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.OK
