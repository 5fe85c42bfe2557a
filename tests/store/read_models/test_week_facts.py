"""All that a report is made of, from a real database; what is not shown is left out."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import (
    BuildRef,
    Fix,
    IncidentState,
    Occurrence,
    RegressionRange,
    Repository,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.store import Store
from tests.store.read_models.test_failing_tests import HOUR, SSL, save
from tests.support.make_stored import MOMENT, make_incident

WEEK = timedelta(days=7)
NOW = MOMENT + WEEK + WEEK


async def test_builds_are_counted_and_incidents_of_the_time_loaded(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await save(store, 1, Occurrence(SSL))
    await save(store, 2)
    await save(
        store,
        3,
        Occurrence(SSL, passed_on_rerun=True),
        Occurrence(replace(SSL, message="x"), passed_on_rerun=True),
    )
    fixed = {"state": IncidentState.FIXED, "closed_at": MOMENT + HOUR}
    incidents = [
        make_incident("open", -1000),
        replace(
            make_incident("long gone", -1000), state=IncidentState.FIXED, closed_at=MOMENT - HOUR
        ),
        make_incident("flake", 1, verdict=Verdict.FLAKY, red_builds=(BuildRef("bb", 1),)),
        make_incident(
            "mended", 2, fix=Fix(RegressionRange(None, "f" * 40), None, "f" * 40), **fixed
        ),
    ]
    await store.incidents.save_incidents(1, "main", incidents, [])
    facts = await store.views.load_week(MOMENT, NOW)
    assert {i.id for _, i in facts.incidents} == {"open", "flake", "mended"}
    counts = {one.result: one.builds for one in facts.counts}
    assert counts == {Result.FAILURE: 1, Result.SUCCESS: 2}
    assert [(one.name, one.builder) for one in facts.flaked] == [("test_ssl", "AMD64")], (
        "once a build"
    )
    assert list(facts.flaky_began) == [MOMENT + HOUR]
    assert facts.took.keys() == {BuildRef("bb", 1)}
    assert facts.commits == {}, "nobody knows that commit"


async def test_what_a_viewer_may_not_see_is_in_none_of_it(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await save(store, 1, Occurrence(SSL, passed_on_rerun=True))
    flake = make_incident("i", verdict=Verdict.FLAKY)
    await store.incidents.save_incidents(1, "main", [flake], [])
    facts = await store.views.load_week(MOMENT - HOUR, NOW, [2])
    shown = (
        facts.fleets,
        facts.incidents,
        facts.counts,
        facts.flaked,
        facts.flaky_began,
        facts.builders,
    )
    assert [len(part) for part in shown] == [0] * 6
