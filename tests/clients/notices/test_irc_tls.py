"""TLS on IRC against a real ngircd: its certificate is checked, and no password goes in clear."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from bot.clients.notices.irc import IrcSender
from bot.core.errors import Unavailable
from bot.core.notices.words import render_message
from tests.clients.notices.test_irc import TO, make_sasl_server, open_sender, send
from tests.support.certificates import make_contexts
from tests.support.irc import find_port, open_listener, open_small_server, run_ngircd
from tests.support.notices import make_notice

LOGIN: dict[str, Any] = {"account": "watch", "password": "irc-password"}


async def wait_for_state(sender: IrcSender, words: str) -> None:
    async with asyncio.timeout(30):
        while words not in sender.state:
            await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await sender.send(TO, render_message([make_notice()], None))


async def test_it_speaks_to_a_server_that_it_believes_and_to_no_other(tmp_path: Path) -> None:
    _, believed = make_contexts(tmp_path)
    port, tls_port = find_port(), find_port()
    async with (
        run_ngircd(tmp_path, port, tls_port),
        open_listener(port, "alan", "#builds") as alan,
    ):
        async with open_sender(tls_port, tls=True) as stranger:
            await wait_for_state(stranger, "its certificate is not good")
        assert not any(b"watch!" in line for line in alan.raw)
        async with open_sender(tls_port, tls=True, context=believed) as sender:
            await send(sender)
            line = await alan.wait_for("NOTICE #builds")
            assert "[main] broken: test_ssl" in line


async def test_a_login_goes_to_the_host_of_the_certificate_only(tmp_path: Path) -> None:
    served, believed = make_contexts(tmp_path)
    answer = make_sasl_server(knows=True)
    async with open_small_server(answer, served) as small:
        async with open_sender(small.port, tls=True, context=believed, **LOGIN) as sender:
            await send(sender)
        assert any(line.startswith("NOTICE #builds") for line in small.lines)
    other, believed = make_contexts(tmp_path, "irc.example.org", "192.0.2.1")
    async with open_small_server(answer, other) as small:
        async with open_sender(small.port, tls=True, context=believed, **LOGIN) as sender:
            await wait_for_state(sender, "its certificate is not good")
        assert small.lines == []


async def test_a_server_without_tls_hears_no_password() -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b":irc.test NOTICE * :welcome\r\n")
        heard.extend(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        context = ssl.create_default_context()
        async with open_sender(port, tls=True, context=context, **LOGIN) as sender:
            await wait_for_state(sender, "cannot be reached")
    assert heard.startswith(b"\x16\x03"), "a hello of TLS, and nothing of IRC"
