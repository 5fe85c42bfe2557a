"""A project lists its flaky tests itself: nobody is accused for them."""

from bot.core.repository_settings.settings import PATH
from tests.support.farm import Farm

LIST = "tests/flaky.txt"
SETTINGS = f'[known_flaky]\nfiles = ["{LIST}"]\nlabels = ["flaky-test"]\n'.encode()


async def health(farm: Farm) -> str:
    await farm.wait(120)
    return str(await farm.get("/health"))


async def test_a_listed_test_accuses_nobody_until_the_list_is_changed(farm: Farm) -> None:
    await farm.github.write_file(LIST, b"test_ssl*  # since the new year\n")
    await farm.github.write_file(PATH, SETTINGS)
    await farm.break_builder()
    assert farm.comments(101) == []
    incident = await farm.only_incident()
    assert (incident["verdict"], incident["pull"]) == ("flaky", None)
    for page in (f"/api/v1/incidents/{incident['id']}", f"/incidents/{incident['id']}"):
        assert f"Known flaky (listed in {LIST})" in str(await farm.get(page))

    for _ in range(2):
        await farm.github.write_file(LIST, b"test_os.T.test_b\n")
        await farm.settle()
    assert "test_ssl" in farm.only_comment(101)


async def test_a_standing_accusation_is_taken_back_once_and_stays_so(farm: Farm) -> None:
    await farm.github.write_file(PATH, SETTINGS)
    await farm.break_builder()
    accused = farm.only_comment(101)
    for _ in range(2):
        await farm.github.write_file(LIST, b"test_ssl*\n")
        await farm.settle()
    taken_back = farm.only_comment(101)
    assert taken_back != accused
    assert "Known flaky" in taken_back
    assert LIST.replace("_", r"\_") in taken_back

    await farm.green("AMD64 Debian", at=await farm.merge(102))
    await farm.github.write_file(LIST, b"# none\n")
    await farm.settle()
    assert "Known flaky" in farm.only_comment(101)
    assert (await farm.only_incident())["pull"] is None


async def test_an_open_issue_with_the_label_lists_the_test_in_its_title(farm: Farm) -> None:
    where = farm.github.repository()
    title = "test_ssl: test_basic() fails now and then"
    issue = where.open_issue(title, "", "octocat", farm.clock.now(), ["flaky-test"])
    await farm.github.write_file(PATH, SETTINGS)
    await farm.break_builder()
    assert farm.comments(101) == []
    assert f"listed in issue {issue.number}" in str(
        await farm.get(f"/api/v1/incidents/{(await farm.only_incident())['id']}")
    )


async def test_a_list_that_is_gone_or_too_large_holds_as_it_was_read(farm: Farm) -> None:
    await farm.green(farm.builder("AMD64 Debian"), at=await farm.merge(100))
    await farm.github.write_file(LIST, b"test_ssl*\n")
    await farm.github.write_file(PATH, SETTINGS)
    await farm.settle()
    await farm.github.write_file(LIST, b"x" * 10_000_000)
    assert "it has 10000000 bytes" in await health(farm)
    await farm.github.write_file(LIST, None)
    assert f"{LIST}: it is not there; what it listed before holds" in await health(farm)
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red("AMD64 Debian", at=broken)
    assert farm.comments(101) == []
    await farm.github.write_file(PATH, SETTINGS + b"pattern = '('\n")
    assert "`known_flaky.pattern` is no pattern that takes linear time" in await health(farm)
    assert farm.comments(101) == []
