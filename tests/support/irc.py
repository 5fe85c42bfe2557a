"""A real ngircd on loopback, somebody who listens there, and a server for what ngircd lacks."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.certificates import find_files

_CONF = """
[Global]
    Name = irc.test.example
    Info = for tests
    Listen = 127.0.0.1
    Ports = {port}
    MotdPhrase = "hello"
[Limits]
    MaxConnectionsIP = 0
    MaxNickLength = 20
[Options]
    PAM = no
    Ident = no
    DNS = no
    PredefChannelsOnly = no
"""

_PATIENCE = 30.0


def find_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


_TLS = """
[SSL]
    CertFile = {pem}
    KeyFile = {key}
    Ports = {port}
"""


@asynccontextmanager
async def run_ngircd(folder: Path, port: int, tls_port: int | None = None) -> AsyncIterator[None]:
    """Where it is not installed its tests are skipped, but never where CI is.

    With TLS it shows the certificate that `make_contexts` put there.
    """
    program = shutil.which("ngircd") or shutil.which("ngircd", path="/usr/sbin")
    if program is None:
        words = "no ngircd here: `apt-get install ngircd` for these tests"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    conf = folder / "ngircd.conf"
    pem, key = find_files(folder)
    tls = _TLS.format(pem=pem, key=key, port=tls_port) if tls_port else ""
    conf.write_text(_CONF.format(port=port) + tls)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        program, "-n", "-f", str(conf), stdout=quiet, stderr=quiet
    )
    try:
        await _wait_for_port(port)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _wait_for_port(port: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


@dataclass
class Listener:
    """Another client in the channel: what it receives counts."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    raw: list[bytes] = field(default_factory=list)

    def put(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def wait_for(self, part: str, count: int = 1) -> str:
        """The text of the line, once so many were seen that hold it."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                found = [line for line in self.raw if part.encode() in line]
                if len(found) >= count:
                    return found[count - 1].decode("utf-8").rstrip("\r\n")
                line = await self.reader.readline()
                assert line, "the server hung up"
                if line.startswith(b"PING"):
                    self.put(line.replace(b"PING", b"PONG", 1).strip())
                self.raw.append(line)


@asynccontextmanager
async def open_listener(port: int, nick: str, channel: str) -> AsyncIterator[Listener]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    listener = Listener(reader, writer)
    listener.put(f"NICK {nick}")
    listener.put(f"USER {nick} 0 * :somebody")
    await listener.wait_for(" 001 ")
    listener.put(f"JOIN {channel}")
    await listener.wait_for(" 366 ")
    try:
        yield listener
    finally:
        writer.close()


@dataclass
class SmallServer:
    """Answers each line by a function; remembers them all."""

    answer: Callable[[str], list[str | bytes] | None]  # None: hang up
    port: int = 0
    lines: list[str] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            while raw := await reader.readline():
                line = raw.decode().rstrip("\r\n")
                self.lines.append(line)
                answers = self.answer(line)
                if answers is None:
                    break
                for one in answers:
                    writer.write(one if isinstance(one, bytes) else f":irc.test {one}\r\n".encode())
                await writer.drain()
        writer.close()


@asynccontextmanager
async def open_small_server(
    answer: Callable[[str], list[str | bytes] | None], tls: ssl.SSLContext | None = None
) -> AsyncIterator[SmallServer]:
    small = SmallServer(answer)
    server = await asyncio.start_server(small.serve, "127.0.0.1", 0, ssl=tls)
    small.port = server.sockets[0].getsockname()[1]
    try:
        yield small
    finally:
        server.close()
