"""Whoever subscribes late, or after an upgrade, hears of changes from there on."""

from collections.abc import AsyncIterator

import pytest

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
    await farm.wait(130)
    assert receiver.kinds == []
    for number in (103, 104):
        await farm.green("AMD64 Debian", at=await farm.merge(number))
    await farm.wait(130)
    assert receiver.kinds == ["fixed"]


async def test_who_comes_back_is_new_again(farm: Farm, receiver: Receiver) -> None:
    environ = await subscribe(farm, receiver.url)
    await farm.break_builder()
    await farm.wait(130)
    told = list(receiver.kinds)
    assert told
    for settings in ({}, environ):
        await farm.stop_service()
        await farm.start_service(environ=settings)
    await farm.red("AMD64 Debian", at=await farm.merge(102))
    await farm.wait(130)
    assert receiver.kinds == told
