"""Tests: the builds that showed them failing, and the ledger of what fails for no cause."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import Builder, Kind, Occurrence, Repository, Signature, Verdict
from bot.core.model.build_results import Result
from bot.core.ports.details import Flake
from bot.store import Store
from tests.support.make_stored import MOMENT, make_facts, make_incident

HOUR = timedelta(hours=1)
SSL = Signature("main", "test", Kind.TEST_FAILURE, "test_ssl", "41 != 42")
OTHER = replace(SSL, message="timed out")
ZIP = replace(SSL, site="test_zip")


async def save(store: Store, buildid: int, *seen: Occurrence, **how: object) -> None:
    repo_id = how.pop("repo_id", 1)
    name = str(how.pop("builder", "AMD64"))
    result = Result.FAILURE if any(not o.passed_on_rerun for o in seen) else Result.SUCCESS
    facts = make_facts(buildid, complete_at=MOMENT + buildid * HOUR, result=result)
    facts = replace(facts, builder=Builder("bb", 1, name), repo_id=repo_id, sightings=seen)  # type: ignore[arg-type] # by name
    await store.facts.save_build(facts, [])


async def test_a_test_has_the_builds_that_showed_it(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await save(store, 1, Occurrence(SSL))
    await save(store, 2)
    await save(store, 3, Occurrence(SSL, passed_on_rerun=True))
    await save(store, 4, Occurrence(OTHER, passed_on_rerun=True), Occurrence(SSL))
    await save(store, 5, Occurrence(ZIP), builder="ARM64")
    incident = make_incident("i1", signatures=(SSL,))
    await store.incidents.save_incidents(1, "main", [incident], [])
    found = await store.views.load_test_detail("test_ssl", MOMENT)
    assert found is not None
    told = [(build.ref.id, build.flaked) for build in found.shown_by]
    assert told == [(4, False), (3, True), (1, False)], "what stays counts more than what passed"
    assert found.built == {"AMD64": 4}
    assert [i.id for _, i in found.incidents] == ["i1"]
    later = await store.views.load_test_detail("test_ssl", MOMENT + 4 * HOUR)
    assert later is not None
    assert [build.ref.id for build in later.shown_by] == [4]


async def test_a_test_that_nobody_saw_or_may_see_is_not_there(store: Store) -> None:
    await save(store, 1, Occurrence(SSL), repo_id=2)
    assert await store.views.load_test_detail("test_ssl", MOMENT, [1]) is None
    assert await store.views.load_test_detail("test_ssl", MOMENT, [2]) is not None
    assert await store.views.load_test_detail("test_%", MOMENT) is None


async def test_the_ledger_counts_reruns_and_incidents_that_were_flaky(store: Store) -> None:
    flaky = make_incident("i1", 9, signatures=(ZIP,), verdict=Verdict.FLAKY, builders=("ARM64",))
    real = make_incident("i2", 9, signatures=(SSL,), verdict=Verdict.CONFIRMED)
    await store.incidents.save_incidents(1, "main", [flaky, real], [])
    await save(store, 1, Occurrence(SSL, passed_on_rerun=True))
    await save(store, 2, Occurrence(SSL, passed_on_rerun=True), builder="ARM64")
    await save(store, 3, Occurrence(SSL))
    await save(store, 4, Occurrence(SSL, passed_on_rerun=True), repo_id=2)
    flakes = await store.views.load_flakes(MOMENT, [1])
    assert flakes == [
        Flake("test_ssl", 2, 0, ("AMD64", "ARM64"), MOMENT + 2 * HOUR),
        Flake("test_zip", 0, 1, ("ARM64",), MOMENT + 9 * HOUR),
    ]
    assert [f.flaked for f in await store.views.load_flakes(MOMENT)] == [3, 0]
    assert await store.views.load_flakes(MOMENT + 30 * HOUR) == []
