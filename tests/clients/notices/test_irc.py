"""IRC on a real ngircd, and on a small server for what ngircd lacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clients.notices.irc import IrcSender, IrcTimes
from bot.clients.notices.irc_registration import IrcServer
from bot.core.errors import Unavailable
from bot.core.notices.subscriptions import Medium, Subscription
from bot.core.notices.words import render_message
from tests.support.irc import find_port, open_listener, open_small_server, run_ngircd
from tests.support.notices import make_facts, make_notice

TO = Subscription("chat", Medium.IRC, "#builds")
SERVER = IrcServer("127.0.0.1", 6667, False, "watch", ("#builds",))
FAST = IrcTimes(answer=10, idle=60, between=0.01, first_pause=0.05, longest_pause=0.2)


@asynccontextmanager
async def open_sender(
    port: int, times: IrcTimes = FAST, **changes: Any
) -> AsyncIterator[IrcSender]:
    tell_status, context = changes.pop("tell_status", None), changes.pop("context", None)
    server = replace(SERVER, port=port, **changes)
    sender = IrcSender(server, times=times, tls_context=context, tell_status=tell_status)
    sender.start()
    try:
        yield sender
    finally:
        await sender.close()


async def send(sender: IrcSender, **facts: Any) -> None:
    """As the outbox does: tried again until it is taken."""
    message = render_message([make_notice(facts=make_facts(**facts))], None)
    async with asyncio.timeout(30):
        while True:
            try:
                return await sender.send(TO, message)
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_a_notice_is_one_line_that_calls_nobody(tmp_path: Path) -> None:
    port = find_port()
    async with (
        run_ngircd(tmp_path, port),
        open_listener(port, "alan", "#builds") as alan,
        open_sender(port) as sender,
    ):
        await alan.wait_for("JOIN")
        hostile = ("alan\r\nQUIT :bye", "\x0304red", "@alan", *(f"test_{n}é" * 9 for n in range(9)))
        await send(sender, tests=hostile, builders=("x" * 300, "y" * 300))
        line = await alan.wait_for("NOTICE #builds")
        assert line.startswith(":watch!")
        assert "[main] broken: a\u200blan QUIT :bye" in line
        assert len(line.encode()) <= 510
        assert "[CUT]" not in line
        assert await sender.check([TO]) == "watch is in #builds"


async def test_it_answers_two_words_in_its_channel_and_seldom(tmp_path: Path) -> None:
    port = find_port()

    async def tell_status() -> str:
        return "2 incidents are open."

    async with (
        run_ngircd(tmp_path, port),
        open_listener(port, "alan", "#builds") as alan,
        open_sender(port, tell_status=tell_status) as sender,
    ):
        await alan.wait_for(":watch!")
        await send(sender)
        alan.put(b"PRIVMSG #builds :\xe9t\xe9 !status")  # Latin-1, and no command
        alan.put("NOTICE #builds :!status")
        alan.put("PRIVMSG watch :!status")
        for _ in range(4):
            alan.put("PRIVMSG #builds :!status")
        alan.put("PING :all-said")
        await alan.wait_for("all-said")
        await alan.wait_for("2 incidents are open.")
        await send(sender, tests=("test_last",))
        await alan.wait_for("test_last")
        answers = [line for line in alan.raw if b"2 incidents are open." in line]
        assert len(answers) == 1


async def test_it_comes_back_when_the_server_does(tmp_path: Path) -> None:
    port = find_port()
    async with open_sender(port) as sender:
        with pytest.raises(Unavailable, match="IRC: "):
            await sender.send(TO, render_message([make_notice()], None))
        for _ in range(2):
            async with run_ngircd(tmp_path, port), open_listener(port, "alan", "#builds") as alan:
                await send(sender)
                await alan.wait_for("NOTICE #builds")


async def test_who_may_not_come_in_says_so(tmp_path: Path) -> None:
    port = find_port()
    async with (
        run_ngircd(tmp_path, port),
        open_listener(port, "alan", "#builds") as alan,
        open_sender(port) as sender,
    ):
        await alan.wait_for(":watch!")
        alan.put("MODE #builds +b watch!*@*")
        alan.put("KICK #builds watch :out")
        await alan.wait_for("KICK")
        async with asyncio.timeout(30):
            while "474" not in (reason := await refuse(sender)):
                await asyncio.sleep(0.05)
        assert reason.startswith("IRC: #builds: ")


async def refuse(sender: IrcSender) -> str:
    """Why it cannot be said; empty where it could."""
    try:
        await sender.send(TO, render_message([make_notice()], None))
    except Unavailable as away:
        return away.reason
    return ""


def make_sasl_server(*, knows: bool) -> Any:
    """One with accounts, and a PONG for each PING."""

    def answer(line: str) -> list[str | bytes] | None:
        command, _, rest = line.partition(" ")
        if line == "AUTHENTICATE PLAIN":
            return [b"AUTHENTICATE +\r\n"]
        if command == "AUTHENTICATE":
            return ["903 watch :ok"] if knows else ["904 watch :no"]
        answers: dict[str, list[str | bytes]] = {
            "CAP REQ :sasl": ["CAP * ACK :sasl"],
            "CAP END": ["001 watch :hello"],
        }
        if command == "JOIN":
            return [f":watch!w@h JOIN {rest}\r\n".encode()]
        return [f"PONG irc.test {rest}"] if command == "PING" else answers.get(line, [])

    return answer


async def test_a_login_by_sasl() -> None:
    async with (
        open_small_server(make_sasl_server(knows=True)) as small,
        open_sender(small.port, account="watch", password="secret") as sender,
    ):
        await send(sender)
        assert "AUTHENTICATE AHdhdGNoAHNlY3JldA==" in small.lines
        assert any(line.startswith("NOTICE #builds :[main] broken") for line in small.lines)


async def test_a_login_that_is_refused_says_nothing_and_is_not_hammered() -> None:
    slow = replace(FAST, first_pause=60)
    async with (
        open_small_server(make_sasl_server(knows=False)) as small,
        open_sender(small.port, slow, account="watch", password="wrong") as sender,
    ):
        async with asyncio.timeout(30):
            while "login" not in sender.state:
                await asyncio.sleep(0.01)
        assert small.connections == 1
        assert not any(line.startswith(("JOIN", "NOTICE")) for line in small.lines)


async def test_a_line_without_an_end_closes_the_connection() -> None:
    """A server, or who sits between, cannot fill our memory."""

    def answer(line: str) -> list[str | bytes] | None:
        return [b"x" * 20_000] if line.startswith("USER") else []

    slow = replace(FAST, first_pause=60)
    async with open_small_server(answer) as small, open_sender(small.port, slow) as sender:
        async with asyncio.timeout(30):
            while "broke" not in sender.state:
                await asyncio.sleep(0.01)


async def test_a_silent_server_is_given_up_and_nothing_counts_as_sent() -> None:
    def answer(line: str) -> list[str | bytes] | None:
        if line.startswith("USER"):
            return ["001 watch :hello"]
        return [b":watch!w@h JOIN #builds\r\n"] if line.startswith("JOIN") else []

    quick = replace(FAST, answer=0.3)
    async with open_small_server(answer) as small, open_sender(small.port, quick) as sender:
        async with asyncio.timeout(30):
            while not any(line.startswith("NOTICE") for line in small.lines):
                with pytest.raises(Unavailable):
                    await sender.send(TO, render_message([make_notice()], None))
                await asyncio.sleep(0.02)


async def test_doctor_looks_in_without_joining() -> None:
    async with open_small_server(make_sasl_server(knows=True)) as small:
        server = replace(SERVER, port=small.port, account="watch", password="secret")
        assert await IrcSender(server, times=FAST).check([TO]) == "127.0.0.1 knows us as watch"
        assert small.lines[-1].startswith("CAP END") or "QUIT" in small.lines[-1]
        assert not any(line.startswith("JOIN") for line in small.lines)


async def test_a_slow_answer_to_people_keeps_no_server_waiting() -> None:
    """Servers throw out who does not answer a PING; a status that hangs may not cost us that."""

    def answer(line: str) -> list[str | bytes] | None:
        if line.startswith("USER"):
            return ["001 watch :hello"]
        if line.startswith("JOIN"):
            asked = b":alan!a@h PRIVMSG #builds :!status\r\n"
            return [b":watch!w@h JOIN #builds\r\n", asked, b"PING :still-there\r\n"]
        return []

    asked, may_go_on = asyncio.Event(), asyncio.Event()

    async def tell_status() -> str:
        asked.set()
        await may_go_on.wait()
        return "All is well."

    async with open_small_server(answer) as small, open_sender(small.port, tell_status=tell_status):
        async with asyncio.timeout(30):
            await asked.wait()
            while "PONG :still-there" not in small.lines:
                await asyncio.sleep(0.01)
            may_go_on.set()
            while "NOTICE #builds :All is well." not in small.lines:
                await asyncio.sleep(0.01)
