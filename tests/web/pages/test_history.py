"""Builders, workers, tests and flakes: how each did, what it cost, and how long red lasted."""

from urllib.parse import quote

from bot.web.pages.history import count_builders, make_trend
from tests.support.farm import Farm, make_rerun_log
from tests.support.make_stored import MOMENT
from tests.support.make_summaries import make_summary
from tests.web.pages.test_front import find_text

TEST = "test.test_ssl.BasicTests.test_basic"


async def test_a_builder_is_told_with_its_figures(farm: Farm) -> None:
    await farm.break_builder()
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    page = await farm.get("/builders/AMD64%20Debian")
    text = find_text(page)
    assert "50.0% failed, 2 of 4 builds" in text
    assert "until green again, of 1 streak" in text
    assert page.count('role="listitem"') == 4
    assert "1 builder" in find_text(await farm.get("/builders"))
    worker = (await farm.get("/api/v1/workers"))["workers"][0]["name"]
    assert "50.0% failed" in find_text(await farm.get(f"/workers/{quote(worker)}"))


async def test_a_test_is_told_with_its_builders_and_incidents(farm: Farm) -> None:
    await farm.break_builder()
    text = find_text(await farm.get(f"/tests/{TEST}"))
    assert "Failed in 2 builds" in text
    assert "AMD64 Debian 2 0 3 66.7%" in text
    assert (await farm.only_incident())["id"] in text


async def test_what_passes_on_a_second_try_is_in_the_ledger(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    head = await farm.merge(100)
    await farm.green(builder, at=head)
    await farm.red(builder, at=head, log=make_rerun_log("test_ssl"))
    ledger = find_text(await farm.get("/flakes"))
    assert "test_ssl" in ledger
    assert "Ignored: offset must be a whole number" in find_text(await farm.get("/flakes?offset=x"))


async def test_an_empty_service_says_so(farm: Farm) -> None:
    for path, words in (
        ("/builders", "none is known yet"),
        ("/workers", "none is known yet"),
        ("/flakes", "Nothing failed for no cause"),
    ):
        assert words in find_text(await farm.get(path)), path


def test_a_trend_of_nothing_is_empty() -> None:
    trend = make_trend([], MOMENT, MOMENT)
    assert (trend.rate, trend.failures.is_empty, trend.typical) == (0.0, True, 0.0)


def test_builders_are_counted_worst_first() -> None:
    from bot.core.ports.details import TestDetail

    shown = (
        make_summary(1, builder="b"),
        make_summary(2, builder="a", flaked=True),
        make_summary(3, builder="b"),
    )
    detail = TestDetail("t", shown, {"a": 9, "b": 5}, MOMENT, ())
    assert count_builders(detail) == [("b", 2, 0, 5), ("a", 0, 1, 9)]
