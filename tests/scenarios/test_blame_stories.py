"""Who is told, and who is not: stories of merged pulls and the builds that came after."""

from tests.support.farm import Farm, make_rerun_log


async def test_a_faster_builder_clears_two_of_three_pulls(farm: Farm) -> None:
    """A batch build cannot name a culprit; a faster builder that built between them can."""
    slow, fast = farm.builder("ARM64 Debian"), farm.builder("AMD64 Fedora")
    base = await farm.merge(100, "Begin")
    await farm.green(slow, at=base)
    await farm.green(fast, at=base)

    first = await farm.merge(101, "Tidy the docs")
    second = await farm.merge(102, "Speed up ssl")
    third = await farm.merge(103, "Add a test")
    await farm.red(slow, at=third)
    assert farm.comments(101) == farm.comments(102) == farm.comments(103) == []

    await farm.green(fast, at=first)
    await farm.red(fast, at=second)
    assert f"{first}...{second}" in farm.only_comment(102)
    assert "test_ssl" in farm.first_line(102)
    assert farm.comments(101) == farm.comments(103) == []


async def test_a_batch_of_three_alone_is_silence_with_its_reason(farm: Farm) -> None:
    """Nothing tells the three pulls apart: nobody is accused, and the JSON says why."""
    builders = [farm.builder(f"Builder {n}") for n in range(3)]
    base = await farm.merge(100)
    for builder in builders:
        await farm.green(builder, at=base)
    for pull in (101, 102, 103):
        tip = await farm.merge(pull)
    for builder in builders:
        await farm.red(builder, at=tip)

    assert [farm.comments(pull) for pull in (101, 102, 103)] == [[], [], []]
    incident = await farm.only_incident()
    assert incident["verdict"] == "unknown"
    assert "3 pulls" in incident["reason"]
    assert incident["awaited"]
    assert {suspect["pr"] for suspect in incident["suspects"]} == {101, 102, 103}
    assert incident["range"] == [base, tip]


async def test_one_red_build_accuses_nobody(farm: Farm) -> None:
    """A single failure may be a flake, also when only one pull is in the range."""
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    broken = await farm.merge(101)
    await farm.red(builder, at=broken)
    assert farm.comments(101) == []
    assert (await farm.only_incident())["awaited"]

    await farm.red(builder, at=broken, scheduler="force", reason="once more")
    assert farm.first_line(101)


async def test_a_flake_on_the_same_commit_is_not_spoken_of(farm: Farm) -> None:
    """Red and green with no change between: nobody's pull did that."""
    builder, other = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for name in (builder, other):
        await farm.green(name, at=base)
    flaky = await farm.merge(101)
    await farm.red(builder, at=flaky)
    await farm.green(builder, at=flaky, scheduler="force", reason="once more")
    await farm.red(other, at=flaky)
    assert farm.comments(101) == []
    assert (await farm.only_incident())["verdict"] == "flaky"


async def test_what_passed_on_a_rerun_in_a_green_build_is_a_flake(farm: Farm) -> None:
    """The build is green, so nobody looks; its log says that the test failed at that commit."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    innocent = await farm.merge(101)
    await farm.green(one, at=innocent, log=make_rerun_log("test_ssl"))
    for builder in (one, two):
        await farm.red(builder, at=innocent)
    assert farm.comments(101) == []


async def test_an_unstable_builder_opens_no_incident(farm: Farm) -> None:
    """Its owners know that it is red; authors should not have to."""
    builder = farm.builder("RISC-V nightly", stable=False)
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    broken = await farm.merge(101)
    await farm.red(builder, at=broken)
    await farm.red(builder, at=broken)
    assert farm.comments(101) == []
    assert await farm.incidents() == []


async def test_a_builder_red_for_something_else_still_accuses(farm: Farm) -> None:
    """Red all the time for A must not hide B: the range is the failure's, not the builder's."""
    builder, other = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    await farm.red(builder, at=base, failing=["test_zipfile"])
    await farm.green(other, at=base)
    broken = await farm.merge(101)
    await farm.red(builder, at=broken, failing=["test_ssl", "test_zipfile"])
    await farm.red(other, at=broken, failing=["test_ssl"])
    comment = farm.only_comment(101)
    assert "test_ssl" in comment
    assert "test_zipfile" not in comment


async def test_a_revert_is_named_by_its_own_number(farm: Farm) -> None:
    """The title of a revert holds the number of the pull that it takes back: not the culprit."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(55, "Speed up ssl")
    for builder in (one, two):
        await farm.green(builder, at=base)
    title = 'Revert "Speed up ssl (#55)"'
    revert = await farm.merge(101, title, body=f"This reverts commit {base}.")
    for builder in (one, two):
        await farm.red(builder, at=revert)
    assert farm.comments(55) == []
    assert farm.only_comment(101)


