"""Stories of failures that are not the build's, and of what a build leaves behind."""

from bot.core.model.build_results import Result
from tests.support.farm import Farm, make_log

LINT = make_log(["test_lint"], "too long")


async def test_a_step_that_does_not_count_opens_no_incident(farm: Farm) -> None:
    """It fails with `flunkOnFailure=False` in each build; only one is red, and not for it."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken, beside={"lint": LINT})
    incident = await farm.only_incident()
    assert incident["tests"] == ["test.test_ssl.BasicTests.test_basic"]
    assert "test_lint" not in farm.only_comment(101)


async def test_a_step_that_only_warns_opens_no_incident(farm: Farm) -> None:
    """Its words are among the build's; that it failed in builds that were not red tells."""
    builder = farm.builder("AMD64 Debian")
    sha = await farm.merge(100)
    await farm.build(builder, sha, result=Result.WARNINGS, beside={"lint": LINT})
    broken = await farm.merge(101)
    for _ in range(2):
        red = await farm.buildbot.build(
            builder,
            broken,
            log=make_log(["test_ssl"], "41 != 42"),
            beside={"lint": LINT},
            push=False,
        )
        farm.buildbot.master.builds[red]["state_string"] = (
            "failed failed lint (failure) failed test (failure)"
        )
        await farm.post("/buildbot", farm.buildbot.make_push(red))
        await farm.settle()
    incident = await farm.only_incident()
    assert incident["tests"] == ["test.test_ssl.BasicTests.test_basic"]


async def test_a_hidden_step_opens_no_incident(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken, hidden=["test"])
    assert await farm.incidents() == []
    notes = await farm.store.views.load_notes()
    assert "test failed, and is hidden" in notes.builds[0]


async def test_tests_that_failed_before_an_exception_have_failed(farm: Farm) -> None:
    """The upload crashed in both builds; the tests before it had failed, and told who did it."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken, boom="upload")
    assert "test_ssl" in farm.only_comment(101)
    await farm.green(builder, at=await farm.merge(102))
    assert "Fixed" in farm.first_line(101)


async def test_an_exception_without_failures_says_nothing(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.break_builder()
    await farm.build(builder, await farm.merge(102), result=Result.SUCCESS, boom="upload")
    assert "This PR" in farm.first_line(101)
    assert len(await farm.incidents()) == 1


async def test_a_log_that_a_janitor_emptied_is_told(farm: Farm) -> None:
    """An empty log would read as a build that failed for no reason."""
    builder = farm.builder("AMD64 Debian")
    sha = await farm.merge(100)
    red = await farm.buildbot.build(builder, sha, log=make_log(["test_ssl"], "x"), push=False)
    farm.buildbot.empty_logs(red)
    await farm.post("/buildbot", farm.buildbot.make_push(red))
    await farm.settle()
    notes = await farm.store.views.load_notes()
    assert notes.builds == ("AMD64 Debian #1: test/stdio: log deleted by the master",)
    assert await farm.incidents() == []


async def test_a_build_that_changed_after_it_was_complete_is_read_again(farm: Farm) -> None:
    """Somebody corrected it, or a master closed it anew at its restart."""
    await farm.break_builder()
    assert "This PR" in farm.first_line(101)
    for buildid in (2, 3):
        farm.buildbot.master.builds[buildid].update(results=int(Result.CANCELLED))
    await farm.wait(60)
    assert "Withdrawn" in farm.first_line(101)


async def test_another_build_under_the_same_number_takes_no_ones_place(farm: Farm) -> None:
    """A master was made anew at the same address, and counts from one again."""
    await farm.break_builder()
    before = farm.only_comment(101)
    builds = farm.buildbot.master.builds
    for buildid in (2, 3):
        later = builds[buildid]["complete_at"] + 30
        builds[buildid].update(
            started_at=later, complete_at=later, results=int(Result.SUCCESS), number=77
        )
    await farm.wait(60)
    assert farm.only_comment(101) == before
    unread = await farm.store.views.load_unread()
    assert unread.refused == 2
    assert "another build was read under this number before" in unread.shown[0].reason


async def test_a_push_of_another_master_does_no_harm(farm: Farm) -> None:
    """Two masters know the same door: what is told is only where to look, and not what to think."""
    await farm.break_builder()
    before = farm.only_comment(101)
    push = farm.buildbot.make_push(2) | {"results": 0, "url": "https://other.example/#/builds/2"}
    for _ in range(2):
        await farm.post("/buildbot", push)
        await farm.post("/buildbot", push | {"buildid": 4711})
    await farm.settle()
    assert farm.only_comment(101) == before
    assert (await farm.store.views.load_unread()).refused == 1
