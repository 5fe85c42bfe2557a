"""When to be silent, and how not to be a nuisance: limits, labels, old builds, folded comments."""

from pathlib import Path
from typing import Any

import pytest

from bot.app.factory import STORE
from bot.core.model import pull_key
from bot.core.model.build_results import Result
from tests.support.farm import Farm, make_log, open_farm

BUILDERS = ("AMD64 Debian", "ARM64 Debian")


async def begin(farm: Farm, pull: int = 100) -> str:
    for name in BUILDERS:
        farm.builder(name)
    base = await farm.merge(pull)
    await everywhere_green(farm, base)
    return base


async def everywhere_green(farm: Farm, at: str) -> None:
    for name in BUILDERS:
        await farm.green(name, at=at)


async def everywhere_red(farm: Farm, at: str, **how: Any) -> None:
    for name in BUILDERS:
        await farm.red(name, at=at, **how)


async def find_pull(farm: Farm, number: int) -> dict[str, Any]:
    pulls = (await farm.get("/api/v1/pulls"))["pulls"]
    found: dict[str, Any] = next(pull for pull in pulls if pull["number"] == number)
    return found


# ---------------------------------------------------------------- folded


async def test_what_is_fixed_is_folded_and_what_is_superseded_is_outdated(farm: Farm) -> None:
    """A closed story takes no room; the new one gets a comment, for edits reach nobody by mail."""
    base = await begin(farm)
    broken = await farm.merge(101)
    await everywhere_red(farm, broken)
    (first,) = farm.github.comments(101)
    assert first.minimized is None
    await everywhere_green(farm, await farm.merge(102))
    assert "Fixed" in first.body
    assert first.minimized == "RESOLVED"
    for name in (farm.builder("Windows 11"), farm.builder("Windows 10")):
        await farm.green(name, at=base)
        await farm.red(name, at=broken, failing=["test_os"])
    first, second = farm.github.comments(101)
    assert (first.minimized, second.minimized) == ("OUTDATED", None)


async def test_what_github_does_not_let_us_fold_is_folded_once_it_does(farm: Farm) -> None:
    """The right was given a day later, and the comment stood open for ever."""
    await begin(farm)
    await everywhere_red(farm, await farm.merge(101))
    (only,) = farm.github.comments(101)
    only.unfoldable = True
    await everywhere_green(farm, await farm.merge(102))
    assert ("Fixed" in only.body, only.minimized) == (True, None)
    await farm.wait(3900)
    only.unfoldable = False
    await farm.wait(4200)
    assert only.minimized == "RESOLVED"


async def test_past_the_limit_of_a_pull_the_folded_comment_is_opened_again(farm: Farm) -> None:
    """One comment and no more: what is red again is edited into it, and it is seen again."""
    await farm.stop_service()
    await farm.start_service(comments_per_pull=1)
    base = await begin(farm)
    broken = await farm.merge(101)
    await everywhere_red(farm, broken)
    await everywhere_green(farm, await farm.merge(102))
    for name in (farm.builder("Windows 11"), farm.builder("Windows 10")):
        await farm.green(name, at=base)
        await farm.red(name, at=broken, failing=["test_os"])
    (only,) = farm.github.comments(101)
    assert "test_os" in only.body.split("\n")[0]
    assert only.minimized is None
    assert farm.github.count("post-comment") == 1


@pytest.mark.parametrize("kind", ["commit_then_reset", "502", "graphql_error"])
async def test_a_fold_that_was_lost_is_made_up_for(farm: Farm, kind: str) -> None:
    """The edit stood when we were cut off; doing the key again does the rest, and no edit."""
    await begin(farm)
    broken = await farm.merge(101)
    await everywhere_red(farm, broken)
    fix = await farm.merge(102)
    await farm.green(BUILDERS[0], at=fix)
    farm.github.fail_next(kind, "graphql", times=1)
    await farm.green(BUILDERS[1], at=fix)
    await farm.wait(60)
    (only,) = farm.github.comments(101)
    assert only.minimized == "RESOLVED"
    assert sum("Fixed" in body for body in only.bodies) == 1


# ---------------------------------------------------------------- limits


async def test_beyond_the_limit_of_an_hour_a_comment_waits_in_sight(farm: Farm) -> None:
    """What is held back is on the dashboard with its reason, and is said when there is room."""
    await farm.stop_service()
    await farm.start_service(comments_per_hour=1)
    await begin(farm)
    await everywhere_red(farm, await farm.merge(101), failing=["test_ssl"])
    await everywhere_red(farm, await farm.merge(102), failing=["test_ssl", "test_os"])
    assert farm.only_comment(101)
    assert farm.comments(102) == []
    pull = await find_pull(farm, 102)
    assert "1 new comments in an hour" in pull["why_silent"]
    assert "test_os" in pull["wanted"]
    health = await farm.get("/health")
    assert any("Held back" in note for note in health["notes"]["pulls"])
    assert not any("refused" in problem for problem in health["problems"]), "we held it ourselves"
    await farm.stop_service()
    await farm.start_service(comments_per_hour=1)  # a restart forgets nobody who waits
    await farm.wait(3600)
    await farm.wait(310)
    assert "test_os" in farm.only_comment(102)
    assert (await find_pull(farm, 102))["why_silent"] is None


async def test_what_is_over_while_it_waits_is_dropped(farm: Farm) -> None:
    """Nobody needs to hear of what broke and was mended meanwhile."""
    await farm.stop_service()
    await farm.start_service(comments_per_hour=1)
    await begin(farm)
    await everywhere_red(farm, await farm.merge(101), failing=["test_ssl"])
    await everywhere_red(farm, await farm.merge(102), failing=["test_ssl", "test_os"])
    await everywhere_red(farm, await farm.merge(103), failing=["test_ssl"])
    await farm.wait(3600)
    await farm.wait(310)
    assert farm.comments(102) == []
    assert "over before anything was said" in (await find_pull(farm, 102))["why_silent"]


