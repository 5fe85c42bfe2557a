"""People ask for silence and end it, or are not heard at once: what is said then, and when."""

from bot.store.statistics import Record, Statistics
from tests.scenarios.talking import (
    DEBIAN,
    FEDORA,
    audit,
    break_ssl,
    labels,
    replies,
    tell,
    verdict,
)
from tests.support.farm import Farm


def living(farm: Farm, pull: int) -> list[str]:
    """Our comments on a pull, without replies."""
    return [body for body in farm.comments(pull) if "nightswatch pull=" in body]


async def break_os(farm: Farm, pull: int, base: str) -> str:
    """Another pull breaks another test on the same builders."""
    for builder in (DEBIAN, FEDORA):
        await farm.green(builder, at=base)
    bad = await farm.merge(pull, "Change os", author=f"author-{pull}")
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=bad, failing=["test_os"])
    return bad


async def test_what_breaks_in_a_pause_is_said_when_it_is_over(farm: Farm) -> None:
    """Nobody types `resume` at night; what broke meanwhile must not stay unsaid for ever."""
    await break_ssl(farm, 101)
    pause = await farm.say(101, "/buildbot pause 1", by="boss")
    await break_os(farm, 103, await farm.merge(102, "Mend ssl"))
    assert "Fixed" in verdict(farm, 101), "what was said before is followed"
    assert living(farm, 103) == []
    await tell(farm, pause)  # delivered again: that is not the end of it
    assert living(farm, 103) == []
    await farm.wait(3700)
    assert "test_os" in verdict(farm, 103)


async def test_a_pause_that_is_ended_by_hand_is_over_at_once(farm: Farm) -> None:
    await break_ssl(farm, 101)
    await farm.say(101, "/buildbot pause 720", by="boss")
    await break_os(farm, 103, await farm.merge(102, "Mend ssl"))
    assert living(farm, 103) == []
    await farm.say(101, "/buildbot resume", by="boss")
    assert "test_os" in verdict(farm, 103)


async def test_a_pull_that_is_muted_hears_nothing_new_until_it_is_unmuted(farm: Farm) -> None:
    """Its author knows already, and wants no mail; others are told as ever."""
    await break_ssl(farm, 101)
    fix = await farm.merge(102, "Mend ssl", author="author-102")
    await farm.say(102, "/buildbot mute", by="author-102")
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=fix, failing=["test_os"])
    assert living(farm, 102) == []
    assert "Fixed" in verdict(farm, 101)
    await farm.say(102, "/buildbot unmute", by="author-102")
    assert "test_os" in verdict(farm, 102)


async def test_a_comment_that_no_webhook_told_of_is_heard_through_the_list(farm: Farm) -> None:
    """With a plain token nothing is delivered again; the webhook that comes late acts no more."""
    await break_ssl(farm, 101)
    await farm.wait(700)  # a sweep that knows where to begin
    door, farm.github.hook_url = farm.github.hook_url, "http://127.0.0.1:1/github"
    said = await farm.say(101, "/buildbot not-me\n/buildbot status", by="author-101")
    assert farm.github.hooks.sent[-1].status is None
    await farm.wait(700)
    farm.github.hook_url = door
    await tell(farm, said)
    await farm.wait(1300)
    assert [row["result"] for row in await audit(farm)] == ["done", "done"]
    assert await labels(farm) == [("objected", False)]
    assert len(replies(farm, said)) == 1


async def test_a_revert_long_after_still_says_that_we_were_right(farm: Farm) -> None:
    """Our own record is counted by it, also when nothing else about the incident changes."""
    (bad,) = await break_ssl(farm, 101)
    fix = await farm.merge(102, "Mend ssl")
    for builder in (DEBIAN, FEDORA):
        await farm.green(builder, at=fix)
    assert "Fixed" in verdict(farm, 101)
    assert await labels(farm) == []
    farm.clock.advance(20 * 86_400)
    reverted = await farm.push(f"Revert it\n\nThis reverts commit {bad}.")
    await farm.green(DEBIAN, at=reverted)
    assert await labels(farm) == [("reverted", False)]
    record = await Statistics(farm.store.database, farm.clock).load_record()
    assert record == Record(told=1, withdrawn=0, objected=0, right=1, wrong=0)


async def test_the_comment_and_its_explanation_tell_the_evidence(farm: Farm) -> None:
    """An author who doubts it wants to see what was red and green, and how the test did before."""
    for number in range(90, 96):
        base = await farm.merge(number)
        for builder in (farm.builder(DEBIAN), farm.builder(FEDORA)):
            await farm.green(builder, at=base)
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot explain", by="anybody")
    for text in (living(farm, 101)[0], replies(farm, said)[0]):
        assert "Flaked in 0 of " in text
        assert "What speaks for it, and against" in text
        assert "For it:" in text
    incident = await farm.only_incident()
    assert incident["record"]["runs"] > 0
    assert any(suspect["testimony"] for suspect in incident["suspects"])
