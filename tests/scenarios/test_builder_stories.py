"""Stories of builders that come and go: what they kept open is closed, or handed over."""

from tests.support.farm import Farm

HOUR = 3600


async def start(farm: Farm, *builders: str) -> str:
    """These builders are green, then pull 101 breaks all of them; its sha."""
    for builder in builders:
        farm.builder(builder)
    base = await farm.merge(100)
    for builder in builders:
        await farm.green(builder, at=base)
    broken = await farm.merge(101)
    for builder in builders:
        for _ in range(2):
            await farm.red(builder, at=broken)
    await farm.wait(300)
    return broken


async def test_a_builder_that_is_taken_out_while_red_is_told(farm: Farm) -> None:
    """Nobody will ever see it green: the comment says so, instead of staying red for ever."""
    await start(farm, "AMD64 Debian")
    assert "This PR" in farm.first_line(101)
    farm.buildbot.master.remove_builder("AMD64 Debian")
    farm.builder("AMD64 Fedora")
    await farm.wait(600)
    assert "This PR" in farm.first_line(101)
    await farm.wait(HOUR + 600)
    assert "Closed" in farm.first_line(101)
    assert (
        "AMD64 Debian was taken out of Buildbot before it was seen green again."
        in farm.only_comment(101)
    )
    assert (await farm.only_incident())["state"] == "closed"


async def test_the_others_end_it_where_one_is_gone(farm: Farm) -> None:
    """Two builders showed it; one was taken out, the other is green again."""
    await start(farm, "AMD64 Debian", "ARM64 Debian")
    farm.buildbot.master.remove_builder("ARM64 Debian")
    await farm.wait(HOUR + 900)
    assert "This PR" in farm.first_line(101)
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    assert "Closed" in farm.first_line(101)
    assert "ARM64 Debian was taken out of Buildbot" in farm.only_comment(101)
    # What breaks the same test later is nobody's old story.
    for pull in (103, 104):
        await farm.green("AMD64 Debian", at=await farm.merge(pull))
    broken = await farm.merge(105)
    for _ in range(2):
        await farm.red("AMD64 Debian", at=broken)
    states = sorted(i["state"] for i in await farm.incidents())
    assert states == ["closed", "open"]


async def test_a_renamed_builder_is_followed_where_that_is_sure(farm: Farm) -> None:
    """The same worker and tags, gone and come at once: its green ends what was red before."""
    await start(farm, "AMD64 Debian")
    farm.buildbot.master.remove_builder("AMD64 Debian")
    farm.builder("Debian, x86-64", worker="wk-amd64-debian")
    await farm.wait(HOUR + 900)
    comment = farm.only_comment(101)
    assert "Debian, x86-64 was called AMD64 Debian before." in comment
    assert "This PR" in farm.first_line(101)
    table = [line for line in comment.splitlines() if line.startswith("|")]
    assert table[0] == "| commit | Debian, x86-64 |"
    assert any(line.count("🔴") == 2 for line in table), "its old reds are its own"
    assert "not built" not in comment
    await farm.green("Debian, x86-64", at=await farm.merge(102, "Mend ssl"))
    assert "Fixed" in farm.first_line(101)
    assert len(await farm.incidents()) == 1


async def test_two_that_could_be_it_are_not_followed(farm: Farm) -> None:
    """Both have its worker and its tags: a guess would end what still is red."""
    await start(farm, "AMD64 Debian")
    farm.buildbot.master.remove_builder("AMD64 Debian")
    for name in ("Debian one", "Debian two"):
        farm.builder(name, worker="wk-amd64-debian")
    await farm.wait(HOUR + 900)
    assert "Closed" in farm.first_line(101)
    assert "was taken out of Buildbot" in farm.only_comment(101)


async def test_another_builder_under_an_old_name_ends_nothing(farm: Farm) -> None:
    """A was taken out while red; B, of another machine, is called A now, and is green."""
    await start(farm, "A")
    farm.builder("B", worker="wk-other")
    await farm.green("B", at=await farm.merge(102))
    await farm.wait(300)
    farm.buildbot.master.remove_builder("A")
    await farm.wait(600)
    farm.buildbot.master.remove_builder("B")
    farm.builder("A", worker="wk-other")
    await farm.wait(600)
    await farm.green("A", at=await farm.merge(103))
    await farm.wait(HOUR + 600)
    assert "Fixed" not in farm.first_line(101)
    assert "Closed" in farm.first_line(101)
    assert "taken out of Buildbot before it was seen green again" in farm.only_comment(101)


async def test_a_master_that_just_starts_takes_no_builder_out(farm: Farm) -> None:
    """For a moment, and for as long as another master is away, builders have no master."""
    await start(farm, "AMD64 Debian", "ARM64 Debian")
    before = farm.only_comment(101)
    for builder in farm.buildbot.master.builders.values():
        builder["masterids"] = []
    await farm.wait(2 * HOUR)
    assert farm.only_comment(101) == before


async def test_a_builder_that_comes_back_goes_on(farm: Farm) -> None:
    """It was commented out for an afternoon: red before, and red after."""
    broken = await start(farm, "AMD64 Debian", "ARM64 Debian")
    farm.buildbot.master.remove_builder("AMD64 Debian")
    await farm.wait(900)
    farm.builder("AMD64 Debian")
    await farm.wait(2 * HOUR)
    assert "This PR" in farm.first_line(101)
    await farm.red("AMD64 Debian", at=broken)
    assert len(await farm.incidents()) == 1
