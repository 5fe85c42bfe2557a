"""Messages come twice, late, out of order or never; machines stop half-way. One comment stands."""

from pathlib import Path

import pytest

from bot.core.model.build_results import Result
from tests.support.farm import Farm, make_log, open_farm


async def break_one_pull(farm: Farm, pull: int = 101) -> tuple[str, str]:
    """Two builders, green at one commit and red at the next; base and culprit."""
    for name in ("AMD64 Debian", "ARM64 Debian"):
        farm.builder(name)
    base = await farm.merge(pull - 1)
    for name in ("AMD64 Debian", "ARM64 Debian"):
        await farm.green(name, at=base)
    broken = await farm.merge(pull)
    for name in ("AMD64 Debian", "ARM64 Debian"):
        await farm.red(name, at=broken)
    return base, broken


async def test_everything_told_twice_is_said_once(farm: Farm) -> None:
    farm.buildbot.pushes.double_next = 100
    farm.github.hooks.double_next = 100
    await break_one_pull(farm)
    assert len(farm.comments(101)) == 1
    assert farm.github.count("post-comment") == 1
    read = [call.path for call in farm.buildbot.journal if call.op == "log-contents"]
    assert len(read) == len(set(read)), "each log is read once"


async def test_pushes_that_are_lost_are_caught_up_on_within_a_minute(farm: Farm) -> None:
    """Buildbot never repeats a push; the sweep asks for what it does not know."""
    farm.buildbot.pushes.lose_next = 100
    await break_one_pull(farm)
    await farm.wait(61)
    assert farm.only_comment(101)
    assert [sent for sent in farm.buildbot.pushes.sent if sent.status is not None] == []


async def test_pushes_out_of_order_tell_the_same_story(farm: Farm) -> None:
    """The red builds arrive before the green ones that made them a regression."""
    farm.buildbot.pushes.hold = True
    await break_one_pull(farm)
    farm.buildbot.pushes.hold = False
    await farm.buildbot.pushes.release(newest_first=True)
    await farm.settle()
    assert len(farm.comments(101)) == 1


async def test_the_first_red_build_may_come_last(farm: Farm) -> None:
    """The incident opens earlier than we thought; it is still the one that was told."""
    names = [farm.builder(f"Builder {n}") for n in range(3)]
    base = await farm.merge(100)
    for name in names:
        await farm.green(name, at=base)
    broken = await farm.merge(101)
    log = make_log(["test_ssl"], "41 != 42")
    first = await farm.buildbot.build(names[0], broken, log=log, push=False)
    farm.clock.advance(1)
    for name in names[1:]:
        await farm.buildbot.build(name, broken, log=log)
    await farm.buildbot.pushes.settle()
    while not farm.comments(101):
        await farm.tick()
    assert await farm.post("/buildbot", farm.buildbot.make_push(first)) == 202
    await farm.settle()
    await farm.wait(61)
    assert names[0] in farm.only_comment(101)
    assert farm.github.count("post-comment") == 1


async def test_what_happened_while_we_were_away_is_found(farm: Farm) -> None:
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    await farm.stop_service()
    farm.clock.advance(3600)
    broken = await farm.github.merge(101, "While nobody watched")
    for builder in (one, two):
        farm.clock.advance(60)
        await farm.buildbot.build(builder, broken, log=make_log(["test_ssl"], "41 != 42"))
    await farm.start_service()
    assert farm.only_comment(101)


async def test_a_restart_says_nothing_again(farm: Farm) -> None:
    await break_one_pull(farm)
    for _ in range(2):
        await farm.stop_service()
        await farm.start_service()
        await farm.wait(400)
    assert farm.github.count("post-comment") == 1
    assert farm.github.count("edit-comment") == 0


