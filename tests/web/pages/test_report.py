"""The report through the doors: page, Markdown and JSON of what really happened."""

from bot.core.model.build_results import Result
from tests.support.farm import Farm


async def test_a_week_is_told_in_three_forms(farm: Farm) -> None:
    await farm.break_builder()
    flaky = farm.builder("ARM64 Fedora")
    await farm.green(flaky, at=await farm.merge(102))
    await farm.green("AMD64 Debian", at=await farm.merge(103, "Mend it"))
    told = await farm.get("/api/v1/report?since=7d")
    assert [x["pull"] for x in told["new"]] == [101]
    (fixed,) = told["fixed"]
    assert fixed["builders"] == ["AMD64 Debian"]
    assert told["releases"][0]["branch"] == "octo-org/demo@main"
    rates = {row["builder"]: (row["failed"], row["builds"]) for row in told["failure_rates"]}
    assert rates == {"AMD64 Debian": (2, 4), "ARM64 Fedora": (0, 1)}
    assert told["builders_added"] == [], "they were there when we came"

    markdown = await farm.get("/report.md")
    assert "## Fixed" in markdown
    assert "test.test_ssl.BasicTests.test_basic" in markdown.replace("\\", "").replace("\u200b", "")
    page = await farm.get("/report")
    assert "<svg" in page
    assert page.count("<h1>") == 1


async def test_what_is_no_time_is_told_so(farm: Farm) -> None:
    assert await farm.get_status("/api/v1/report?since=soon") == 400
    assert "give a time like 7d" in await farm.get("/report?since=soon")


async def test_flakes_and_what_they_cost_come_from_builds(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    first = await farm.merge(100)
    await farm.green(builder, at=first)
    await farm.red(builder, at=first)
    await farm.build(builder, at=first, result=Result.SUCCESS)
    told = await farm.get("/api/v1/report?since=1d")
    assert sum(week["flakes"] for week in told["flakes_by_week"]) == len(told["flaky"])
    assert told["builds"] == 3
