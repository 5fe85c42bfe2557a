"""A build whole: with its commit and incidents, and only where it is shown."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import (
    BuilderRange,
    BuildRef,
    IncidentState,
    Kind,
    Occurrence,
    RegressionRange,
    Repository,
    Signature,
)
from bot.core.model.build_results import Result
from bot.store import Store
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident

FAILED = Signature("main", "unittest", Kind.TEST_FAILURE, "test_ssl", "41 != 42")
OTHER = replace(FAILED, site="test_os")
HOUR = timedelta(hours=1)


async def fill(store: Store) -> None:
    """A red build, the green one before it, and incidents that have to do with them, or not."""
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_line(1, "main", [make_commit("a" * 40, 7)], new_epoch=False)
    red = make_facts(2, complete_at=MOMENT)
    await store.facts.save_build(replace(red, sightings=(Occurrence(FAILED),)), [])
    green = make_facts(1, result=Result.SUCCESS, complete_at=MOMENT - HOUR)
    await store.facts.save_build(green, [])
    nobody = replace(make_facts(3), repo_id=None)
    await store.facts.save_build(nobody, [])
    span = BuilderRange(
        "AMD64 Debian", RegressionRange(None, None), BuildRef("bb", 1), BuildRef("bb", 2)
    )
    incidents = [
        make_incident("shown", signatures=(FAILED,), red_builds=(), ranges=(span,)),
        make_incident("other", signatures=(OTHER,), red_builds=()),
        make_incident(
            "over",
            -9,
            signatures=(FAILED,),
            red_builds=(),
            closed_at=MOMENT - 5 * HOUR,
            state=IncidentState.FIXED,
        ),
    ]
    await store.incidents.save_incidents(1, "main", incidents, [])


async def test_a_red_build_has_its_commit_and_its_incidents(store: Store) -> None:
    await fill(store)
    found = await store.views.load_build_detail(BuildRef("bb", 2))
    assert found is not None
    assert [(incident.id, role) for incident, role in found.incidents] == [("shown", "shows it")]
    assert found.commit is not None
    assert (found.commit.pull, found.repository and found.repository.full_name) == (7, "o/r")


async def test_a_green_build_is_the_last_good_one_of_what_came_after(store: Store) -> None:
    await fill(store)
    found = await store.views.load_build_detail(BuildRef("bb", 1))
    assert found is not None
    told = [(incident.id, role) for incident, role in found.incidents]
    assert told == [("shown", "last good before it")]


async def test_what_is_hidden_or_of_nobody_is_shown_to_who_sees_all(store: Store) -> None:
    await fill(store)
    assert await store.views.load_build_detail(BuildRef("bb", 2), [1]) is not None
    assert await store.views.load_build_detail(BuildRef("bb", 2), [2]) is None
    assert await store.views.load_build_detail(BuildRef("bb", 3), [1]) is None
    assert await store.views.load_build_detail(BuildRef("bb", 3)) is not None
    assert await store.views.load_build_detail(BuildRef("bb", 9)) is None
    assert await store.views.load_build_detail(BuildRef("other", 2)) is None
