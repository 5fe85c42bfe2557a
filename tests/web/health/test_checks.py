"""Late work of our own is named; who may not see a repository is told nothing of it by name."""

from datetime import timedelta

from bot.core.model import TroubleKind
from bot.core.ports import InboxDepth
from bot.web.health.checks import find_late
from tests.support.clock import NOON
from tests.support.farm import Farm


def test_what_is_late_is_named() -> None:
    depth = InboxDepth(depth=1, oldest_due_at=NOON - timedelta(minutes=11), stuck=())
    swept = {"buildbot": NOON - timedelta(minutes=3), "speech": None}
    words = [problem.words for problem in find_late(depth, swept, NOON)]
    assert words == [
        "the last sweep over buildbot was 3 minutes ago",
        "the first sweep over speech is not done yet",
        "work has waited for 11 minutes",
    ]
    depth = InboxDepth(depth=1, oldest_due_at=NOON - timedelta(minutes=9), stuck=())
    assert list(find_late(depth, {"speech": NOON - timedelta(minutes=10)}, NOON)) == []


async def test_a_door_that_refuses_names_no_repository(farm: Farm) -> None:
    """It is told to whoever asks, though nothing of private repositories is."""
    await farm.stop_service()
    await farm.start_service(dashboard="auto")
    farm.builder("AMD64 Debian")
    words = "3 deliveries were refused with 401"
    await farm.store.facts.save_trouble("POST /buildbot", TroubleKind.REFUSED, words)
    assert words in str((await farm.get("/health"))["problems"])
    await farm.store.facts.save_trouble("octo-org/hidden", TroubleKind.REFUSED, "hidden from us")
    health = await farm.get("/health")
    assert health["problems"] == ["refused"]
    assert "octo-org" not in str(health)
    assert "octo-org/hidden" not in await farm.get("/")