@pytest.mark.parametrize("kind", ["commit_then_reset", "commit_then_502"])
async def test_a_lost_answer_to_the_post_is_not_a_second_comment(farm: Farm, kind: str) -> None:
    """The comment stands, but nobody told us: it is found again by its marker and its author."""
    farm.github.fail_next(kind, "post-comment")
    await break_one_pull(farm)
    await farm.wait(120)
    assert len(farm.comments(101)) == 1
    assert farm.github.count("post-comment") == 1


async def test_a_list_that_is_stale_after_a_lost_answer_is_waited_for(farm: Farm) -> None:
    """The first look does not show our comment yet; a hasty second post would be a twin."""
    farm.github.fail_next("commit_then_reset", "post-comment")
    farm.github.fail_next("stale", "comments", times=1, skip=1)
    await break_one_pull(farm)
    await farm.wait(180)
    assert len(farm.comments(101)) == 1


@pytest.mark.parametrize(
    "kind", ["502", "status", "reset", "invalid_json", "secondary", "primary", "html", "empty"]
)
async def test_a_github_that_fails_for_a_while_delays_the_comment(farm: Farm, kind: str) -> None:
    farm.github.fail_next(kind, times=4, skip=6)
    await break_one_pull(farm)
    await farm.wait(1200)  # a limit without a word of when asks for 1, 2, 4 … minutes
    assert len(farm.comments(101)) == 1


@pytest.mark.parametrize("kind", ["502", "status", "reset", "invalid_json", "html", "empty"])
async def test_a_buildbot_that_fails_for_a_while_delays_the_comment(farm: Farm, kind: str) -> None:
    farm.buildbot.fail_next(kind, times=4)
    await break_one_pull(farm)
    await farm.wait(300)
    assert len(farm.comments(101)) == 1


async def test_a_comment_with_our_marker_by_somebody_else_is_not_ours(farm: Farm) -> None:
    """Anybody can copy the marker; only the author is proof."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    forged = await farm.github.comment(101, "<!-- nightswatch pull=101 thread=1 --> ha")
    for builder in (one, two):
        await farm.red(builder, at=broken)
    assert forged.bodies == ["<!-- nightswatch pull=101 thread=1 --> ha"]
    assert len(farm.comments(101)) == 2


async def test_a_comment_that_somebody_deleted_stays_deleted(farm: Farm) -> None:
    await break_one_pull(farm)
    (comment,) = farm.github.comments(101)
    await farm.github.delete_comment(comment)
    fix = await farm.merge(102)
    for builder in ("AMD64 Debian", "ARM64 Debian"):
        await farm.green(builder, at=fix)
    await farm.wait(900)
    assert farm.comments(101) == []
    (pull,) = [p for p in (await farm.get("/api/v1/pulls"))["pulls"] if p["number"] == 101]
    assert "deleted" in pull["why_silent"]


async def test_what_a_slow_builder_finds_after_the_fix_is_a_comment_of_its_own(farm: Farm) -> None:
    """An edit tells nobody by mail: a new incident on the same pull has to be heard."""
    base, broken = await break_one_pull(farm)
    fix = await farm.merge(102)
    for builder in ("AMD64 Debian", "ARM64 Debian"):
        await farm.green(builder, at=fix)
    (first,) = farm.github.comments(101)
    assert "Fixed" in first.body
    for builder in (farm.builder("Windows 11"), farm.builder("Windows 10")):
        await farm.green(builder, at=base)
        await farm.red(builder, at=broken, failing=["test_os"])
    assert len(farm.comments(101)) == 2
    assert "Fixed" in first.body
    assert "test_os" in farm.comments(101)[1]
    assert "test_ssl" not in farm.comments(101)[1]


@pytest.mark.parametrize("how", ["lock", "delete_pull"])
async def test_a_pull_that_takes_no_comment_is_a_named_reason(farm: Farm, how: str) -> None:
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    await farm.red(one, at=broken)
    getattr(farm.github, how)(101)
    await farm.red(two, at=broken)
    assert farm.github.count("post-comment") == 0
    (pull,) = (await farm.get("/api/v1/pulls"))["pulls"]
    assert pull["why_silent"]
    assert pull["wanted"]
    assert (await farm.get("/health"))["notes"]["pulls"]


async def test_a_build_that_buildbot_retried_is_one_build(farm: Farm) -> None:
    """A killed worker gives RETRY, which says nothing, and a new build of the same request."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    lost = await farm.build(one, broken, result=Result.RETRY, log="gone")
    assert await farm.incidents() == []
    await farm.red(one, at=broken, request=farm.buildbot.request_of(lost))
    await farm.red(two, at=broken)
    assert farm.only_comment(101)


