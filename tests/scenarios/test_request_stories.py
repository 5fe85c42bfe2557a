"""Builds on request, told as stories: who asks for what, what comes of it, and what never does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.model.build_results import Result
from tests.support.farm import Farm, make_log, open_farm

ASKER = ("nightswatch", "secret")
BUILDER = "AMD64 Debian"
ENVIRON = {
    "BUILDBOT_USERNAME": ASKER[0],
    "BUILDBOT_PASSWORD": ASKER[1],
    "BUILDS_ON_REQUEST": "people",
}


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Farm]:
    """A service that may ask, and a writer called octocat."""
    async with open_farm(tmp_path) as opened:
        opened.buildbot.asker = ASKER
        opened.buildbot.add_force_scheduler()
        opened.github.repository().roles["octocat"] = "write"
        opened.github.repository().roles["stranger"] = "read"
        await restart(opened)
        yield opened


async def restart(farm: Farm, **environ: str) -> None:
    await farm.stop_service()
    await farm.start_service(environ={**ENVIRON, **environ})


async def answer(farm: Farm, **how: Any) -> int:
    """The only build that waits is built."""
    ((request, _, _),) = farm.buildbot.waiting()
    farm.clock.advance(60)
    buildid = await farm.buildbot.answer(request, **how)
    await farm.settle()
    await farm.wait(90)
    return buildid


def find_reply(farm: Farm, pull: int) -> str:
    """Our last comment there."""
    return [c.body for c in farm.github.comments(pull) if "nightswatch command=" in c.body][-1]


async def test_a_rerun_is_asked_for_once_and_its_answer_is_edited_in(farm: Farm) -> None:
    builder = farm.builder(BUILDER)
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    await farm.red(builder, at=broken)
    await farm.say(101, "/buildbot rerun")
    assert [(b, r) for _, b, r in farm.buildbot.waiting()] == [(BUILDER, broken)]
    assert "waits for its builder" in find_reply(farm, 101)
    await answer(farm, result=Result.FAILURE, log=make_log(["test_ssl"], "41 != 42"))
    assert "failed again" in find_reply(farm, 101)
    assert farm.buildbot.waiting() == []
    assert len(farm.buildbot.force.forced) == 1


async def test_a_stranger_gets_nothing(farm: Farm) -> None:
    await farm.break_builder()
    farm.github.open_pull(120, "Try it")
    for pull, words in ((101, "rerun"), (101, "bisect"), (120, "test .*"), (101, "cancel")):
        await farm.say(pull, f"/buildbot {words}", by="stranger")
    assert farm.buildbot.force.forced == []
    assert "for those who may write" in find_reply(farm, 120)


async def test_without_a_login_the_command_says_so(farm: Farm) -> None:
    await farm.stop_service()
    await farm.start_service(environ={"BUILDS_ON_REQUEST": "people"})
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    assert "no login at Buildbot" in find_reply(farm, 101)


async def test_switched_off_it_says_so(farm: Farm) -> None:
    await restart(farm, BUILDS_ON_REQUEST="off")
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    assert "switched off" in find_reply(farm, 101)
    assert farm.buildbot.force.forced == []


async def test_a_dry_run_asks_for_nothing_and_shows_what_it_would(farm: Farm) -> None:
    await farm.break_builder()
    await restart(farm, POST_COMMENTS="0")
    await farm.say(101, "/buildbot rerun")
    assert farm.buildbot.count("force") == 0
    (shown,) = (await farm.get("/api/v1/requests"))["requests"]
    assert (shown["builder"], shown["state"], shown["dry_run"]) == (BUILDER, "planned", True)
    await restart(farm)  # it may write from now on: what was only shown, stays so
    await farm.wait(13 * 3600)
    assert farm.buildbot.count("force") == 0


async def test_a_test_reports_only_what_the_pull_breaks_itself(farm: Farm) -> None:
    """Its branch fails test_ssl already; the pull breaks test_zipfile besides."""
    await farm.break_builder()
    farm.builder("ARM64 Fedora")
    await farm.red("ARM64 Fedora", at=farm.github.repository().tip("main"))
    before = await farm.incidents()
    pull = farm.github.open_pull(120, "Try it")
    await farm.say(120, "/buildbot test amd64")
    log = make_log(["test_ssl", "test_zipfile"], "41 != 42")
    buildid = await answer(farm, result=Result.FAILURE, log=log)
    order = farm.buildbot.master.orders[farm.buildbot.request_of(buildid)]
    assert (order.revision, order.branch) == (pull.commits[-1], "refs/pull/120/head")
    reply = find_reply(farm, 120)
    assert "test_zipfile" in reply
    assert "test_ssl" not in reply
    assert "besides 1 that its branch has, too" in reply
    assert len(farm.comments(120)) == 2, "what was said, and one answer"
    assert await farm.incidents() == before, "it says nothing about the branch"


async def test_many_builders_are_listed_and_asked_for_first(farm: Farm) -> None:
    await restart(farm, TEST_BUILDERS="2")
    for n in range(3):
        await farm.green(farm.builder(f"AMD64 number {n}"), at=await farm.merge(100 + n))
    farm.github.open_pull(120, "Try it")
    await farm.say(120, "/buildbot test .*")
    assert farm.buildbot.waiting() == []
    assert "That is 3 builders: AMD64 number 0, AMD64 number 1" in find_reply(farm, 120)
    await farm.say(120, "/buildbot test .* --yes")
    assert len(farm.buildbot.waiting()) == 3
    for words, told in (
        ("nothing-like-it", "No builder's name matches"),
        ("(", "no regular expression"),
    ):
        await farm.say(120, f"/buildbot test {words}")
        assert told in find_reply(farm, 120)


async def test_a_pull_that_is_closed_or_moved_on_is_not_built(farm: Farm) -> None:
    """Two builders: one takes the request at once, the other has something of ours already."""
    await farm.green(farm.builder(BUILDER), at=await farm.merge(100))
    pull = farm.github.open_pull(120, "Try it")
    await farm.say(120, "/buildbot test amd64")
    farm.github.repository().push_to_pull(pull, "Another idea", farm.clock.now(), force=True)
    await farm.wait(90)
    assert farm.buildbot.waiting() == []
    assert "has another head by now" in find_reply(farm, 120)

    await farm.say(120, "/buildbot test amd64")
    assert len(farm.buildbot.waiting()) == 1
    await farm.github.close_pull(120)
    await farm.wait(90)
    assert farm.buildbot.waiting() == []
    assert "the pull was closed" in find_reply(farm, 120)


async def test_who_pushes_after_the_command_does_not_get_it_built(farm: Farm) -> None:
    """A maintainer looked at one commit; a fork's owner must not slip in another."""
    await farm.green(farm.builder(BUILDER), at=await farm.merge(100))
    pull = farm.github.open_pull(120, "Try it")
    pull.fork_pushed_at = farm.clock.now()
    farm.clock.advance(60)
    await farm.github.comment(120, "/buildbot test amd64", author="octocat")
    farm.clock.advance(5)
    farm.github.repository().push_to_pull(pull, "Mine the coins", farm.clock.now())
    await farm.settle()
    assert farm.buildbot.waiting() == []