async def test_a_direct_push_in_the_range_is_silence(farm: Farm) -> None:
    """It may as well have been the commit that belongs to no pull."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    pushed = await farm.push("Bump the version")
    merged = await farm.merge(101)
    for builder in (one, two):
        await farm.red(builder, at=merged)
    assert farm.comments(101) == []
    assert "no pull" in (await farm.only_incident())["reason"]

    await farm.green(one, at=pushed)
    assert farm.only_comment(101)


async def test_a_release_branch_has_its_own_line(farm: Farm) -> None:
    """The same test may be fine on main: what is said concerns the branch that broke."""
    one, two = farm.builder("AMD64 3.14"), farm.builder("ARM64 3.14")
    base = await farm.merge(100, branch="3.14")
    for builder in (one, two):
        await farm.green(builder, at=base, branch="3.14", scheduler="branch-3.14")
    await farm.merge(101, "On main, at the same time")
    broken = await farm.merge(102, "Backport", branch="3.14")
    for builder in (one, two):
        await farm.red(builder, at=broken, branch="3.14", scheduler="branch-3.14")
    assert farm.comments(101) == []
    assert farm.only_comment(102)
    assert (await farm.only_incident())["branch"] == "3.14"


async def test_a_pull_merged_by_rebase_owns_all_its_commits(farm: Farm) -> None:
    """Three commits of one pull need no narrowing: whichever did it, its author is told."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    tip = await farm.merge(101, method="rebase", commits=3)
    for builder in (one, two):
        await farm.red(builder, at=tip)
    assert farm.only_comment(101)
    assert len((await farm.only_incident())["suspects"]) == 3


async def test_a_pull_merged_by_a_merge_commit_is_one_suspect(farm: Farm) -> None:
    """Its own commits are not on the branch's first-parent line."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    tip = await farm.merge(101, method="merge", commits=3)
    for builder in (one, two):
        await farm.red(builder, at=tip)
    assert farm.only_comment(101)
    assert [s["sha"] for s in (await farm.only_incident())["suspects"]] == [tip]


async def test_a_force_push_closes_what_it_took_away(farm: Farm) -> None:
    """The commits are gone, and with them the incident; what comes after is a new line.

    Two red builds on a line without a past accuse nobody: what was there before is not known.
    """
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    await farm.red(one, at=broken)
    assert (await farm.only_incident())["state"] == "open"

    farm.clock.advance(60)
    tip = await farm.github.force_push(base, "Begin again")
    await farm.settle()
    await farm.green(one, at=tip)
    await farm.green(two, at=tip)
    await farm.wait(31)  # a stale answer looks like a force push: it is looked at twice
    assert (await farm.only_incident())["state"] == "closed"
    assert farm.comments(101) == []

    later = await farm.merge(102)
    for builder in (one, two):
        await farm.red(builder, at=later)
    assert sorted(i["state"] for i in await farm.incidents()) == ["closed", "open"]
    assert farm.comments(101) == farm.comments(102) == []


async def test_the_fix_is_named_when_one_pull_is_left(farm: Farm) -> None:
    """The comment turns to fixed in place, and says who did it."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    for builder in (one, two):
        await farm.red(builder, at=broken)
    assert "fixed" not in farm.first_line(101).lower()

    fix = await farm.merge(102, "Mend ssl")
    await farm.green(one, at=fix)
    assert "fixed" not in farm.first_line(101).lower()
    await farm.green(two, at=fix)
    assert "fixed" in farm.first_line(101).lower()
    assert "#102" in farm.only_comment(101)
    assert farm.comments(102) == []
    assert len(farm.github.comments(101)) == 1


async def test_a_fix_among_several_pulls_is_given_as_a_range(farm: Farm) -> None:
    """Thanking the wrong pull is as bad as blaming it."""
    one, two = farm.builder("AMD64 Debian"), farm.builder("ARM64 Debian")
    base = await farm.merge(100)
    for builder in (one, two):
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    for builder in (one, two):
        await farm.red(builder, at=broken)
    await farm.merge(102)
    tip = await farm.merge(103)
    for builder in (one, two):
        await farm.green(builder, at=tip)
    comment = farm.only_comment(101)
    assert "fixed" in farm.first_line(101).lower()
    assert f"{broken}...{tip}" in comment
    assert "#102" not in comment
    assert "#103" not in comment


async def test_later_evidence_takes_the_accusation_back(farm: Farm) -> None:
    """The same failure on an older commit: it was never this pull. Said plainly, in place."""
    one, two, three = (farm.builder(f"Builder {n}") for n in range(3))
    base = await farm.merge(100)
    older = await farm.merge(101)
    for builder in (one, two):
        await farm.green(builder, at=older)
    await farm.green(three, at=base)
    broken = await farm.merge(102)
    for builder in (one, two):
        await farm.red(builder, at=broken)
    assert farm.only_comment(102)

    await farm.red(three, at=older)
    assert "sorry" in farm.only_comment(102).lower()
    assert len(farm.comments(102)) == 1
    assert farm.comments(101) == []
