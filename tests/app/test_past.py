"""What is exported or played again is what the store knows, judged by today's settings."""

from bot.app.past import load_past
from tests.support.farm import Farm


async def test_who_is_stable_is_asked_of_the_settings_of_today(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    stable = []
    for tag in ("stable", "other"):
        repository, pasts = await load_past(
            farm._settings(STABLE_TAG=tag), farm.clock, "Octo-Org/Demo", "main"
        )
        assert repository.full_name == "octo-org/demo"
        stable += [(p.branch, o.stable) for p in pasts for o in p.observations]
    assert stable == [("main", True), ("main", False)]
