"""May we release, as JSON: the same answer as the front page's, for whoever may see it."""

from tests.support.farm import Farm
from tests.web.pages.test_front import break_it


async def test_a_broken_branch_is_told_with_who_blocks_it(farm: Farm) -> None:
    await break_it(farm)
    (branch,) = (await farm.get("/api/v1/release"))["branches"]
    assert (branch["repo"], branch["branch"], branch["answer"]) == ("octo-org/demo", "main", "no")
    (blocking,) = branch["blocking"]
    assert (blocking["builder"], blocking["tier"], blocking["red_builds"]) == ("AMD64 Debian", 1, 2)
    assert blocking["incidents"] == [(await farm.only_incident())["id"]]
    assert blocking["latest"]["number"] == 3
    await farm.green("AMD64 Debian", at=await farm.merge(102, "Mend it"))
    (branch,) = (await farm.get("/api/v1/release"))["branches"]
    assert (branch["answer"], len(branch["green"])) == ("yes", 1)
    farm.clock.advance(8 * 86_400)
    (branch,) = (await farm.get("/api/v1/release"))["branches"]
    assert (branch["answer"], len(branch["idle"])) == ("unknown", 1), "it has not built for a week"


async def test_a_private_branch_is_told_to_nobody(farm: Farm) -> None:
    await break_it(farm)
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto")
    await farm.wait(660)
    assert await farm.get("/api/v1/release") == {"branches": []}
