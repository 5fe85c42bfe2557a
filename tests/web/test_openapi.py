"""What can be called is described, and whatever is called otherwise breaks nothing."""

import asyncio

from bot.web.openapi import PATHS
from tests.support.farm import SECRET, TOKEN, Farm
from tests.support.fuzz import fuzz
from tests.support.signed_bodies import send_changed


async def test_every_address_is_described_and_none_besides(farm: Farm) -> None:
    """A page that nobody described is one that nobody fuzzes."""
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in farm.app.router.routes()
        if route.resource is not None and not route.resource.canonical.startswith("/static")
    }
    described = {(method, path) for path, ways in PATHS.items() for method in ways}
    assert served - {("head", path) for path in PATHS} == described


async def test_the_description_is_served_to_everybody(farm: Farm) -> None:
    found = await farm.get("/api/openapi.json")
    assert found["openapi"].startswith("3.1")
    assert found["paths"].keys() == PATHS.keys()


async def test_no_request_made_from_the_description_breaks_anything(farm: Farm) -> None:
    """A short run of what `bench/fuzz.py` does at length."""
    await farm.break_builder()
    statuses = await asyncio.to_thread(fuzz, farm.url, 6, token=TOKEN)
    assert statuses.total() > 50
    assert statuses[503] == 0, "nothing was away"
    assert await farm.get_status("/livez") == 200


async def test_no_signed_delivery_that_github_would_never_send_breaks_anything(farm: Farm) -> None:
    """Who has the secret, or a GitHub that changed: refused or taken, and nothing is stuck."""
    statuses = await asyncio.to_thread(send_changed, farm.url, SECRET, 300)
    assert statuses[202] > 50, "some are still sound"
    assert statuses[400] > 50
    assert statuses[503] == 0, "nothing was away"
    await farm.settle()
    assert (await farm.get("/health"))["stuck"] == []
