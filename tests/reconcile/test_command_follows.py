"""Who may ask to be mentioned on a pull, and what they are not told anew."""

from dataclasses import replace

from bot.core.notices.followers import MOST_FOLLOWERS, FollowChange
from tests.scenarios.talking import reactions, replies
from tests.store.test_commands import ACTION
from tests.support.farm import Farm


async def test_one_pull_mentions_only_so_many_people(farm: Farm) -> None:
    await farm.merge(101)
    repo_id = farm.github.repository().repo_id
    for n in range(MOST_FOLLOWERS):
        follow = FollowChange(repo_id, 101, f"person-{n}", farm.clock.now())
        await farm.store.commands.save_command(replace(ACTION, comment_id=n), follow=follow)
    late = await farm.say(101, "/buildbot subscribe", by="late")
    assert f"{MOST_FOLLOWERS} people are mentioned here already" in replies(farm, late)[0]
    again = await farm.say(101, "/buildbot subscribe", by="Person-1")
    assert reactions(again) == {"eyes", "rocket"}
    await farm.say(101, "/buildbot unsubscribe", by="PERSON-1")
    await farm.say(101, "/buildbot subscribe", by="late")
    people = await farm.store.notices.load_followers(repo_id, 101)
    assert "late" in people
    assert "person-1" not in people


async def test_a_robot_is_not_mentioned(farm: Farm) -> None:
    await farm.merge(101)
    said = await farm.say(101, "/buildbot subscribe", by="renovate[bot]")
    assert "rocket" not in reactions(said)
    assert await farm.store.notices.load_followers(farm.github.repository().repo_id, 101) == ()


async def test_who_comes_when_nobody_was_left_hears_of_changes_from_then_on(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="mona")
    await farm.say(101, "/buildbot unsubscribe", by="mona")
    for number in (103, 104):
        await farm.green("AMD64 Debian", at=await farm.merge(number))
    await farm.skip(130)
    await farm.say(101, "/buildbot subscribe", by="lisa")
    await farm.red("AMD64 Debian", at=await farm.merge(105))
    await farm.skip(130)
    assert [text for text in farm.comments(101) if "nightswatch notice=" in text] == []
