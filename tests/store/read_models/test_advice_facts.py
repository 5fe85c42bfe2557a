"""Advice from what happened: through the doors, on the status, the report and for each viewer."""

from tests.support.farm import Farm


async def test_an_unstable_builder_that_is_green_ten_times_may_be_promoted(farm: Farm) -> None:
    builder = farm.builder("ARM64 Fedora", stable=False)
    for number in range(10):
        await farm.green(builder, at=await farm.merge(100 + number))
    (advice,) = (await farm.get("/api/v1/fleet"))["advice"]
    assert (advice["kind"], advice["name"]) == ("promote", "ARM64 Fedora")
    assert advice["words"].startswith("10 greens in a row over ")
    assert "make stable" in await farm.get("/report")
    assert (await farm.get("/api/v1/report"))["advice"] == [advice]


async def test_a_builder_that_fell_silent_is_named_with_its_worker(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian", worker="wk-1")
    await farm.green(builder, at=await farm.merge(100))
    await farm.wait(600)  # its list of builders is read
    now = farm.clock.now()
    facts = await farm.store.views.load_advice_facts(now)
    assert [(b.name, b.built_at is not None) for b in facts.builders] == [("AMD64 Debian", True)]
    assert [(w.name, w.builders) for w in facts.workers] == [("wk-1", ("AMD64 Debian",))]
    assert facts.months["AMD64 Debian"].told == 1
    hidden = await farm.store.views.load_advice_facts(now, [999])
    assert (hidden.months, list(hidden.builders), list(hidden.workers)) == ({}, [], [])
    farm.clock.advance(9 * 86_400)
    told = (await farm.get("/api/v1/fleet"))["advice"]
    assert [(a["kind"], a["name"]) for a in told] == [
        ("worker away", "wk-1"),
        ("silent", "AMD64 Debian"),
    ]
