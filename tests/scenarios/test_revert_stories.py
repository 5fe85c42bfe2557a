"""Somebody asks for a revert: one pull is opened with the evidence, and merged by nobody."""

import pytest

from bot.fakes.github.repository import DemoPull
from tests.scenarios.talking import BUILDERS, break_ssl, reactions, replies
from tests.support.farm import Farm


def find_reverts(farm: Farm) -> list[DemoPull]:
    """Pulls of ours."""
    return [p for p in farm.github.repository().pulls.values() if p.author == "nightswatch"]


async def confirm(farm: Farm) -> None:
    """Pull 101 broke all builders, and nothing else is left to have done it."""
    before, bad = await break_ssl(farm, 100, 101)
    for builder in BUILDERS:
        await farm.green(builder, at=before)
        await farm.red(builder, at=bad)
    assert (await farm.only_incident())["verdict"] == "confirmed"


async def test_a_revert_is_opened_once_with_its_evidence(farm: Farm) -> None:
    await confirm(farm)
    said = await farm.say(101, "/buildbot revert\n\n/buildbot revert", by="writer")
    again = await farm.say(101, "/buildbot revert", by="boss")
    (pull,) = find_reverts(farm)
    assert f"#{pull.number} takes this pull back." in replies(farm, again)[0]
    assert (pull.merged_at, pull.base) == (None, "main")
    assert pull.title == f'Revert "{farm.github.repository().pulls[101].title}"'
    assert "Reverts octo-org/demo#101, as writer asked" in pull.body
    assert "test_ssl" in pull.body
    (reply,) = replies(farm, said)
    assert f"#{pull.number} takes this pull back." in reply
    assert reactions(said) == {"eyes", "rocket"}


async def test_an_answer_that_was_lost_opens_no_second_one(farm: Farm) -> None:
    """GitHub opened it, and the connection broke before it said so."""
    await confirm(farm)
    farm.github.fail_next("commit_then_502", "graphql", skip=4)
    said = await farm.say(101, "/buildbot revert", by="writer")
    assert len(find_reverts(farm)) == 1
    assert replies(farm, said) == []
    await farm.wait(180)
    (pull,) = find_reverts(farm)
    assert f"#{pull.number} takes this pull back." in replies(farm, said)[0]


@pytest.mark.parametrize("who", ["octocat", "author-101"])
async def test_who_may_not_write_opens_nothing(farm: Farm, who: str) -> None:
    await confirm(farm)
    said = await farm.say(101, "/buildbot revert anyway", by=who)
    assert find_reverts(farm) == []
    assert "may write to this repository only" in replies(farm, said)[0]


async def test_what_is_not_confirmed_is_reverted_only_anyway(farm: Farm) -> None:
    await break_ssl(farm, 100, 101)
    said = await farm.say(101, "/buildbot revert", by="writer")
    assert find_reverts(farm) == []
    assert "`/buildbot revert anyway`" in replies(farm, said)[0]
    await farm.say(101, "/buildbot revert anyway", by="writer")
    (pull,) = find_reverts(farm)
    assert "test_ssl" in pull.body