async def test_two_people_at_once_get_one_build(farm: Farm) -> None:
    await farm.break_builder()
    farm.github.repository().roles["mona"] = "write"
    await farm.say(101, "/buildbot rerun")
    await farm.say(101, "/buildbot rerun", by="mona")
    assert len(farm.buildbot.force.forced) == 1
    assert "On its way already" in find_reply(farm, 101)


async def test_a_crash_between_the_asking_and_its_record_asks_once(farm: Farm) -> None:
    """Buildbot took it, and its answer was lost: it is found by our id, and not asked for again."""
    await farm.break_builder()
    farm.buildbot.fail_next("commit_then_reset", "force")
    await farm.say(101, "/buildbot rerun")
    await restart(farm)
    await farm.wait(180)
    assert len(farm.buildbot.force.forced) == 1
    await answer(farm, result=Result.SUCCESS)
    assert "passed" in find_reply(farm, 101)


async def test_what_buildbot_never_got_is_asked_again_and_once(farm: Farm) -> None:
    await farm.break_builder()
    farm.buildbot.fail_next("reset", "force")
    await farm.say(101, "/buildbot rerun")
    await farm.wait(180)
    assert len(farm.buildbot.force.forced) == 1


async def test_what_is_merged_lost_or_never_built_is_told(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    ((request, _, _),) = farm.buildbot.waiting()
    farm.buildbot.merge_request(request)
    await farm.wait(90)
    assert "merged it into another request" in find_reply(farm, 101)

    await farm.say(101, "/buildbot rerun")
    await farm.wait(13 * 3600)
    assert farm.buildbot.waiting() == []
    assert "it did not end in time" in find_reply(farm, 101)


async def test_a_lost_worker_is_followed_to_the_build_that_comes_after(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    ((request, _, _),) = farm.buildbot.waiting()
    await farm.buildbot.answer(request, result=Result.RETRY)
    await farm.wait(90)
    assert "runs" in find_reply(farm, 101)
    farm.clock.advance(60)
    await farm.buildbot.answer(request, result=Result.SUCCESS)
    await farm.settle()
    await farm.wait(90)
    assert "passed" in find_reply(farm, 101)


async def test_cancel_takes_back_what_waits(farm: Farm) -> None:
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    assert len(farm.buildbot.waiting()) == 1
    await farm.say(101, "/buildbot cancel")
    await farm.wait(90)
    assert farm.buildbot.waiting() == []
    replies = [body for body in farm.comments(101) if "nightswatch command=" in body]
    assert "Somebody took it back" in replies[0]
    assert "Taken back" in replies[1]


async def test_a_master_without_the_scheduler_is_told_of(farm: Farm) -> None:
    farm.buildbot.force.schedulers.clear()
    await farm.break_builder()
    await farm.say(101, "/buildbot rerun")
    assert "no force scheduler for us" in find_reply(farm, 101)
