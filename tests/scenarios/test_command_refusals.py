"""What is said and must do nothing: by strangers, bots, the hostile; too late, or elsewhere.

All of it is said on one farm, one after another: whatever did something would show in the end.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.fakes.github.repository import DemoComment
from bot.fakes.github.webhooks import make_comment_event
from tests.scenarios.talking import audit, break_ssl, labels, reactions, replies, tell, verdict
from tests.support.farm import Farm, open_farm

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def farm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Farm]:
    """Pull 101 stands accused, and nobody has said a word."""
    async with open_farm(tmp_path_factory.mktemp("farm")) as farm:
        await farm.stop_service()
        await farm.start_service(commands_per_hour=100)
        await farm.merge(100, author="author-100")
        await break_ssl(farm, 101)
        yield farm


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_changes(farm: Farm) -> AsyncIterator[None]:
    """Neither the incident nor our comment, nor what is said of our verdict."""
    before = await farm.incidents(), verdict(farm, 101)
    yield
    assert (await farm.incidents(), verdict(farm, 101)) == before
    assert await labels(farm) == []


async def results(farm: Farm, said: DemoComment) -> list[str]:
    """What came of the commands of a comment."""
    mine = [row for row in await audit(farm) if row["comment_id"] == said.comment_id]
    return [row["result"] for row in mine]


async def test_what_was_edited_runs_nothing(farm: Farm) -> None:
    """Else a harmless comment could be turned into a command that nobody was told of."""
    where = farm.github.repository()
    said = where.add_comment(101, "writer", "/buildbot flaky", farm.clock.now())
    said.bodies.append("never mind")
    await tell(farm, said, body="/buildbot flaky")
    other = where.add_comment(101, "writer", "/buildbot flaky", farm.clock.now())
    other.deleted = True  # no list has it as it was
    await tell(farm, other, updated_at="2099-01-01T00:00:00Z")
    assert reactions(said) == reactions(other) == set()
    assert await results(farm, said) == ["ignored"]
    assert await results(farm, other) == []


async def test_what_was_said_before_the_first_start_is_not_for_us(farm: Farm) -> None:
    """Else the first start would answer the whole past."""
    said = farm.github.repository().add_comment(
        101, "writer", "/buildbot flaky", farm.clock.now().replace(year=2020)
    )
    await tell(farm, said)
    assert reactions(said) == set()
    assert await results(farm, said) == ["ignored"]


async def test_a_stranger_changes_nothing(farm: Farm) -> None:
    """Anybody can write on a public pull."""
    words = ("not-me", "blame #100", "flaky", "infra", "fixed-by #100", "mute", "pause 3", "resume")
    said = await farm.say(101, "\n".join(f"/buildbot {word}" for word in words), by="stranger")
    assert reactions(said) == {"eyes", "confused"}
    assert await results(farm, said) == ["not allowed"] * len(words)
    assert " only." in replies(farm, said)[0]


async def test_bots_we_and_those_who_are_gone_are_not_listened_to(farm: Farm) -> None:
    """Two bots that answer each other never stop."""
    for name in ("helper[bot]", "nightswatch", "ghost"):
        farm.github.repository().roles[name] = "admin"
        said = await farm.say(101, "/buildbot flaky", by=name)
        assert reactions(said) == set()
        assert replies(farm, said) == []


async def test_somebody_whose_account_is_gone_may_nothing(farm: Farm) -> None:
    farm.github.rest.ghosts.add("gone")
    said = await farm.say(101, "/buildbot flaky", by="gone")
    assert " only." in replies(farm, said)[0]


async def test_the_author_of_another_pull_is_nobody_here(farm: Farm) -> None:
    """An author clears their own pull, not somebody else's."""
    said = await farm.say(101, "/buildbot not-me", by="author-100")
    assert " only." in replies(farm, said)[0]


