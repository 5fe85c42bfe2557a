"""A tracker beside our small GitHub, where one test has been red for a while."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.hubs import DemoHub, open_hub
from tests.support.trackers import RED, Tracker, open_tracker


@pytest.fixture
async def hub() -> AsyncIterator[DemoHub]:
    async with open_hub("demo") as opened:
        assert isinstance(opened, DemoHub)
        yield opened


@pytest.fixture
async def tracker(hub: DemoHub, tmp_path: Path) -> AsyncIterator[Tracker]:
    async with open_tracker(tmp_path, hub) as opened:
        await opened.save(RED)
        yield opened
