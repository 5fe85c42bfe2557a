"""Replay answers "why did you say that?", and "why not?", without saying anything anywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.settings import Settings
from bot.cli.replay import render
from bot.cli.replay_build import replay
from bot.core.errors import Refused, UserError
from tests.support.farm import Farm


def settings_of(farm: Farm) -> Settings:
    return farm._settings()


async def tell(farm: Farm, place: str, before: int = 10, **changes: str) -> str:
    settings = replace(settings_of(farm), **changes)  # type: ignore[arg-type] # all of them are text
    return "\n".join(render(await replay(settings, farm.clock, place, before)))


async def play(farm: Farm) -> None:
    slow, fast = farm.builder("ARM64 Debian"), farm.builder("AMD64 Fedora")
    base = await farm.merge(100)
    for builder in (slow, fast):
        await farm.green(builder, at=base)
    innocent = await farm.merge(101, "Innocent change")
    await farm.green(fast, at=innocent)
    broken = await farm.merge(102, "Break ssl")
    await farm.red(slow, at=broken)
    await farm.red(fast, at=broken)


async def test_a_red_build_is_explained_to_the_end(farm: Farm) -> None:
    await play(farm)
    stood = farm.only_comment(102)
    told = await tell(farm, "ARM64 Debian/2")
    assert "ARM64 Debian #2: FAILURE" in told
    assert "Read: test/stdio" in told
    assert "ARM64 Debian: last green build #1" in told
    assert "cleared" in told
    (cleared,) = [line for line in told.splitlines() if line.startswith("  cleared ")]
    assert "#101 'Innocent change" in cleared
    assert "by AMD64 Fedora, green at" in cleared
    (suspect,) = [line for line in told.splitlines() if line.startswith("  suspect ")]
    assert "#102 'Break ssl" in suspect
    spoke_for = [line for line in told.splitlines() if line.startswith("    for ×")]
    assert any("AMD64 Fedora passed in build 2" in line for line in spoke_for)
    assert "failed for no cause before: 0 of " in told
    assert "On #102 this would stand" in told
    for line in stood.strip().splitlines():
        assert line in told


async def test_nothing_is_written_while_replaying(farm: Farm, database_url: str) -> None:
    """It is asked for in the middle of the night, beside the live service."""
    await play(farm)
    await farm.stop_service()
    before = Path(database_url.partition("///")[2]).read_bytes()
    posts = [farm.github.count(op) for op in ("post-comment", "edit-comment", "delete-comment")]
    await tell(farm, "ARM64 Debian/2")
    after = Path(database_url.partition("///")[2]).read_bytes()
    assert before == after
    assert posts == [
        farm.github.count(op) for op in ("post-comment", "edit-comment", "delete-comment")
    ]
    assert {call.method for call in farm.buildbot.journal} == {"GET"}


async def test_without_a_database_the_builder_s_own_past_is_read(
    farm: Farm, tmp_path: Path
) -> None:
    await play(farm)
    url = f"sqlite:///{tmp_path}/none.db"
    told = await tell(farm, "ARM64 Debian/2", database_url=url)
    assert told.startswith("note: cannot read the database")
    assert "ARM64 Debian: last green build #1" in told
    assert "awaited: " in told.lower()
    assert "Nothing is said: no pull is accused." in told
    assert not (tmp_path / "none.db").exists()
    told = await tell(farm, "ARM64 Debian/2", 0, database_url=url)
    assert "no commit was seen good before" in told


async def test_silence_has_its_reason(farm: Farm) -> None:
    await play(farm)
    green = await tell(farm, "AMD64 Fedora/1")
    assert "SUCCESS" in green
    odd = farm.builder("s390x SLES", stable=False)
    broken = await farm.merge(103)
    await farm.red(odd, at=broken, failing=["test_os"])
    told = await tell(farm, "s390x SLES/1")
    assert "No incident: s390x SLES may not open one: it is not stable" in told
    await farm.red("AMD64 Fedora", at="f" * 40, failing=["test_os"])
    told = await tell(farm, "AMD64 Fedora/4")
    assert "the revision is not on the branch's first-parent line" in told


async def test_a_build_that_is_not_there_is_one_line(farm: Farm) -> None:
    farm.builder("AMD64 Fedora")
    with pytest.raises(Refused, match="no builder called 'AMD64'"):
        await tell(farm, "AMD64/1")
    with pytest.raises(Refused, match="build 7 of AMD64 Fedora is unknown"):
        await tell(farm, "AMD64 Fedora/7")
    await farm.buildbot.start_build("AMD64 Fedora", "a" * 40)
    with pytest.raises(UserError, match="still runs"):
        await tell(farm, "AMD64 Fedora/1")


async def test_a_build_that_is_not_red_is_said_to_be_so_first(farm: Farm) -> None:
    await play(farm)
    assert (await tell(farm, "ARM64 Debian/1")).startswith(
        "This build is not red: it ended with SUCCESS.\n"
    )
    assert "not red" not in await tell(farm, "ARM64 Debian/2")
