"""What counts as evidence: stories in which a naive reading of builds accuses somebody innocent."""

from tests.scenarios.farm import Farm


async def test_a_green_build_that_skipped_its_tests_clears_nobody(farm: Farm) -> None:
    """A builder skips its tests where only documents changed: green, but it saw nothing.

    Taken for a pass it would put the culprit behind the last good commit, and leave the next pull
    as the only one in the range.
    """
    builders = [farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")]
    base = await farm.merge(100)
    for builder in builders:
        await farm.green(builder, at=base)
    culprit = await farm.merge(101, "Speed up ssl")
    docs = await farm.merge(102, "Fix a typo")
    for builder in builders:
        await farm.green(builder, at=docs, skipped=["test"])
    innocent = await farm.merge(103, "Add a module")
    for builder in builders:
        await farm.red(builder, at=innocent)
    assert [farm.comments(pull) for pull in (101, 102, 103)] == [[], [], []]
    incident = await farm.only_incident()
    assert incident["range"] == [base, innocent]
    assert {suspect["pr"] for suspect in incident["suspects"]} == {101, 102, 103}

    await farm.red(builders[0], at=culprit, scheduler="force", reason="where did it begin?")
    await farm.red(builders[1], at=culprit, scheduler="force", reason="where did it begin?")
    assert "test_ssl" in farm.first_line(101)
    assert farm.comments(102) == farm.comments(103) == []


async def test_a_green_build_without_tests_does_not_end_an_incident(farm: Farm) -> None:
    """Said to be fixed by a change of documents, it would look silly, and then wrong."""
    builders = [farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")]
    base = await farm.merge(100)
    for builder in builders:
        await farm.green(builder, at=base)
    broken = await farm.merge(101, "Speed up ssl")
    for builder in builders:
        await farm.red(builder, at=broken)
    docs = await farm.merge(102, "Fix a typo")
    for builder in builders:
        await farm.green(builder, at=docs, skipped=["test"])
    assert (await farm.only_incident())["state"] == "open"
    fix = await farm.merge(103, "Repair ssl")
    for builder in builders:
        await farm.green(builder, at=fix)
    fixed = await farm.only_incident()
    assert fixed["state"] == "fixed"
    assert fixed["fix"]["range"] == [broken, fix], "either of the two that came after"
