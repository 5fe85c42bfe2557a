"""Stories of what is told and what is not, from the build to a real HTTP receiver."""

import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.databases import SqliteDatabase
from tests.support.farm import Farm, open_farm
from tests.support.notices import Receiver, open_receiver, subscribe

DEBIAN = "AMD64 Debian"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def mend(farm: Farm) -> None:
    for number in (103, 104):
        await farm.green(DEBIAN, at=await farm.merge(number))
    await farm.skip(130)


async def test_a_break_is_told_once_with_the_pull_that_our_comment_names(
    farm: Farm, receiver: Receiver
) -> None:
    await subscribe(farm, receiver.url)
    await farm.break_builder()
    assert receiver.bodies == [], "it waits two minutes, for the comment"
    await farm.skip(130)
    (text,) = receiver.texts
    assert receiver.kinds[0] in {"suspected", "confirmed"}
    assert "pull 101" in text
    assert "/pull/101" in text
    await mend(farm)
    assert receiver.kinds[1:] == ["fixed"]


async def test_what_is_not_said_on_the_pull_is_said_nowhere(farm: Farm, receiver: Receiver) -> None:
    """Who opted out is not accused elsewhere; what broke, and since when, may be told."""
    await subscribe(farm, receiver.url)
    await farm.green(farm.builder(DEBIAN), at=await farm.merge(100))
    broken = await farm.merge(101, author="author-101")
    await farm.say(101, "/buildbot mute", by="author-101")
    for _ in range(2):
        await farm.red(DEBIAN, at=broken)
    await farm.skip(130)
    assert receiver.kinds == ["broken"]
    told = receiver.bodies[0].replace(broken.encode(), b"")
    assert b"101" not in re.sub(rb'"id": "[0-9a-f]{32}"', b"", told)  # it is random


async def test_a_pause_mutes_notices_too(farm: Farm, receiver: Receiver) -> None:
    await subscribe(farm, receiver.url)
    await farm.green(farm.builder(DEBIAN), at=await farm.merge(100))
    broken = await farm.merge(101)
    farm.github.repository().roles |= {"boss": "admin"}
    await farm.say(101, "/buildbot pause 2", by="boss")
    for _ in range(2):
        await farm.red(DEBIAN, at=broken)
    await farm.skip(130)
    assert receiver.calls == []
    await farm.say(101, "/buildbot resume", by="boss")
    await farm.skip(130)
    assert len(receiver.bodies) == 1, "what broke meanwhile does not stay unsaid"


async def test_a_dry_run_sends_nothing_and_tells_the_log(
    tmp_path: Any, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_farm(tmp_path, database=SqliteDatabase(tmp_path), post_comments=False) as farm:
        await subscribe(farm, receiver.url)
        with caplog.at_level(logging.INFO):
            await farm.break_builder()
            await farm.skip(130)
        assert receiver.calls == []
        said = [r for r in caplog.records if r.getMessage() == "would send"]
        assert [vars(r)["to"] for r in said] == ["chat"]
        assert "pull 101" not in vars(said[0])["says"], "in a dry run no comment stands"
