"""The newest incidents of some kind, and when each last turned."""

from bot.core.model import IncidentState, Repository, Verdict
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_stored import make_incident


async def fill(store: Store) -> None:
    """Three on one builder, the newest one on others, and one in a secret repository."""
    for repo_id, name in ((1, "o/r"), (2, "o/secret")):
        await store.facts.save_repository(Repository(repo_id, name))
    own = [make_incident(f"i{n}", n, builders=("slow",)) for n in range(3)]
    other = make_incident("fast", 9, builders=("fast", "fast too"), state=IncidentState.FIXED)
    await store.incidents.save_incidents(1, "main", [*own, other], [])
    await store.incidents.save_incidents(2, "main", [make_incident("secret", 10)], [])


async def test_builders_are_chosen_before_the_newest_are_counted_off(store: Store) -> None:
    await fill(store)
    views = store.views
    found = await views.load_newest_incidents([1], None, ["slow"], 2)
    assert [incident.id for _, incident in found] == ["i2", "i1"]
    found = await views.load_newest_incidents([1], "main", ["fast", "fast too"], 2)
    assert [incident.id for _, incident in found] == ["fast"], "once, on however many builders"
    assert await views.load_newest_incidents(None, None, [], 9) == []
    found = await views.load_newest_incidents(None, None, None, 9)
    assert [incident.id for _, incident in found] == ["secret", "fast", "i2", "i1", "i0"]


async def test_a_list_is_of_one_state_or_of_all(store: Store) -> None:
    await fill(store)
    fixed = await store.views.load_incident_list(IncidentState.FIXED, 0, 9)
    assert [incident.id for _, incident in fixed] == ["fast"]
    rest = await store.views.load_incident_list(None, 1, 2, [1])
    assert [incident.id for _, incident in rest] == ["i2", "i1"]


async def test_an_incident_turned_when_it_got_the_verdict_that_it_has(
    store: Store, clock: FakeClock
) -> None:
    """More evidence for the same verdict is no turn."""
    turned = []
    for verdict, reason in (
        (Verdict.UNKNOWN, "One build."),
        (Verdict.CONFIRMED, "Two builds."),
        (Verdict.CONFIRMED, "Three builds."),
    ):
        clock.advance(60)
        told = make_incident("i1", verdict=verdict, reason=reason)
        await store.incidents.save_incidents(1, "main", [told], [])
        turns = await store.views.load_turns({(1, "i1"), (1, "nobody"), (2, "i1")})
        assert list(turns) == [(1, "i1")]
        turned.append(turns[1, "i1"])
    assert turned[0] < turned[1] == turned[2]
