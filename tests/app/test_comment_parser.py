"""A comment that takes long to read is given up, and nobody else waits for it."""

import asyncio

import pytest

from bot.app.comment_parser import CommentParser
from bot.core.commands.parser import ParsedCommand
from bot.core.errors import Unavailable

LONG = "para\n\n" * 100
HELP = (ParsedCommand("help"),)


async def test_a_long_comment_is_read_elsewhere_and_the_loop_goes_on() -> None:
    parser = CommentParser()
    try:
        reading = asyncio.create_task(parser.parse(f"{LONG}/buildbot help", "/buildbot"))
        ticks = 0
        while not reading.done():
            await asyncio.sleep(0.01)
            ticks += 1
        assert (await reading).calls == HELP
        assert ticks > 1, "others were served meanwhile"
        assert (await parser.parse("/buildbot help", "/buildbot")).calls == HELP
    finally:
        await parser.close()


async def test_what_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    """The limit ends the process, not only the waiting."""
    parser = CommentParser(time_limit=0.0)
    try:
        found = await parser.parse(f"{LONG * 100}/buildbot help", "/buildbot")
        assert found.given_up
        assert found.calls == ()
        parser._time_limit = 30.0
        assert (await parser.parse(f"{LONG}/buildbot help", "/buildbot")).calls == HELP
    finally:
        await parser.close()


async def test_a_machine_that_is_busy_is_no_reason_to_refuse_anybody() -> None:
    """A process that started slowly had a sound comment refused for good."""
    parser = CommentParser(patience=0.0)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="too busy"):
                await parser.parse(f"{LONG}/buildbot help", "/buildbot")
        parser._patience = 60.0
        assert (await parser.parse(f"{LONG}/buildbot help", "/buildbot")).calls == HELP
    finally:
        await parser.close()


async def test_a_process_that_somebody_ended_is_no_reason_either() -> None:
    """Out of memory, the kernel ends whom it likes."""
    parser = CommentParser()
    try:
        assert (await parser.parse(f"{LONG}/buildbot help", "/buildbot")).calls == HELP
        assert parser._pool is not None
        for process in list(parser._pool._processes.values()):
            process.kill()
        with pytest.raises(Unavailable, match="ended"):
            await parser.parse(f"{LONG}/buildbot help", "/buildbot")
        assert (await parser.parse(f"{LONG}/buildbot help", "/buildbot")).calls == HELP
    finally:
        await parser.close()


async def test_many_at_once_take_their_turns() -> None:
    parser = CommentParser()
    try:
        texts = [f"{LONG}/buildbot help" for _ in range(5)]
        found = await asyncio.gather(*(parser.parse(text, "/buildbot") for text in texts))
        assert [one.calls for one in found] == [HELP] * 5
    finally:
        await parser.close()
