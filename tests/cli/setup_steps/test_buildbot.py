"""Whatever is pasted of a Buildbot leads to it; who may accuse is proposed, and checked at once."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.setup_steps.buildbot import (
    Fleet,
    ask_buildbot,
    ask_repository,
    ask_stable,
    check_repository,
    check_stable,
)
from bot.core.errors import UserError
from bot.core.model import Builder
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from tests.cli.setup_steps.talking import talk


async def read(folder: Path, buildbot: FakeBuildbot) -> Fleet:
    here = talk(folder, buildbot.url)
    return await asyncio.to_thread(ask_buildbot, here.prompts, here.answers)


async def test_it_is_found_under_a_page_of_its_own(tmp_path: Path, buildbot: FakeBuildbot) -> None:
    here = talk(tmp_path, "", f"{buildbot.url}/#/builders/1/builds/1")
    fleet = await asyncio.to_thread(ask_buildbot, here.prompts, here.answers)
    assert here.given == {"BUILDBOT_URL": buildbot.url}
    assert "no: nothing works without one" in here.shown
    assert f"found at {buildbot.url}" in here.shown
    assert "Buildbot 4.3.0, 2 builders" in here.shown
    assert [builder.name for builder in fleet.builders] == ["AMD64 Debian", "ARM64 Debian"]


async def test_a_private_one_asks_until_name_and_password_are_right(
    tmp_path: Path, buildbot: FakeBuildbot
) -> None:
    buildbot._login = ("watcher", "right")
    here = talk(tmp_path, buildbot.url, "", "watcher", "wrong", "watcher", "right")
    await asyncio.to_thread(ask_buildbot, here.prompts, here.answers)
    assert here.given["BUILDBOT_PASSWORD"] == "right"
    assert "no: it is needed here" in here.shown
    assert "does not accept our user name" in here.shown
    assert "right" not in here.shown


async def test_one_that_is_away_is_told_with_each_try(tmp_path: Path) -> None:
    here = talk(tmp_path, "http://127.0.0.1:1/x")
    with pytest.raises(UserError, match="input ends"):
        await asyncio.to_thread(ask_buildbot, here.prompts, here.answers)
    assert "found; http://127.0.0.1:1/x/api/v2/masters, " in here.shown
    assert "http://127.0.0.1:1/all/api/v2/masters: no connection" in here.shown


async def test_the_usual_tag_is_proposed(tmp_path: Path, buildbot: FakeBuildbot) -> None:
    fleet = await read(tmp_path, buildbot)
    here = talk(tmp_path, "")
    ask_stable(here.prompts, here.answers, fleet)
    assert "linux (2), stable (1)" in here.shown
    assert "1 of 2 builders: AMD64 Debian" in here.shown
    assert here.given == {"STABLE_TAG": "stable"}


async def test_without_tags_those_that_were_green_are_proposed(
    tmp_path: Path, buildbot: FakeBuildbot
) -> None:
    for builder in buildbot.master.builders.values():
        builder["tags"] = []
    for result, name in ((Result.SUCCESS, "AMD64 Debian"), (Result.FAILURE, "ARM64 Debian")):
        for _ in range(3):
            await buildbot.build(name, "b" * 40, result=result)
    fleet = await read(tmp_path, buildbot)
    here = talk(tmp_path, "")
    ask_stable(here.prompts, here.answers, fleet)
    assert "the last builds of these were mostly green" in here.shown
    assert here.given == {"STABLE_PATTERN": "AMD64 Debian"}


FLEET = Fleet(
    (Builder("b", 1, "AMD64 Debian", ("stable",)), Builder("b", 2, "ARM64 Debian", ("arm",))),
    (),
    None,
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Stable", "no builder has that tag: stable?"),
        ("tier-9", r"no builder has that tag\Z"),
        ("/Debian/", r"no name fits it; it has to fit the whole name: /\.\*\(Debian\)\.\*/ fits 2"),
        ("/BSD/", r"no name fits it\Z"),
        ("/(a/", "must be a regular expression"),
    ],
)
def test_what_names_nobody_is_told_with_what_is_near(text: str, told: str) -> None:
    with pytest.raises((UserError, ValueError), match=told):
        check_stable(text, FLEET)


async def test_the_repository_of_the_last_builds_is_proposed(
    tmp_path: Path, buildbot: FakeBuildbot
) -> None:
    fleet = await read(tmp_path, buildbot)
    here = talk(tmp_path, "octo", "")
    ask_repository(here.prompts, here.answers, fleet)
    assert "its last builds are of octo-org/demo" in here.shown
    assert "no: must look like owner/name" in here.shown
    assert here.given == {"REPOSITORY": "octo-org/demo"}


@pytest.mark.parametrize(
    "pasted",
    [
        "octo-org/demo",
        "https://github.com/octo-org/demo.git",
        "https://github.com/octo-org/demo/pulls",
        "git@github.com:octo-org/demo.git",
    ],
)
def test_an_address_of_it_will_do(pasted: str) -> None:
    assert check_repository(pasted) == "octo-org/demo"
