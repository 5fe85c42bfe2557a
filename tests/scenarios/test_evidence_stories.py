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


async def test_the_page_and_the_json_say_which_evidence_cleared_whom(farm: Farm) -> None:
    """Whoever is told that it was their change wants to see why not another one."""
    slow, fast = farm.builder("ARM64 Debian"), farm.builder("AMD64 Fedora")
    base = await farm.merge(100)
    for builder in (slow, fast):
        await farm.green(builder, at=base)
    innocent = await farm.merge(101, "Tidy up")
    await farm.green(fast, at=innocent)
    culprit = await farm.merge(102, "Speed up ssl")
    for builder in (slow, fast):
        await farm.red(builder, at=culprit)
    incident = await farm.only_incident()
    by_pull = {suspect["pr"]: suspect["testimony"] for suspect in incident["suspects"]}
    told = [t for t in by_pull[102] if t["outcome"] == "pass" and t["weight"] > 0]
    assert [t["builder"] for t in told] == [fast]
    assert told[0]["told"].endswith("which does not have this commit.")
    assert all(t["weight"] < 0 for t in by_pull.get(101, ()) if t["outcome"] == "pass")
    assert incident["record"]["flakes"] == 0
    page = await farm.get(f"/incidents/{incident['id']}")
    assert "for: AMD64 Fedora passed in build 2" in page
    assert "Before this, it failed for no cause in 0 of " in page
