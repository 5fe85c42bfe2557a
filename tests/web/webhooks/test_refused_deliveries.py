"""Deliveries that are refused are counted and remembered, and forgotten when one is taken."""

from bot.core.model import TroubleKind
from bot.web.webhooks.refused_deliveries import RefusedDeliveries
from tests.support.clock import FakeClock


class Troubles:
    """A store that counts how often it is written to."""

    def __init__(self) -> None:
        self.kept: dict[str, str | None] = {}
        self.saves = 0

    async def save_trouble(self, place: str, _: TroubleKind, words: str | None) -> None:
        self.kept[place] = words
        self.saves += 1


async def test_a_flood_of_strangers_is_one_row_and_one_write() -> None:
    troubles = Troubles()
    watch = RefusedDeliveries(troubles, FakeClock())
    for _ in range(10_000):
        watch.note("/buildbot", 401)
    await watch.save()
    await watch.save()
    assert troubles.saves == 1
    words = troubles.kept["POST /buildbot"] or ""
    assert words.startswith("10000 deliveries were refused with 401")
    assert "BUILDBOT_WEBHOOK_TOKEN" in words


async def test_one_that_is_taken_clears_it_also_after_a_restart() -> None:
    """What an earlier process stored holds until then; of doors that work nothing is written."""
    troubles = Troubles()
    watch = RefusedDeliveries(troubles, FakeClock())
    watch.note("/github", 202)
    await watch.save()
    assert troubles.kept == {"POST /github": None}
    for _ in range(100):
        watch.note("/github", 202)
    await watch.save()
    assert troubles.saves == 1
    watch.note("/github", 400)
    watch.note("/github", 503)  # our own trouble, told elsewhere
    await watch.save()
    assert "1 delivery was refused with 400" in (troubles.kept["POST /github"] or "")
    watch.note("/github", 202)
    await watch.save()
    assert troubles.kept == {"POST /github": None}