async def test_on_a_pull_that_was_not_merged_nothing_is_decided(farm: Farm) -> None:
    farm.github.open_pull(102, "Another idea", author="author-102")
    await farm.github.close_pull(102)
    said = await farm.say(102, "/buildbot pause 5\n/buildbot mute\n/buildbot status", by="boss")
    assert "not merged" in replies(farm, said)[0]
    assert reactions(said) == {"eyes", "rocket", "confused"}
    assert set(await results(farm, said)) == {"not allowed", "done"}


async def test_on_an_issue_we_are_deaf(farm: Farm) -> None:
    said = farm.github.repository().add_comment(101, "boss", "/buildbot pause 5", farm.clock.now())
    said.deleted = True  # the lists of pulls do not have it
    where = farm.github.repository()
    payload = make_comment_event("created", said, where, "boss", farm.github.url)
    del payload["issue"]["pull_request"]
    await farm.github.emit("issue_comment", payload)
    await farm.settle()
    assert reactions(said) == set()
    assert await results(farm, said) == []


HOSTILE = (
    "/buildbot help\n" * 10_000,
    "/buildbot \u202eemoc",
    "/buildbot\u200b flaky",
    "\u200b/buildbot flaky",
    "```\n/buildbot flaky\n```",
    "> /buildbot flaky",
    "<!-- \n/buildbot flaky\n-->",
    "/buildbot blame @octocat",
    "/buildbot blame deadbeef",
    "/buildbot blame #99999",
    "/buildbot fixed-by zzzzzzz @octo-org/team",
    "/buildbot flaky @octocat #1 octo-org/other#3 <img src=x>",
    "/buildbot infra \u202eDebian",
    "/buildbot pause -1",
    "/buildbot pause ٣",
    "/buildbot pause 1e9",
    "/buildbot deploy everything @octocat",
    "/buildbot fixed-by #99999999999999999999",
)


async def test_hostile_words_do_nothing_and_are_not_repeated(farm: Farm) -> None:
    """What is answered to a hostile comment must not do what the comment could not."""
    for text in HOSTILE:
        said = await farm.say(101, text, by="boss")
        assert "rocket" not in reactions(said), text
        for reply in replies(farm, said):
            assert "@" not in reply
            assert "<img" not in reply
            assert "#1" not in reply
            assert len(reply) < 1000


async def test_what_is_close_to_a_command_is_answered_with_it(farm: Farm) -> None:
    said = await farm.say(101, "/buildbot statsu", by="anybody")
    assert "`/buildbot status`" in replies(farm, said)[0]
    assert reactions(said) == {"eyes", "confused"}


async def test_what_was_said_long_ago_is_refused(farm: Farm) -> None:
    """A delivery that was held up for hours would act on what has changed since."""
    await farm.wait(3700)
    then = farm.clock.now() - timedelta(minutes=61)
    said = farm.github.repository().add_comment(101, "writer", "/buildbot flaky", then)
    await tell(farm, said)
    assert reactions(said) == {"confused"}
    assert replies(farm, said) == []


@pytest.mark.parametrize("changes", [{"user": {"login": "boss", "type": "User"}}])
async def test_a_forged_author_is_not_believed(farm: Farm, changes: dict[str, Any]) -> None:
    """Whoever knows the webhook's secret still has nobody's rights but their own."""
    where = farm.github.repository()
    said = where.add_comment(101, "stranger", "/buildbot flaky", farm.clock.now())
    await tell(farm, said, **changes)
    assert await results(farm, said) == ["ignored"]
    assert reactions(said) == set()


async def test_a_flood_is_refused_before_it_is_read(farm: Farm) -> None:
    """Long comments of somebody who wrote too many cost nothing."""
    await farm.stop_service()
    await farm.start_service(commands_per_hour=2)
    text = "> quoted\n\n" * 100 + "/buildbot status"
    said = [await farm.say(101, text, by="flooder") for _ in range(4)]
    assert [await results(farm, one) for one in said[2:]] == [["refused"]] * 2
    assert [await results(farm, one) for one in said[:2]] == [["done"]] * 2
