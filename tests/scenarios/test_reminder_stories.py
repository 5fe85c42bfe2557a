"""What is still broken after a day is told once more, and never twice."""

from pathlib import Path

from bot.core.render.reminder import make_reminder_marker
from bot.core.repository_settings.settings import PATH
from bot.reconcile.cursors import REMINDING_SINCE
from tests.scenarios.talking import BUILDERS, DEBIAN, break_ssl
from tests.support.farm import Farm, open_farm

DAY = 86_400


async def confirm(farm: Farm) -> str:
    """Pull 101 broke all builders, and nothing else is left to have done it; its commit."""
    before, bad = await break_ssl(farm, 100, 101)
    for builder in BUILDERS:
        await farm.green(builder, at=before)
        await farm.red(builder, at=bad)
    assert (await farm.only_incident())["verdict"] == "confirmed"
    return bad


async def pass_days(farm: Farm, at: str, days: int = 2) -> None:
    """Time goes on, as Buildbot's clock tells it: by builds."""
    for _ in range(days):
        farm.clock.advance(DAY)
        await farm.red(DEBIAN, at=at)
        await farm.wait(330)  # a look at all comments comes every 300 seconds


async def find_reminders(farm: Farm) -> list[str]:
    marker = make_reminder_marker((await farm.only_incident())["id"])
    return [body for body in farm.comments(101) if marker in body]


async def test_a_confirmed_culprit_is_reminded_once(farm: Farm) -> None:
    bad = await confirm(farm)
    assert await find_reminders(farm) == []
    await pass_days(farm, bad, days=3)
    (reminder,) = await find_reminders(farm)
    assert "no fix in sight" in reminder
    assert "`/buildbot revert`" in reminder
    await farm.stop_service()
    await farm.start_service()
    await pass_days(farm, bad)
    assert len(await find_reminders(farm)) == 1


async def test_a_post_whose_answer_was_lost_is_found_again(farm: Farm) -> None:
    bad = await confirm(farm)
    farm.github.fail_next("commit_then_502", "post-comment")
    await pass_days(farm, bad, days=3)
    assert len(await find_reminders(farm)) == 1


async def test_who_tells_of_a_fix_is_not_reminded(farm: Farm) -> None:
    bad = await confirm(farm)
    await farm.merge(102, "Mend ssl")
    await farm.say(101, "/buildbot fixed-by #102", by="writer")
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_a_revert_that_was_asked_for_is_a_fix_in_sight(farm: Farm) -> None:
    bad = await confirm(farm)
    await farm.say(101, "/buildbot revert", by="writer")
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_a_revert_that_landed_is_a_fix_though_no_test_shows_it_yet(farm: Farm) -> None:
    bad = await confirm(farm)
    reverted = await farm.merge(102, "Take it back", body=f"This reverts commit {bad}.")
    await farm.green(farm.builder("Docs"), at=reverted)
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_who_muted_us_is_not_reminded(farm: Farm) -> None:
    bad = await confirm(farm)
    await farm.say(101, "/buildbot mute", by="author-101")
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_a_repository_that_wants_no_reminders_gets_none(farm: Farm) -> None:
    bad = await confirm(farm)
    await farm.github.write_file(PATH, b"reminder_hours = 0\n")
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_a_locked_pull_is_tried_once(farm: Farm) -> None:
    bad = await confirm(farm)
    farm.github.lock(101)
    await pass_days(farm, bad)
    farm.github.repository().pulls[101].locked = False
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_an_upgrade_reminds_of_nothing_that_was_told_before(tmp_path: Path) -> None:
    """The version before knew no reminders; all that it told of would be due at once."""
    async with open_farm(tmp_path) as farm:
        bad = await confirm(farm)
        await farm.store.facts.save_time(REMINDING_SINCE, None)
        await farm.stop_service()
        await farm.start_service()
        await pass_days(farm, bad)
        assert await find_reminders(farm) == []


async def test_a_label_that_asks_for_silence_is_heard(farm: Farm) -> None:
    """Set when our comment came, which is when people think of it."""
    bad = await confirm(farm)
    farm.github.repository().pulls[101].labels.append("buildbot:mute")
    await pass_days(farm, bad)
    assert await find_reminders(farm) == []


async def test_where_our_comment_was_deleted_nobody_is_reminded(farm: Farm) -> None:
    bad = await confirm(farm)
    for comment in farm.github.comments(101):
        comment.deleted = True
    await pass_days(farm, bad)
    assert farm.comments(101) == []
