"""Whoever subscribes late, or after an upgrade, hears of changes from there on."""

from collections.abc import AsyncIterator

import pytest

from bot.core.repository_settings.settings import PATH
from tests.support.farm import Farm
from tests.support.notices import Receiver, open_receiver, subscribe


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


async def test_what_was_open_before_is_told_when_it_changes(farm: Farm, receiver: Receiver) -> None:
    """A pull that was named before is not named anew; that it is mended, is news."""
    await farm.break_builder()
    assert "suspected" in farm.only_comment(101) or "broke" in farm.only_comment(101)
    await subscribe(farm, receiver.url)
    await farm.red("AMD64 Debian", at=await farm.merge(102))
    await farm.skip(130)
    assert receiver.kinds == []
    for number in (103, 104):
        await farm.green("AMD64 Debian", at=await farm.merge(number))
    await farm.skip(130)
    assert receiver.kinds == ["fixed"]


async def test_who_comes_back_is_new_again(farm: Farm, receiver: Receiver) -> None:
    environ = await subscribe(farm, receiver.url)
    await farm.break_builder()
    await farm.skip(130)
    told = list(receiver.kinds)
    assert told
    for settings in ({}, environ):
        await farm.stop_service()
        await farm.start_service(environ=settings)
    await farm.red("AMD64 Debian", at=await farm.merge(102))
    await farm.skip(130)
    assert receiver.kinds == told


async def test_what_is_offered_is_heard_where_a_repository_takes_it(
    farm: Farm, receiver: Receiver
) -> None:
    """What was open when it took it is told when it changes, and not before."""
    await subscribe(farm, receiver.url, "offered = true")
    await farm.break_builder()
    await farm.skip(130)
    assert receiver.kinds == [], "nobody asked for it"
    await farm.github.write_file(PATH, b'[notices]\nsubscribe = ["chat"]\n')
    await farm.settle()
    await farm.red("AMD64 Debian", at=await farm.merge(102))
    await farm.skip(130)
    assert receiver.kinds == []
    for number in (103, 104):
        await farm.green("AMD64 Debian", at=await farm.merge(number))
    await farm.skip(130)
    assert receiver.kinds == ["fixed"]


async def test_a_repository_mutes_and_a_name_that_is_not_offered_is_a_mistake(
    farm: Farm, receiver: Receiver
) -> None:
    await subscribe(farm, receiver.url)
    await farm.green(farm.builder("AMD64 Debian"), at=await farm.merge(99))
    for text in (b'mute = ["chat"]', b'subscribe = ["chat"]'):
        await farm.github.write_file(PATH, b"[notices]\n" + text)
        await farm.settle()
    await farm.break_builder()
    await farm.skip(130)
    assert receiver.kinds == [], "a mistake leaves in force what was there before"
    assert "names `chat`; the service offers none" in str(await farm.get("/health"))
