"""People answer: what they write on pulls, told through the doors, and what they then see."""

from pathlib import Path

import pytest

from tests.scenarios.talking import (
    BUILDERS,
    DEBIAN,
    FEDORA,
    RISCV,
    audit,
    break_ssl,
    labels,
    reactions,
    replies,
    tell,
    verdict,
)
from tests.support.databases import Database
from tests.support.farm import Farm, open_farm


async def test_the_author_objects_a_maintainer_files_and_takes_it_back_and_the_fix_closes_it(
    tmp_path: Path, database: Database
) -> None:
    """An argument in public has to end where the builds say, whoever spoke last."""
    async with open_farm(tmp_path, database=database) as farm:
        before, bad = await break_ssl(farm, 100, 101)
        await farm.green(DEBIAN, at=before)
        assert "suspected" in verdict(farm, 101)

        said = await farm.say(101, "/buildbot not-me it is only a comment", by="author-101")
        assert reactions(said) == {"eyes", "rocket"}
        assert "objects" in (await farm.only_incident())["reason"]
        unsure = (await farm.only_incident())["confidence"]
        assert farm.github.comments(100) == []  # an objection names nobody else

        await farm.red(RISCV, at=bad)
        await farm.red(DEBIAN, at=bad, scheduler="force", reason="again")
        assert (await farm.only_incident())["confidence"] >= unsure
        assert "suspected" in verdict(farm, 101)

        await farm.say(101, "/buildbot flaky", by="writer")
        assert "Withdrawn" in verdict(farm, 101)
        undone = await farm.say(101, "/buildbot undo", by="writer")
        assert "`flaky`" in replies(farm, undone)[0]
        assert "suspected" in verdict(farm, 101)

        fix = await farm.merge(102, "Mend ssl")
        for builder in BUILDERS:
            await farm.green(builder, at=fix)
        assert "Fixed" in verdict(farm, 101)
        assert set(await labels(farm)) == {("objected", False), ("flaky", True)}
        assert [row["command"] for row in await audit(farm)] == ["undo", "flaky", "not-me"]


async def test_a_maintainer_names_the_culprit_and_the_comment_moves(farm: Farm) -> None:
    """Who was wrongly accused is told so, and who did it hears of it, once."""
    first, _ = await break_ssl(farm, 100, 101)
    await farm.green(DEBIAN, at=first)
    assert "suspected" in verdict(farm, 101)

    said = await farm.say(101, "Sorry, that was me:\n/buildbot blame #100", by="writer")
    assert reactions(said) == {"eyes", "rocket"}
    assert "Withdrawn" in verdict(farm, 101)
    assert "This PR broke" in verdict(farm, 100)
    assert "Named by a maintainer" in farm.comments(100)[0]
    assert await labels(farm) == [("other", False)]

    await farm.red(RISCV, at=first)  # more builds change nothing about who was named
    assert "This PR broke" in verdict(farm, 100)

    await farm.say(100, "/buildbot undo", by="writer")
    assert "Withdrawn" in verdict(farm, 100)


async def test_a_command_told_twice_acts_once(farm: Farm) -> None:
    """GitHub delivers again, with the old GUID or with a new one; people asked once."""
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot flaky", by="writer")
    await farm.say(101, "/buildbot undo", by="writer")
    await tell(farm, said)
    await farm.wait(90)
    assert "suspected" in verdict(farm, 101)
    assert len(await audit(farm)) == 2


@pytest.mark.parametrize("fault", ["commit_then_502", "commit_then_reset"])
async def test_a_lost_answer_to_the_reply_is_not_a_second_reply(
    tmp_path: Path, database: Database, fault: str
) -> None:
    """The reply stands, our record of it does not: it is found, not repeated."""
    async with open_farm(tmp_path, database=database) as farm:
        await break_ssl(farm, 101)
        farm.github.fail_next(fault, "post-comment")
        said = await farm.say(101, "/buildbot status", by="anybody")
        await farm.wait(120)
        assert len(replies(farm, said)) == 1
        assert reactions(said) == {"eyes", "rocket"}


