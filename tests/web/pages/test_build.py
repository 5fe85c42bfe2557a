"""Our own page of a build: what it did, what it shows, and where it leads."""

from tests.support.farm import Farm
from tests.web.pages.test_front import HOSTILE, find_text


async def test_a_red_build_leads_to_its_incident_and_to_buildbot(farm: Farm) -> None:
    await farm.break_builder()
    incident = await farm.only_incident()
    page = await farm.get("/builds/buildbot/2")
    text = find_text(page)
    for words in ("AMD64 Debian #2", "failure", "shows it", "AssertionError: 41 != 42"):
        assert words in text, words
    assert f'href="/incidents/{incident["id"]}"' in page
    assert f'href="{farm.buildbot.url}' in page, "what is there besides stays a step away"
    assert 'href="/tests/test.test_ssl.BasicTests.test_basic"' in page
    assert 'href="/pulls/octo-org/demo/101"' in page
    green = find_text(await farm.get("/builds/buildbot/1"))
    assert "last good before it" in green
    assert "What failed" not in green


async def test_lists_and_the_grid_lead_to_it(farm: Farm) -> None:
    await farm.break_builder()
    incident = await farm.only_incident()
    for path in (
        "/grid",
        "/builders",
        "/builders/AMD64%20Debian",
        f"/incidents/{incident['id']}",
        "/workers",
    ):
        page = await farm.get(path)
        assert 'href="/builds/buildbot/3"' in page or 'href="/builds/buildbot/2"' in page, path
        own = page.partition("What is said")[0]  # a comment stands on GitHub, and leads to Buildbot
        assert "#/builders/" not in own, f"{path} leads past our own pages"


async def test_hostile_words_of_a_build_stay_words(farm: Farm) -> None:
    name = f"bad {HOSTILE}"
    farm.builder(name)
    broken = await farm.merge(100, HOSTILE)
    await farm.red(name, at=broken, message=HOSTILE)
    page = await farm.get("/builds/buildbot/1")
    assert "<img" not in page
    assert "{{7*7}}" in page


async def test_a_build_that_is_not_there_is_a_helpful_404(farm: Farm) -> None:
    await farm.break_builder()
    for place in ("buildbot/99", "elsewhere/1", "buildbot/x", f"buildbot/{'9' * 30}"):
        assert await farm.get_status(f"/builds/{place}") == 404, place
    assert "No such build is shown to you" in find_text(await farm.get("/builds/buildbot/99"))


async def test_a_build_of_a_private_repository_is_not_there_for_strangers(farm: Farm) -> None:
    await farm.break_builder()
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto", dashboard_password="open sesame")
    await farm.wait(660)
    assert await farm.get_status("/builds/buildbot/2") == 404
    assert await farm.get_status("/builds/buildbot/2", "open sesame") == 200