async def test_a_log_that_vanished_leaves_a_note_and_everything_else_goes_on(
    farm: Farm,
) -> None:
    one, two, three = (farm.builder(f"Builder {n}") for n in range(3))
    base = await farm.merge(100)
    for builder in (one, two, three):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    hidden = await farm.buildbot.build(three, broken, log="gone", push=False)
    farm.buildbot.hide_logs(hidden)
    await farm.wait(61)
    assert (await farm.get("/health"))["notes"]["builds"]
    for builder in (one, two):
        await farm.red(builder, at=broken)
    assert farm.only_comment(101)


async def test_a_build_that_buildbot_forgot_is_given_up(farm: Farm) -> None:
    """Pruned between the push and our look, or made up by whoever knows the token."""
    builder = farm.builder("AMD64 Debian")
    tip = farm.github.repository().tip("main")
    farm.buildbot.push_url = None
    gone = await farm.buildbot.build(builder, tip, log="gone")
    push = farm.buildbot.make_push(gone)
    farm.buildbot.forget_build(gone)
    assert await farm.post("/buildbot", push) == 202
    await farm.settle()
    health = await farm.get("/health")
    assert health["inbox"]["depth"] == 0
    assert health["stuck"] == []


async def test_a_commit_that_github_does_not_know_waits_and_is_given_up(farm: Farm) -> None:
    """A build of somebody's own branch under the name of ours: nothing to place it on."""
    builder = farm.builder("AMD64 Debian")
    await farm.merge(100)
    await farm.red(builder, at="f" * 40)
    await farm.wait(600)
    assert await farm.incidents() == []
    assert (await farm.get("/health"))["stuck"] == []


async def test_installed_an_hour_late_it_still_knows_what_was_green(farm: Farm) -> None:
    """The builds that had no place are read again, and the range has its good end."""
    farm.github.repository().installed = False
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    await farm.github.install()
    await farm.settle()
    broken = await farm.merge(101)
    for builder in (one, two):
        await farm.red(builder, at=broken)
    assert farm.only_comment(101)


