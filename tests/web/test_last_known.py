"""While the database is away people see what was known last, with its time; others see nothing."""

import aiohttp

from bot.core.errors import Unavailable
from tests.support.farm import Farm

HTML = {"Accept": "text/html"}


async def ask(farm: Farm, path: str, **headers: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(headers=HTML | headers) as session,
        session.get(farm.url + path) as answer,
    ):
        return answer.status, await answer.text()


def take_away(farm: Farm) -> None:
    """Every read fails from now on, as when a server is gone."""

    def fail(*_: object, **__: object) -> object:
        raise Unavailable("database: it is gone")

    farm.store.database.read = fail  # type: ignore[method-assign,assignment] # a fault
    farm.store.database.read_at_once = fail  # type: ignore[method-assign,assignment] # the same


async def test_a_page_is_shown_as_it_was_last_with_its_time(farm: Farm) -> None:
    await farm.break_builder()
    shown = await farm.only_incident()
    before = (await ask(farm, "/"))[1]
    await ask(farm, f"/incidents/{shown['id']}")
    take_away(farm)
    status, page = await ask(farm, "/")
    assert (status, "The database does not answer" in page) == (200, True)
    assert f'<time datetime="{farm.clock.now():%Y-%m-%dT%H}' in page
    assert shown["id"] in page
    assert before.partition("<main")[2].partition(">")[2] in page
    assert (await ask(farm, f"/incidents/{shown['id']}"))[0] == 200


async def test_what_nobody_saw_is_told_not_to_be_there_now(farm: Farm) -> None:
    await farm.break_builder()
    take_away(farm)
    status, page = await ask(farm, "/builders")
    assert (status, "cannot be shown now" in page) == (503, True)
    assert await farm.get_status("/api/v1/incidents") == 503


async def test_a_page_of_yesterday_is_not_shown(farm: Farm) -> None:
    await ask(farm, "/")
    take_away(farm)
    farm.clock.advance(7 * 3600)
    assert (await ask(farm, "/"))[0] == 503


async def test_what_was_shown_after_a_login_is_shown_to_nobody(farm: Farm) -> None:
    """A password opened it; without the database nobody can tell who else may see it."""
    await farm.break_builder()
    secret = {"Authorization": aiohttp.encode_basic_auth("anybody", "open sesame")}
    assert (await ask(farm, "/builders", **secret))[0] == 200
    take_away(farm)
    assert (await ask(farm, "/builders"))[0] == 503
    assert (await ask(farm, "/builders", **secret))[0] == 503


async def test_an_address_that_leads_nowhere_leads_to_the_search(farm: Farm) -> None:
    status, page = await ask(farm, "/nowhere/<script>")
    assert status == 404
    assert 'action="/search"' in page
    assert "<script>" not in page.partition("<main")[2]
    for path in ("/api/v1/nowhere", "/static/nothing.css"):
        status, text = await ask(farm, path)
        assert (status, "<html" in text) == (404, False), path
