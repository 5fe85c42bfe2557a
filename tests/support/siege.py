"""Clients that mean no good, against a service that runs: what they send, and what it costs.

In: where a service listens, and how many clients. Out: how each was answered. They send harmless
bytes: large bodies, slow ones, heads without an end.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

LARGE = 24 * 2**20
_CHUNK = b" " * 65_536
_HEAD = (
    "POST /github HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nX-GitHub-Event: ping\r\n"
    "X-GitHub-Delivery: g-{number}\r\nX-Hub-Signature-256: sha256=" + "0" * 64 + "\r\n\r\n"
)

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


async def send_large(_: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    """A body of 24 MiB with a signature that only looks like one, as fast as it is taken."""
    writer.write(_HEAD.format(length=LARGE, number=number).encode())
    for _chunk in range(LARGE // len(_CHUNK)):
        writer.write(_CHUNK)
        await writer.drain()


async def drip_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    """A body of which a byte comes now and then."""
    writer.write(_HEAD.format(length=LARGE, number=number).encode())
    for _byte in range(60):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.5)


async def drip_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    """Headers that never end."""
    writer.write(f"GET /?{number} HTTP/1.1\r\nHost: x\r\n".encode())
    for line in range(60):
        writer.write(f"X-Line-{line}: x\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.5)


async def besiege(url: str, client: Client, count: int, seconds: float = 60.0) -> Counter[str]:
    """So many of them at once; how they were answered, by status, or what became of them."""
    parts = urlsplit(url)

    async def play(number: int) -> str:
        try:
            async with asyncio.timeout(seconds):
                return await _play(parts.hostname or "", parts.port or 80, client, number)
        except TimeoutError:
            return "not answered"
        except OSError:
            return "cut off"

    return Counter(await asyncio.gather(*map(play, range(count))))


async def _play(host: str, port: int, client: Client, number: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        with suppress(ConnectionError):  # it may have been answered, and hung up on, meanwhile
            await client(reader, writer, number)
        line = await reader.readline()
        return line.split()[1].decode() if line else "cut off"
    finally:
        writer.close()


def measure_tree(pid: int) -> float:
    """MB that a process and all below it hold, each shared page counted once (PSS)."""
    share = 0
    for one in find_tree(pid):
        with suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            share += int(text.partition("\nPss:")[2].split()[0])
    return share / 1024


def find_tree(pid: int) -> list[int]:
    """A process and all below it."""
    tree = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            tree += [p for child in task.read_text().split() for p in find_tree(int(child))]
    return tree