async def test_a_build_without_a_branch_is_on_the_default_one(farm: Farm) -> None:
    """Buildbot leaves the branch out where its scheduler names none."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base, branch=None)
    broken = await farm.merge(101)
    for builder in (one, two):
        await farm.red(builder, at=broken, branch=None)
    assert farm.only_comment(101)


async def test_nothing_is_withdrawn_that_was_never_said(farm: Farm) -> None:
    """The post failed, and before it could be tried again the failure was gone."""
    farm.github.fail_next("502", "post-comment", times=1)
    await break_one_pull(farm)
    fix = await farm.github.merge(102)
    for builder in ("AMD64 Debian", "ARM64 Debian"):
        await farm.buildbot.build(builder, fix, result=Result.SUCCESS)
    await farm.settle()
    await farm.wait(300)
    assert [c for c in farm.comments(101) if "Fixed" in c or "Withdrawn" in c] in (
        [],
        farm.comments(101),
    )
    assert all("suspected" in c.bodies[0] for c in farm.github.comments(101))


async def test_a_force_push_and_a_restart_take_nothing_back(farm: Farm) -> None:
    base, _ = await break_one_pull(farm)
    fix = await farm.merge(102)
    for builder in ("AMD64 Debian", "ARM64 Debian"):
        await farm.green(builder, at=fix)
    assert "Fixed" in farm.only_comment(101)
    tip = await farm.github.force_push(base, "Begin again")
    await farm.green("AMD64 Debian", at=tip)
    await farm.wait(40)
    await farm.stop_service()
    await farm.start_service()
    await farm.green("AMD64 Debian", at=tip)
    assert "Fixed" in farm.only_comment(101)


async def test_a_repository_that_we_are_not_installed_on_is_a_named_reason(
    farm: Farm,
) -> None:
    farm.github.repository().installed = False
    builder = farm.builder("AMD64 Debian")
    await farm.red(builder, at=farm.github.repository().tip("main"))
    assert any("octo-org/demo" in n for n in (await farm.get("/health"))["notes"]["builds"])


# ---------------------------------------------------------------- dry run, and the past


async def test_a_dry_run_writes_nothing_and_shows_what_would_be_said(tmp_path: Path) -> None:
    async with open_farm(tmp_path, post_comments=False) as farm:
        await break_one_pull(farm)
        assert farm.comments(101) == []
        writes = [call for call in farm.github.journal if call.method != "GET"]
        assert {call.op for call in writes} <= {"graphql"}
        (pull,) = (await farm.get("/api/v1/pulls"))["pulls"]
        assert pull["number"] == 101
        assert "test_ssl" in pull["wanted"]
        assert pull["standing"] is None
        assert "test_ssl" in await farm.get("/")


async def test_switching_comments_on_speaks_only_of_what_comes_after(tmp_path: Path) -> None:
    """Nobody wants forty comments on the day the bot is switched on."""
    async with open_farm(tmp_path, post_comments=False) as farm:
        await break_one_pull(farm)
        await farm.stop_service()
        await farm.start_service(post_comments=True)
        await farm.wait(600)
        assert farm.comments(101) == []

        broken = await farm.merge(102)
        for builder in ("AMD64 Debian", "ARM64 Debian"):
            await farm.red(builder, at=broken, failing=["test_os"], message="other")
        assert farm.comments(101) == []
        # test_ssl may still be broken there: only the new failure is spoken of.
        assert "test_os" in farm.only_comment(102)


async def test_what_was_red_before_the_first_start_is_never_spoken_of(tmp_path: Path) -> None:
    async with open_farm(tmp_path) as farm:
        await farm.stop_service()
        for path in tmp_path.glob("farm.db*"):
            path.unlink()
        for name in ("AMD64 Debian", "ARM64 Debian"):
            farm.builder(name)
        base = await farm.github.merge(100)
        broken = await farm.github.merge(101)
        for name in ("AMD64 Debian", "ARM64 Debian"):
            await farm.buildbot.build(name, base, result=Result.SUCCESS)
        farm.clock.advance(600)
        for name in ("AMD64 Debian", "ARM64 Debian"):
            await farm.buildbot.build(name, broken, log=make_log(["test_ssl"], "41 != 42"))
        await farm.start_service()
        await farm.wait(120)
        assert (await farm.only_incident())["verdict"] == "suspected"
        assert farm.comments(101) == []


async def test_a_clock_set_ahead_shortens_no_waiting_for_a_lost_post(farm: Farm) -> None:
    """The storm found it: killed before the record, started again with a clock minutes ahead.

    The intent looked old, GitHub's list was stale, and a second comment stood there for a moment.
    """
    farm.github.fail_next("commit_then_reset", "post-comment")
    await break_one_pull(farm)
    assert farm.github.count("post-comment") == 1
    await farm.stop_service()
    farm.clock.advance(300)
    farm.github.fail_next("stale", "comments", times=2)
    await farm.start_service()
    await farm.wait(130)
    assert farm.github.count("post-comment") == 1
    assert "test_ssl" in farm.only_comment(101)
