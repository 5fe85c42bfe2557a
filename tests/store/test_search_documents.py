"""What is saved is found at once, as it is now, and no longer than it is kept."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import Kind, Occurrence, Repository, Signature
from bot.store import Store
from bot.store.retention import Retention
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident

SSL = Signature("main", "test", Kind.TEST_FAILURE, "test_ssl", "41 != 42")


async def find(store: Store, text: str) -> list[tuple[str, str]]:
    return [(hit.kind.value, hit.name) for hit in await store.views.search(text, 0, 9)]


async def test_an_incident_is_found_as_it_is_now(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    incident = make_incident("i1", signatures=(SSL,), builders=("ARM64",), pull=12)
    await store.incidents.save_incidents(1, "main", [incident], [])
    for text in ("test_ssl", "arm64", "#12", "41 !=", "SSL main"):
        assert await find(store, text) == [("incident", "i1")], text
    await store.incidents.save_incidents(1, "main", [replace(incident, builders=("s390x",))], [])
    assert await find(store, "arm64") == []
    assert await find(store, "s390x") == [("incident", "i1")]
    await store.incidents.save_incidents(1, "main", [], [], ["i1"])
    assert await find(store, "s390x") == []


async def test_a_pull_is_found_by_its_title_once_it_is_known(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_line(1, "main", [make_commit("c0ffee")], new_epoch=False)
    assert await find(store, "c0ffee") == []
    known = make_commit("c0ffee", pull=12, title="Speed up the parser")
    await store.facts.save_line(1, "main", [known], new_epoch=False)
    for text in ("parser speed", "c0ffee", "ada"):
        assert await find(store, text) == [("pull", "12")], text


async def test_a_build_brings_its_builder_worker_tests_and_messages(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    facts = replace(make_facts(1), sightings=(Occurrence(SSL),))
    for _ in range(2):
        await store.facts.save_build(facts, [])
    assert await find(store, "debian") == [("builder", "AMD64 Debian")]
    assert await find(store, "wk") == [("worker", "wk")]
    assert await find(store, "test_ssl") == [("test", "test_ssl"), ("message", "test_ssl")]
    assert await find(store, "41 42") == [("message", "test_ssl")]


async def test_a_build_of_no_known_repository_brings_nothing(store: Store) -> None:
    await store.facts.save_build(replace(make_facts(1), repo_id=None), [])
    assert await find(store, "debian") == []


async def test_what_was_not_seen_for_long_is_forgotten_but_incidents_stay(
    store: Store, clock: FakeClock
) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_build(replace(make_facts(1), sightings=(Occurrence(SSL),)), [])
    await store.incidents.save_incidents(1, "main", [make_incident("i1", signatures=(SSL,))], [])
    clock.advance(timedelta(days=181).total_seconds())
    deleted = await Retention(store.database, clock).delete_old(MOMENT + timedelta(days=1))
    assert deleted.search == 4
    assert await find(store, "test_ssl") == [("incident", "i1")]
