"""Workers that are sent home at the end of a test."""

from collections.abc import AsyncIterator

import pytest

from bot.app.worker import Worker
from bot.core.model import KeyKind
from bot.store import Store
from tests.app.workers import Hire, Road
from tests.support.clock import FakeClock


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
async def hire(store: Store, clock: FakeClock, road: Road) -> AsyncIterator[Hire]:
    """Make workers that are sent home at the end."""
    hired: list[Worker] = []

    def make(inbox: object = None, **options: object) -> Worker:
        worker = Worker(
            inbox or store.inbox,  # type: ignore[arg-type] # options of any worker
            dict.fromkeys(KeyKind, road.reconcile),
            clock,
            **({"owner": "test"} | options),  # type: ignore[arg-type] # as above
        )
        hired.append(worker)
        return worker

    yield make
    for worker in hired:
        await worker.drain(0)
