"""The owner of a worker hears that it is gone, and that it is back; others hear nothing."""

from tests.support.farm import Farm
from tests.support.notices import open_receiver, subscribe

DEBIAN = "AMD64 Debian"
DAY = 86_400


async def test_a_worker_that_stays_away_is_told_once_and_its_return(farm: Farm) -> None:
    async with open_receiver() as receiver:
        sha = await farm.merge(100)
        await farm.green(farm.builder(DEBIAN, worker="debian-1"), at=sha)
        await farm.green(farm.builder("ARM64 Fedora", worker="fedora-1"), at=sha)
        await subscribe(farm, receiver.url, 'worker = "debian-*"')
        for _ in range(5):
            await farm.skip(2 * DAY)
            await farm.green("ARM64 Fedora", at=sha)
        await farm.skip(3700)
        assert receiver.kinds == ["away"]
        assert receiver.texts[0].startswith(
            "worker away: debian-1 has built nothing since 2026-03-02 "
        )
        assert receiver.texts[0].endswith("https://watch.example.org/workers/debian-1")
        await farm.green(DEBIAN, at=sha)
        await farm.skip(3700)
        await farm.wait(130)
        assert receiver.kinds == ["away", "back"]


async def test_who_subscribes_to_a_worker_that_is_away_hears_when_it_is_back(farm: Farm) -> None:
    async with open_receiver() as receiver:
        sha = await farm.merge(100)
        await farm.green(farm.builder(DEBIAN, worker="debian-1"), at=sha)
        farm.builder("ARM64 Fedora", worker="fedora-1")
        await farm.skip(8 * DAY)
        await farm.green("ARM64 Fedora", at=sha)
        await subscribe(farm, receiver.url, 'worker = "debian-*"')
        await farm.skip(3700)
        await farm.skip(3700)
        assert receiver.kinds == []
        await farm.green(DEBIAN, at=sha)
        await farm.skip(3700)
        await farm.wait(130)
        assert receiver.kinds == ["back"]
