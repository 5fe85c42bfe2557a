"""A repository says of itself how it wants to be watched, and is heard at once."""

from pathlib import Path

import pytest

from bot.core.render.settings_problems import SETTINGS_MARKER
from bot.core.repository_settings.settings import PATH
from tests.support.farm import Farm, open_farm

QUIET = b'quiet_branches = ["main"]\n'
HOSTILE = {"large": b"x" * 10_000_000, "binary": b"\xff\xfe\x00", "deep": b"a = " + b"[" * 9000}


async def test_a_quiet_branch_is_left_alone_until_the_file_is_gone(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.github.write_file(PATH, QUIET))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    assert farm.comments(101) == []
    (pull,) = (await farm.get("/api/v1/pulls"))["pulls"]
    assert pull["why_silent"] == "The repository's settings ask for silence about branch main."

    await farm.github.write_file(PATH, None)
    await farm.settle()
    assert "test_ssl" in farm.only_comment(101)


async def test_a_file_that_was_there_before_the_first_build_counts(farm: Farm) -> None:
    await farm.github.write_file(PATH, b'[opt_out]\nauthors = ["dependabot[bot]"]\n')
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101, author="dependabot[bot]")
    for _ in range(2):
        await farm.red(builder, at=broken)
    assert farm.comments(101) == []


async def test_builders_are_stable_by_the_tag_that_the_repository_names(farm: Farm) -> None:
    """Where the service's own tag names none, nothing would ever be told."""
    farm.buildbot.add_builder("AMD64 Debian", tags=("tier-1",))
    await farm.green("AMD64 Debian", at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red("AMD64 Debian", at=broken)
    assert farm.comments(101) == []
    await farm.github.write_file(PATH, b'stable_tags = ["tier-1"]\n')
    await farm.settle()
    assert "test_ssl" in farm.only_comment(101)


async def test_mistakes_are_told_once_and_what_was_said_before_stays(farm: Farm) -> None:
    """A typing error must not switch a bot on that was told to be quiet."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.github.write_file(PATH, QUIET))
    wrong = await farm.github.write_file(PATH, b'quiet_branch = ["main"]\npolicy = "@octocat"\n')
    await farm.green(builder, at=wrong)
    (note,) = farm.github.repository().commit_comments[wrong]
    assert r"quiet\_branch is no setting: quiet\_branches?" in note.body
    assert "@octocat" not in note.body
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    await farm.wait(7200)
    assert farm.comments(101) == []
    assert [len(notes) for notes in farm.github.repository().commit_comments.values()] == [1]
    assert "`quiet_branch` is no setting: `quiet_branches`?" in await _describe_health(farm)

    await farm.github.write_file(PATH, QUIET)
    await farm.settle()
    assert "is no setting" not in await _describe_health(farm)
    assert SETTINGS_MARKER in note.body


async def _describe_health(farm: Farm) -> str:
    await farm.wait(120)
    return str(await farm.get("/health"))


async def test_a_repository_has_a_prefix_and_a_page_of_its_own(farm: Farm) -> None:
    text = b'command_prefix = "!ci"\npage = "https://devguide.example.org/builders"\n'
    await farm.github.write_file(PATH, text)
    await farm.break_builder()
    comment = farm.only_comment(101)
    assert "`!ci not-me`" in comment
    assert "[about these builders](https://devguide.example.org/builders)" in comment
    await farm.say(101, "/buildbot help")
    assert len(farm.comments(101)) == 2
    await farm.say(101, "!ci help")
    assert "!ci status" in farm.comments(101)[-1]


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_file_changes_nothing(farm: Farm, content: bytes) -> None:
    await farm.github.write_file(PATH, content)
    await farm.break_builder()
    assert "test_ssl" in farm.only_comment(101)
    assert PATH in await _describe_health(farm)


async def test_a_dry_run_writes_nothing_under_commits(tmp_path: Path) -> None:
    async with open_farm(tmp_path, post_comments=False) as farm:
        await farm.github.write_file(PATH, b"policy = 1\n")
        await farm.break_builder()
        await farm.wait(3700)
        assert farm.github.repository().commit_comments == {}
        assert PATH in await _describe_health(farm)
