"""How long a builder's last builds took, of those that came to an end of their own."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import Builder
from bot.core.model.build_results import Result
from bot.store import Store
from tests.store.read_models.test_builder_details import make_known
from tests.support.make_stored import MOMENT, make_facts

MINUTE = timedelta(minutes=1)


async def test_the_last_builds_of_each_builder_tell_how_long_one_takes(store: Store) -> None:
    await store.facts.save_builders([make_known(1, "alpha"), make_known(2, "Beta")], ())
    results = (Result.SUCCESS, Result.FAILURE, Result.EXCEPTION, Result.WARNINGS)
    for number, result in enumerate(results, 1):
        end = MOMENT + timedelta(hours=number)
        facts = make_facts(number, result=result, started_at=end - number * MINUTE, complete_at=end)
        await store.facts.save_build(replace(facts, builder=Builder("bb", 1, "alpha")), [])
    views = store.views
    assert await views.load_builder_names("bb") == {1: "alpha", 2: "Beta"}
    assert await views.load_builder_names("elsewhere") == {}
    spans = await views.load_last_spans("bb", {"alpha", "Beta"}, 2)
    assert spans == {"alpha": (4 * MINUTE, 2 * MINUTE), "Beta": ()}
    assert (await views.load_last_spans("elsewhere", {"alpha"}, 2))["alpha"] == ()
