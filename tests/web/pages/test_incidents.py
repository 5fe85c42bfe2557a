"""All incidents in one list, also those that are over: the front page leads there."""

from tests.support.farm import Farm
from tests.web.pages.test_front import find_text


async def test_what_was_fixed_is_found_from_the_front_page(farm: Farm) -> None:
    await farm.break_builder()
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    incident = await farm.only_incident()
    assert 'href="/incidents?state=fixed"' in await farm.get("/")
    page = await farm.get("/incidents?state=fixed")
    assert f'href="/incidents/{incident["id"]}"' in page
    assert "octo-org/demo, main AMD64 Debian" in find_text(page)
    none = find_text(await farm.get("/incidents?state=open"))
    assert "There is none that is shown to you." in none
    odd = find_text(await farm.get("/incidents?state=%3Cb%3E&offset=x"))
    assert "A state is one of open, fixed, withdrawn, closed" in odd
    assert "Ignored: offset must be a whole number" in odd
    assert incident["id"] in odd


async def test_what_is_private_is_in_no_list(farm: Farm) -> None:
    await farm.break_builder()
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto")
    await farm.wait(660)
    assert "There is none that is shown to you." in find_text(await farm.get("/incidents"))