# ---------------------------------------------------------------- wishes


async def test_a_label_on_the_pull_asks_for_silence(farm: Farm) -> None:
    await begin(farm)
    broken = await farm.merge(101)
    farm.github.repository().pulls[101].labels.append("BuildBot:mute")
    await everywhere_red(farm, broken)
    assert farm.comments(101) == []
    assert "BuildBot:mute" in (await find_pull(farm, 101))["why_silent"]


async def test_after_a_deletion_not_even_a_new_incident_is_told(farm: Farm) -> None:
    """Who deleted the first comment does not want the second; until somebody asks for it."""
    base = await begin(farm)
    broken = await farm.merge(101)
    await everywhere_red(farm, broken)
    (comment,) = farm.github.comments(101)
    await farm.github.delete_comment(comment)
    for name in (farm.builder("Windows 11"), farm.builder("Windows 10")):
        await farm.green(name, at=base)
        await farm.red(name, at=broken, failing=["test_os"])
    await farm.wait(310)
    assert farm.comments(101) == []
    assert "deleted" in (await find_pull(farm, 101))["why_silent"]

    await farm.github.comment(101, "/buildbot unmute")
    await farm.settle()
    await farm.wait(10)
    assert any("test_os" in body for body in farm.comments(101))


async def test_a_mute_silences_what_is_new_and_follows_what_was_said(farm: Farm) -> None:
    """An accusation that nobody follows to its end would stand for ever."""
    base = await begin(farm)
    broken = await farm.merge(101)
    await everywhere_red(farm, broken)
    await farm.github.comment(101, "/buildbot mute")
    await farm.settle()
    windows = farm.builder("Windows 11")
    await farm.green(windows, at=base)
    for _ in range(2):
        await farm.red(windows, at=broken, failing=["test_os"])
    ours = [c for c in farm.github.comments(101) if c.author == "nightswatch"]
    assert [("test_os" in c.body) for c in ours if "thread=" in c.body] == [False]
    await everywhere_green(farm, await farm.merge(102))
    assert any("Fixed" in c.body for c in ours)


# ---------------------------------------------------------------- old builds


async def test_what_failed_days_before_we_came_back_is_not_told(tmp_path: Path) -> None:
    """Buildbot's clock counts: a newer build, of whatever, shows how old the failure is."""
    async with open_farm(tmp_path) as farm:
        await begin(farm)
        await farm.stop_service()
        broken = await farm.github.merge(101, "While nobody watched")
        for name in BUILDERS:
            await farm.buildbot.build(name, broken, log=make_log(["test_ssl"], "41 != 42"))
        farm.clock.advance(26 * 3600)
        docs = farm.builder("Docs", stable=False)
        await farm.buildbot.build(docs, broken, result=Result.SUCCESS)
        await farm.start_service()
        await farm.wait(60)
        assert farm.comments(101) == []
        assert "too old" in (await find_pull(farm, 101))["why_silent"]
        assert (await farm.only_incident())["verdict"] in {"suspected", "confirmed"}

        await farm.red(BUILDERS[0], at=broken)  # it is red today: now it is news
        assert "test_ssl" in farm.only_comment(101)


async def test_what_stands_is_followed_however_long_we_were_away(farm: Farm) -> None:
    """An accusation that no longer holds must not stand for want of a fresh build."""
    await begin(farm)
    await everywhere_red(farm, await farm.merge(101))
    await farm.stop_service()
    fix = await farm.github.merge(102)
    for name in BUILDERS:
        await farm.buildbot.build(name, fix, result=Result.SUCCESS)
    farm.clock.advance(72 * 3600)
    await farm.buildbot.build(farm.builder("Docs"), fix, result=Result.SUCCESS)
    await farm.start_service()
    await farm.wait(60)
    assert "Fixed" in farm.only_comment(101)


# ---------------------------------------------------------------- another name


async def test_after_a_rename_we_write_where_the_pull_went(farm: Farm) -> None:
    """Even when the old name is taken by another repository with a pull of that number."""
    await begin(farm)
    await everywhere_red(farm, await farm.merge(101))
    where = farm.github.repository()
    farm.github.rename_repository("octo-org/demo", "octo-org/moved")
    other = farm.github.create_repository("octo-org/demo")
    farm.github.open_pull(101, "Somebody else's", repository="octo-org/demo")
    await farm.stop_service()
    await farm.start_service(public_url="https://elsewhere.example.org")
    await farm.app[STORE].inbox.put([pull_key(where.repo_id, 101)])
    await farm.wait(10)
    (comment,) = where.comments_of(101)
    assert "elsewhere.example.org" in comment.body
    assert other.comments_of(101) == []


async def test_a_revert_is_proposed_after_a_day_without_a_fix(farm: Farm) -> None:
    """By an edit, only of what is confirmed; and by one reminder, for edits call nobody."""
    three = [farm.builder(f"Builder {n}") for n in range(3)]
    for number in range(96, 101):
        base = await farm.merge(number)
        for name in three:
            await farm.green(name, at=base)
    broken = await farm.merge(101)
    for at in (broken, await farm.merge(102)):
        for name in three:
            await farm.red(name, at=at)
    assert "(confirmed)" in farm.first_line(101)
    assert "please revert" not in farm.only_comment(101)
    farm.clock.advance(25 * 3600)
    await farm.green(farm.builder("Docs"), at=broken)
    await farm.wait(400)
    living, reminder = farm.comments(101)
    assert "please revert" in living
    assert "no fix in sight" in reminder
    await farm.wait(4000)
    assert farm.github.count("post-comment") == 2
