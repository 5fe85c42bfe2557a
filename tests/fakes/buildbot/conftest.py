"""A small Buildbot on loopback, and somebody it pushes to."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.fakes.buildbot.server import FakeBuildbot
from tests.fakes.buildbot.asking import Clock, Receiver


@pytest.fixture
async def bb() -> AsyncIterator[FakeBuildbot]:
    buildbot = FakeBuildbot(Clock())
    buildbot.add_builder("AMD64 Debian main", tags=("stable", "tier-1"), worker="wk-debian")
    buildbot.add_builder("ARM64 Fedora main", tags=("unstable",))
    await buildbot.start()
    yield buildbot
    await buildbot.stop()


@pytest.fixture
async def receiver(bb: FakeBuildbot) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/buildbot", receiver.handle)
    server = TestServer(app)
    await server.start_server()
    bb.push_url = str(server.make_url("/buildbot"))
    bb.push_headers = {"Authorization": "Bearer s3cret"}
    yield receiver
    await server.close()
