"""What counts as evidence: stories in which a naive reading of builds accuses somebody innocent."""

from tests.support.farm import Farm


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
    assert fast in {t["builder"] for t in told}
    assert all(t["told"].endswith("which does not have this commit.") for t in told)
    assert all(t["weight"] < 0 for t in by_pull.get(101, ()) if t["outcome"] == "pass")
    assert incident["record"]["flakes"] == 0
    page = await farm.get(f"/incidents/{incident['id']}")
    assert "for: AMD64 Fedora passed in build 2" in page
    assert "Before this, it failed for no cause in 0 of " in page


BROKEN_DISK = "database disk image is malformed"


async def make_two_branches(farm: Farm) -> tuple[str, str]:
    """One machine that builds two branches, green so far."""
    main = farm.builder("AMD64 Debian", worker="wk-1")
    side = farm.builder("AMD64 Debian 3.14", worker="wk-1")
    await farm.green(main, at=await farm.merge(100))
    await farm.green(side, at=await farm.merge(200, branch="3.14"), branch="3.14")
    return main, side


async def test_a_disk_that_breaks_on_two_branches_at_once_is_nobodys_pull(farm: Farm) -> None:
    """Each branch alone has one pull in the range and two red builds; both would be accused."""
    main, side = await make_two_branches(farm)
    one = await farm.merge(101)
    await farm.red(main, at=one, failing=["test_ssl"], message=BROKEN_DISK)
    two = await farm.merge(201, branch="3.14")
    await farm.red(side, at=two, failing=["test_zipfile"], message=BROKEN_DISK, branch="3.14")
    await farm.red(main, at=one, message=BROKEN_DISK, scheduler="force", reason="once more")
    again = {"scheduler": "force", "reason": "once more", "branch": "3.14"}
    await farm.red(side, at=two, failing=["test_zipfile"], message=BROKEN_DISK, **again)
    assert farm.comments(101) == farm.comments(201) == []
    incidents = await farm.incidents()
    assert {(i["branch"], i["verdict"]) for i in incidents} == {
        ("main", "environment"),
        ("3.14", "environment"),
    }
    assert "Only wk-1 shows it" in incidents[0]["reason"]


async def test_what_another_branch_shows_later_takes_an_accusation_back(farm: Farm) -> None:
    """The second branch is built hours after the first one was told."""
    main, side = await make_two_branches(farm)
    one = await farm.merge(101)
    await farm.red(main, at=one, message=BROKEN_DISK)
    await farm.red(main, at=one, message=BROKEN_DISK, scheduler="force", reason="once more")
    assert "test_ssl" in farm.first_line(101)
    two = await farm.merge(201, branch="3.14")
    await farm.red(side, at=two, message=BROKEN_DISK, branch="3.14")
    assert "What changed our mind: Only wk-1 shows it" in farm.only_comment(101)


async def test_a_backport_that_breaks_two_machines_is_still_told(farm: Farm) -> None:
    """The same failure on both branches on several machines: a change and its backport."""
    names = [
        (farm.builder(f"{n} main", worker=f"wk-{n}"), farm.builder(f"{n} 3.14", worker=f"wk-{n}"))
        for n in ("one", "two")
    ]
    base, old = await farm.merge(100), await farm.merge(200, branch="3.14")
    for main, side in names:
        await farm.green(main, at=base)
        await farm.green(side, at=old, branch="3.14")
    broken, backport = await farm.merge(101), await farm.merge(201, branch="3.14")
    for main, side in names:
        await farm.red(main, at=broken)
        await farm.red(side, at=backport, branch="3.14")
    assert farm.first_line(101)
    assert farm.first_line(201)


async def test_a_commit_that_breaks_much_of_the_fleet_is_one_incident(farm: Farm) -> None:
    """Another test on each platform, one culprit: one headline, and nothing is withdrawn."""
    builders = [farm.builder(f"Builder {n}") for n in range(4)]
    base = await farm.merge(100)
    for builder in builders:
        await farm.green(builder, at=base)
    broken = await farm.merge(101, "Change everything")
    for n, builder in enumerate(builders):
        await farm.red(builder, at=broken, failing=["test_ssl" if n % 2 else "test_zipfile"])
    incident = await farm.only_incident()
    assert incident["builders"] == builders
    assert incident["pull"] == 101
    comment = farm.only_comment(101)
    assert "test_ssl" in comment
    assert "test_zipfile" in comment
    assert "withdrawn" not in comment.lower()


async def test_a_restart_forgets_no_explanation(farm: Farm) -> None:
    """Fixed while we were restarted: the record that had cleared it of being a flake was gone.

    What explains an incident is told while it is open; once it is over, it is kept.
    """
    builders = [farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")]
    for number in range(97, 101):
        base = await farm.merge(number)
        for builder in builders:
            await farm.green(builder, at=base)
    broken = await farm.merge(101, "Speed up ssl")
    for builder in builders:
        await farm.red(builder, at=broken)
    told = "Flaked in 0 of 8 earlier runs."
    assert told in farm.only_comment(101)
    await farm.stop_service()
    fix = await farm.merge(102, "Repair ssl")
    for builder in builders:
        await farm.green(builder, at=fix)
    await farm.start_service()
    await farm.wait(60)
    assert "Fixed" in farm.first_line(101)
    assert told in farm.only_comment(101)
