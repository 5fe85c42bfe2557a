"""Builders and workers: found by name, under all names, and only where they are shown."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.model import Builder, BuildRecord, KnownBuilder, Repository
from bot.core.model.build_results import Result
from bot.store import Store
from tests.support.make_stored import MOMENT, make_facts, make_incident

HOUR = timedelta(hours=1)
BEGIN = datetime.min.replace(tzinfo=MOMENT.tzinfo)


def make_known(number: int, name: str, **changes: Any) -> KnownBuilder:
    known = KnownBuilder("bb", number, name, frozenset({"stable"}), frozenset({"wk"}), MOMENT)
    return replace(known, **changes)


def make_build(buildid: int, name: str, repo_id: int | None = 1, **changes: Any) -> BuildRecord:
    changes.setdefault("complete_at", MOMENT + buildid * HOUR)
    facts = make_facts(buildid, **changes)
    return replace(facts, builder=Builder("bb", 1, name), repo_id=repo_id)


async def fill(store: Store) -> None:
    """One builder of a public repository, one of a secret one, and one that never built."""
    known = [make_known(1, "alpha"), make_known(2, "Beta"), make_known(3, "gamma")]
    known[1] = replace(known[1], workers=frozenset({"wk2"}))
    await store.facts.save_builders(known, ())
    await store.facts.save_repository(Repository(1, "o/open"))
    await store.facts.save_repository(Repository(2, "o/secret"))
    builds = [
        make_build(1, "alpha", result=Result.SUCCESS),
        make_build(2, "alpha"),
        make_build(3, "Beta", 2, worker="wk2"),
        make_build(4, "alpha", result=None, complete_at=None),
    ]
    for facts in builds:
        await store.facts.save_build(facts, [])
    await store.incidents.save_incidents(1, "main", [make_incident("i1", builders=("alpha",))], [])


async def test_a_list_has_the_last_finished_build_of_each(store: Store) -> None:
    await fill(store)
    rows = await store.views.load_builder_list()
    told = [(b.name, last.ref.id if last else None) for b, last in rows]
    assert told == [("alpha", 2), ("Beta", 3), ("gamma", None)]
    assert [b.name for b, _ in await store.views.load_builder_list([1])] == ["alpha"]
    assert await store.views.load_builder_list([]) == []


async def test_a_builder_has_its_builds_and_incidents_newest_first(store: Store) -> None:
    await fill(store)
    found = await store.views.load_builder_detail("alpha", BEGIN)
    assert found is not None
    assert [build.ref.id for build in found.builds] == [2, 1]
    assert [incident.id for _, incident in found.incidents] == ["i1"]
    late = await store.views.load_builder_detail("alpha", MOMENT + 90 * HOUR)
    assert late is not None
    assert [build.ref.id for build in late.builds] == [2], "the last one, however old"


async def test_what_is_hidden_is_not_there(store: Store) -> None:
    await fill(store)
    assert await store.views.load_builder_detail("Beta", BEGIN, [1]) is None
    assert await store.views.load_builder_detail("gamma", BEGIN, [1]) is None
    assert await store.views.load_builder_detail("delta", BEGIN) is None
    assert await store.views.load_worker_detail("wk2", BEGIN, [1]) is None
    never_built = await store.views.load_builder_detail("gamma", BEGIN)
    assert never_built is not None
    assert never_built.builds == ()


async def test_a_renamed_builder_keeps_its_past(store: Store) -> None:
    await fill(store)
    gone = make_known(1, "alpha", gone_at=MOMENT, settled=True, successor="omega")
    await store.facts.save_builders([gone, make_known(9, "omega")], ())
    found = await store.views.load_builder_detail("omega", BEGIN)
    assert found is not None
    assert found.names == ("alpha", "omega")
    assert [build.ref.id for build in found.builds] == [2, 1]


async def test_workers_are_those_of_builders_with_their_last_build(store: Store) -> None:
    await fill(store)
    rows = await store.views.load_worker_list()
    told = [(name, builders, last.ref.id if last else None) for name, builders, last in rows]
    assert told == [("wk", ("alpha", "gamma"), 2), ("wk2", ("Beta",), 3)]
    found = await store.views.load_worker_detail("wk", BEGIN)
    assert found is not None
    assert (found.builders, [b.ref.id for b in found.builds]) == (("alpha", "gamma"), [2, 1])
    shown = await store.views.load_worker_detail("wk", BEGIN, [1])
    assert shown is not None
    assert shown.builders == ("alpha",), "what may not be seen is not named"
