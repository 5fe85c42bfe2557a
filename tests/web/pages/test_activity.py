"""What was decided, what is found, and how the service is; of what is hidden nothing."""

from tests.support.farm import Farm
from tests.web.pages.test_front import find_text


async def test_decisions_and_silences_are_told_newest_first(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    await farm.red(builder, at=await farm.merge(101))
    await farm.red(builder, at=await farm.merge(102))
    text = find_text(await farm.get("/activity"))
    incident = await farm.only_incident()
    assert incident["id"] in text
    assert incident["reason"] in text
    assert "as of then" in text


async def test_a_search_finds_what_holds_every_word(farm: Farm) -> None:
    await farm.break_builder()
    for words, address in (
        ("ssl basic", "/tests/test.test_ssl.BasicTests.test_basic"),
        ("debian", "/builders/AMD64%20Debian"),
        ("#101 something", "/pulls/octo-org/demo/101"),
        ("41 != 42", "/tests/test.test_ssl.BasicTests.test_basic"),
    ):
        page = await farm.get(f"/search?q={words.replace('#', '%23')}")
        assert f'href="{address}"' in page, words
    nothing = find_text(await farm.get("/search?q=debian%20nowhere"))
    assert "Nothing holds all of these words." in nothing
    assert "are searched" in find_text(await farm.get("/search"))
    hits = (await farm.get("/api/v1/search?q=debian"))["hits"]
    assert {hit["kind"] for hit in hits} >= {"incident", "builder"}


async def test_strangers_find_nothing_that_is_private(farm: Farm) -> None:
    await farm.break_builder()
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto", dashboard_password="open sesame")
    await farm.wait(660)
    for path in ("/search?q=debian", "/search?q=101", "/activity", "/builders/AMD64"):
        page = await farm.get(path)
        assert "octo-org" not in page, path
        assert "/builders/AMD64%20Debian" not in page, path
    status = find_text(await farm.get("/status"))
    assert "told to whoever may see all of them" in status


async def test_health_is_told_for_people(farm: Farm) -> None:
    await farm.break_builder()
    text = find_text(await farm.get("/status"))
    assert "Waits to be worked on 0 keys" in text
    assert "All that is known was read." in text
