"""Stories of people who asked on a pull to be mentioned there."""

from pathlib import Path

import pytest

from bot.core.notices.notice import sending_key
from tests.support.databases import SqliteDatabase
from tests.support.farm import Farm, open_farm

DEBIAN = "AMD64 Debian"


async def mend(farm: Farm) -> None:
    for number in (103, 104):
        await farm.green(DEBIAN, at=await farm.merge(number))
    await farm.skip(130)


def mentions(farm: Farm, pull: int = 101) -> list[str]:
    return [text for text in farm.comments(pull) if "nightswatch notice=" in text]


async def test_who_asked_is_mentioned_when_it_is_mended_and_nobody_else(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="Mona-Lisa")
    await farm.say(101, "/buildbot subscribe", by="hubot")
    await farm.say(101, "/buildbot unsubscribe", by="hubot")
    await farm.skip(130)
    assert mentions(farm) == [], "what stands there already is no news to who reads it"
    await mend(farm)
    (text,) = mentions(farm)
    assert text.startswith("@Mona-Lisa\n\nfixed: test.test")
    assert text.count("@") == 1
    await farm.skip(600)
    assert len(mentions(farm)) == 1


async def test_a_builder_that_is_called_like_a_person_calls_nobody(farm: Farm) -> None:
    await farm.green(farm.builder("@octocat and <b>"), at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red("@octocat and <b>", at=broken)
    await farm.say(101, "/buildbot subscribe", by="mona")
    for number in (103, 104):
        await farm.green("@octocat and <b>", at=await farm.merge(number))
    await farm.skip(130)
    (text,) = mentions(farm)
    assert "@octocat" not in text
    assert "<b" not in text


async def test_the_first_word_on_a_pull_is_news_to_who_asked_before(farm: Farm) -> None:
    await farm.green(farm.builder(DEBIAN), at=await farm.merge(100))
    broken = await farm.merge(101)
    await farm.say(101, "/buildbot subscribe", by="mona")
    for _ in range(2):
        await farm.red(DEBIAN, at=broken)
    await farm.skip(130)
    (text,) = mentions(farm)
    assert text.startswith("@mona\n\nbroken: ")
    assert mentions(farm, 100) == []


async def test_a_muted_pull_mentions_nobody(farm: Farm) -> None:
    farm.github.repository().roles |= {"writer": "write"}
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="mona")
    await farm.say(101, "/buildbot mute", by="writer")
    await mend(farm)
    assert mentions(farm) == []


async def test_who_deleted_our_comment_is_let_alone(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="mona")
    for comment in farm.github.repository().comments_of(101):
        comment.deleted = "nightswatch pull=" in comment.body
    await mend(farm)
    assert mentions(farm) == []


@pytest.mark.parametrize("fault", ["commit_then_502", "commit_then_reset"])
async def test_a_lost_answer_is_not_a_second_mention(farm: Farm, fault: str) -> None:
    """GitHub has the comment, and we heard nothing of it: it is found, not made again."""
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="mona")
    for number in (103, 104):
        await farm.green(DEBIAN, at=await farm.merge(number))
    farm.github.fail_next(fault, "post-comment")
    for _ in range(4):
        await farm.skip(100)
    assert len(mentions(farm)) == 1
    assert (await farm.store.views.load_outbox()).waiting == 0


async def test_a_restart_mentions_nobody_again(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot subscribe", by="mona")
    await mend(farm)
    await farm.stop_service()
    await farm.start_service()
    await farm.store.inbox.put([sending_key(f"pull/{farm.github.repository().repo_id}/101")])
    await farm.skip(130)
    assert len(mentions(farm)) == 1


async def test_a_dry_run_mentions_nobody(tmp_path: Path) -> None:
    async with open_farm(tmp_path, database=SqliteDatabase(tmp_path), post_comments=False) as farm:
        await farm.break_builder()
        await farm.say(101, "/buildbot subscribe", by="mona")
        await mend(farm)
        assert farm.comments(101) == ["/buildbot subscribe"]