async def test_a_service_that_dies_between_the_deed_and_its_record_does_it_once(
    tmp_path: Path, database: Database
) -> None:
    """The objection is stored, and the process ends before anything was answered."""
    async with open_farm(tmp_path, database=database) as farm:
        await break_ssl(farm, 101)
        farm.github.fail_next("status", "post-comment", status=502)
        said = await farm.github.comment(101, "/buildbot not-me", author="author-101")
        while not await audit(farm):
            await farm.tick()
        await farm.stop_service()
        await farm.start_service()
        await farm.wait(200)  # the lists may have to settle twice: after the end, and the 502
        assert len(await audit(farm)) == 1
        assert len(await labels(farm)) == 1
        assert len(replies(farm, said)) == 1


async def test_several_incidents_have_to_be_told_apart(farm: Farm) -> None:
    """A word that could mean two failures must not be guessed about."""
    (bad,) = await break_ssl(farm, 101)
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=bad, failing=["test_ssl", "test_zlib"], message="other")
    assert len([i for i in await farm.incidents() if i["state"] == "open"]) > 1
    said = await farm.say(101, "/buildbot flaky", by="writer")
    assert "name the test" in replies(farm, said)[0]
    said = await farm.say(101, "/buildbot flaky test_zlib", by="writer")
    assert reactions(said) == {"eyes", "rocket"}
    states = {tuple(i["tests"]): i["verdict"] for i in await farm.incidents()}
    assert [v for tests, v in states.items() if "zlib" in str(tests)] == ["flaky"]


async def test_a_fix_that_somebody_names_closes_it_once_it_is_green(farm: Farm) -> None:
    """A builder that never comes back must not keep an incident open that was mended."""
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot fixed-by #102", by="author-101")
    assert "not landed yet" in replies(farm, said)[0]
    fix = await farm.merge(102, "Mend ssl")
    assert "suspected" in verdict(farm, 101)
    await farm.green(DEBIAN, at=fix)  # the other one is down
    assert "Fixed" in verdict(farm, 101)


async def test_silence_is_told_by_the_status(farm: Farm) -> None:
    await break_ssl(farm, 101)
    await farm.say(101, "/buildbot mute", by="author-101")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "muted" in replies(farm, said)[0]
    await farm.say(101, "/buildbot unmute\n/buildbot pause 2", by="boss")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "paused until" in replies(farm, said)[0]
    await farm.say(101, "/buildbot resume", by="boss")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "paused" not in replies(farm, said)[0]


async def test_who_talks_too_much_is_not_answered(farm: Farm) -> None:
    """Anybody may ask for the status; nobody may make us fill a pull."""
    await farm.stop_service()
    await farm.start_service(commands_per_hour=3)
    await break_ssl(farm, 101)
    said = [await farm.say(101, "/buildbot status", by="chatty") for _ in range(4)]
    assert [len(replies(farm, one)) for one in said] == [1, 1, 1, 0]
    assert reactions(said[-1]) == {"confused"}


async def test_in_a_dry_run_nothing_is_answered_and_all_of_it_is_shown(tmp_path: Path) -> None:
    async with open_farm(tmp_path, post_comments=False) as farm:
        await break_ssl(farm, 101)
        said = await farm.say(101, "/buildbot flaky\n/buildbot status", by="writer")
        assert reactions(said) == set()
        assert farm.comments(101) == [said.body]
        assert {row["command"] for row in await audit(farm)} == {"flaky", "status"}
        assert "What people said" in await farm.get("/")
        assert farm.github.count("react") == farm.github.count("post-comment") == 0


async def test_only_who_gave_it_or_a_writer_takes_it_back(farm: Farm) -> None:
    await break_ssl(farm, 101)
    nothing = await farm.say(101, "/buildbot undo", by="writer")
    assert "nothing to take back" in replies(farm, nothing)[0]
    await farm.say(101, "/buildbot not-me", by="author-101")
    said = await farm.say(101, "/buildbot undo", by="stranger")
    assert " only." in replies(farm, said)[0]
    said = await farm.say(101, "/buildbot undo", by="author-101")
    assert reactions(said) == {"eyes", "rocket"}
    assert await labels(farm) == [("objected", True)]
