"""What a process that serves strangers sets up before it listens."""

import asyncio
import asyncio.selector_events
import resource

from bot.cli.serve import PIECE, _allow_open_files, read_in_pieces


async def test_no_more_than_a_piece_of_a_connection_is_taken_at_once() -> None:
    """asyncio takes four times as much, and the attribute that says so has no public name."""
    taken: list[int] = []

    class Listener(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            taken.append(len(data))

    before = asyncio.selector_events._SelectorTransport.max_size  # type: ignore[attr-defined]
    try:
        read_in_pieces()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Listener, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b" " * 20 * PIECE)
        while sum(taken) < 20 * PIECE:
            await asyncio.sleep(0.01)
        writer.close()
        server.close()
    finally:
        read_in_pieces(before)
    assert max(taken) <= PIECE


def test_as_many_files_are_open_as_the_system_lets_us() -> None:
    """With 1,024, the usual soft limit, so many idle strangers shut the database out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        _allow_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(hard, 1024)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
