"""Branches as the front page looks at them: the latest builds of each builder, and no others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.model import (
    Announcement,
    BuildRecord,
    IncidentState,
    KnownBuilder,
    PullComment,
    Repository,
    Verdict,
    pull_key,
)
from bot.core.model.build_results import Result
from bot.store import Store
from bot.store.read_models.fleet_pages import _LATEST
from tests.support.make_requests import make_record
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident

HOUR = timedelta(hours=1)


def make_build(buildid: int, builder: str, hours: int, **changes: Any) -> BuildRecord:
    ended = MOMENT + hours * HOUR
    facts = make_facts(buildid, started_at=ended - HOUR, complete_at=ended, **changes)
    return replace(facts, builder=replace(facts.builder, name=builder, tags=("tier-1",)))


async def save(store: Store, *records: BuildRecord) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    for record in records:
        await store.facts.save_build(record, [])


async def test_each_builder_of_a_branch_has_its_latest_builds(store: Store) -> None:
    many = [make_build(n, "AMD64 Debian", n) for n in range(1, _LATEST + 4)]
    few = [make_build(100 + n, "ARM64 <b>", n, result=Result.SUCCESS) for n in (2, 1)]
    other = make_build(200, "AMD64 Debian 3.14", 9, branch="3.14")
    pull = make_build(300, "AMD64 Debian", 9, branch="refs/pull/7/merge")
    await save(store, *many, *few, other, pull)
    main, maintenance = await store.views.load_fleet()
    assert (main.branch, main.is_default, maintenance.branch) == ("main", True, "3.14")
    busy, slow = main.builders
    assert (busy.builder, busy.tier, slow.builder) == ("AMD64 Debian", 1, "ARM64 <b>")
    assert [b.ref.id for b in busy.builds] == list(range(_LATEST + 3, 3, -1))
    assert [(b.ref.id, b.result) for b in slow.builds] == [
        (102, Result.SUCCESS),
        (101, Result.SUCCESS),
    ]


async def test_who_was_taken_out_holds_no_release_up(store: Store) -> None:
    """Its last red build stays red for ever."""
    await save(store, make_build(1, "AMD64 Debian", 1), make_build(2, "PPC64", 1))
    gone = KnownBuilder("bb", 2, "PPC64", frozenset(), frozenset(), MOMENT, MOMENT, MOMENT, True)
    await store.facts.save_builders([gone], [])
    (main,) = await store.views.load_fleet()
    assert [b.builder for b in main.builders] == ["AMD64 Debian"]


async def test_what_is_not_shown_is_not_loaded(store: Store) -> None:
    await save(store, make_build(1, "AMD64 Debian", 1))
    await store.incidents.save_incidents(1, "main", [make_incident("i1")], [])
    for visible, count in ((None, 1), ({1}, 1), ({2}, 0), (set(), 0)):
        assert len(await store.views.load_fleet(visible)) == count
        assert len(await store.views.load_open_incidents(visible)) == count


async def test_only_what_is_open_is_shown_the_newest_first(store: Store) -> None:
    await save(store, make_build(1, "AMD64 Debian", 1))
    fixed = make_incident("i3", 3, state=IncidentState.FIXED)
    await store.incidents.save_incidents(
        1, "main", [make_incident("i1", 1), make_incident("i2", 2), fixed], []
    )
    found = await store.views.load_open_incidents()
    assert [incident.id for _, incident in found] == ["i2", "i1"]


async def test_what_was_said_of_an_incident_and_where(store: Store) -> None:
    told = Announcement("i1", Verdict.SUSPECTED, IncidentState.OPEN, MOMENT)
    await store.incidents.save_pull_comment(
        PullComment(1, 7, wanted="text", comment_id=99, said=(told,))
    )
    (said,) = await store.views.load_said_of(["i1", "i2"])
    assert (said.number, said.verdict, said.comment_id) == (7, "suspected", 99)
    assert await store.views.load_said_of([]) == []


async def test_commits_are_named_wherever_they_lie(store: Store) -> None:
    await store.facts.save_line(1, "3.14", [make_commit("a" * 40, 7)], new_epoch=False)
    found = await store.views.load_named_commits(1, ["a" * 40, "b" * 40])
    assert {sha: commit.title for sha, commit in found.items()} == {"a" * 40: f"Change {'a' * 40}"}


async def test_the_pulse_goes_on_with_whatever_a_page_would_show(store: Store) -> None:
    seen = [await store.views.load_pulse()]
    await save(store, make_build(1, "AMD64 Debian", 1))
    seen.append(await store.views.load_pulse())
    assert await store.views.load_pulse() == seen[-1], "nothing happened"
    await store.incidents.save_incidents(1, "main", [make_incident("i1")], [])
    seen.append(await store.views.load_pulse())
    await store.inbox.put([pull_key(1, 7)])
    seen.append(await store.views.load_pulse())
    await store.requests.save_plan([make_record()], {})
    seen.append(await store.views.load_pulse())
    assert len(set(seen)) == 5
