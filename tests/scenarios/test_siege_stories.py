"""Many who mean no good at once, against the real process: it answers, and holds what it may."""

import asyncio
from pathlib import Path

import pytest

from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.siege import besiege, drip_body, measure_tree, send_large

# Of the bench with two hundred, which measures at length.
_MOST_MORE = 64.0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is Linux's word")
async def test_large_bodies_of_many_strangers_cost_little_memory(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """24 clients with 24 MiB each took 705 MB of the first release."""
    service = ServiceProcess(tmp_path, settings, find_free_port())
    await service.start()
    try:
        await besiege(service.url, send_large, 2)
        before = measure_tree(service.pid or 0)
        answers = await besiege(service.url, send_large, 24)
        assert answers.keys() <= {"400", "401", "503", "cut off"}
        assert measure_tree(service.pid or 0) - before < _MOST_MORE
        assert (await service.get("/livez"))["status"] == "ok"
        assert (await besiege(service.url, drip_body, 4)).total() == 4
        assert (await service.get("/health"))["bodies"]["held"] == 0, "what is over is given back"
    finally:
        await service.stop()


async def test_what_is_no_http_is_no_error_and_tells_nothing(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Each was an ERROR with what was sent, a message to Sentry, and told our libraries."""
    service = ServiceProcess(tmp_path, settings, find_free_port())
    await service.start()
    try:
        port = int(service.url.rpartition(":")[2])
        for broken in (b"Authorization: Basic cGFzc3dvcmQ\x01", b"Content-Length: -5", b"a" * 9000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + broken + b"\r\n\r\n")
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.0 400")
            assert b"Server: nightswatch\r\n" in answer
            assert b"aiohttp" not in answer
    finally:
        await service.stop()
    log = service.log.read_text()
    assert log.count("a request was no HTTP") == 3
    assert "ERROR" not in log
    assert "cGFzc3dvcmQ" not in log
