"""Facts: replaced whole, never missed, and commits in their order."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.core.model import (
    Kind,
    Occurrence,
    Reading,
    Repository,
    ScheduledBy,
    Signature,
    TestRun,
    branch_key,
)
from bot.core.model.build_results import Result
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_commit, make_facts
from tests.support.refs import ref, refs

SSL = Occurrence(Signature("main", "regrtest", Kind.TEST_FAILURE, "test_ssl", "boom"))
BRANCH = branch_key(1, "main")


async def test_a_build_read_again_replaces_what_was_read_first(store: Store) -> None:
    """A log read half-way and then whole must not count its failures twice."""
    first = replace(
        make_facts(1),
        sightings=(SSL, replace(SSL, passed_on_rerun=True)),
        reading=Reading(runs=(TestRun("regrtest", complete=False),) * 2),
    )
    second = replace(make_facts(1, state_string="read again"), sightings=(SSL,))
    await store.facts.save_build(first, [])
    await store.facts.save_build(second, [BRANCH])
    assert await store.facts.load_builds(refs(1)) == (second,)
    found = await store.facts.load_observations(1, "main", 0, MOMENT)
    assert found.version == 2
    (observation,) = found.observations
    assert observation.sightings == (SSL,)
    assert observation.runs == ()


async def test_builds_of_two_sources_with_the_same_number_are_two(store: Store) -> None:
    """Whoever asks for one must not be told of the other."""
    ours = make_facts(1)
    theirs = replace(
        ours,
        build=replace(ours.build, source="other", worker="elsewhere"),
        builder=replace(ours.builder, source="other"),
    )
    await store.facts.save_build(ours, [])
    await store.facts.save_build(theirs, [])
    assert await store.facts.load_builds([ref(1, "other")]) == (theirs,)
    assert await store.facts.load_builds([ref(1, "other"), ref(1), ref(9)]) == (ours, theirs)


async def test_facts_and_their_keys_are_kept_together(store: Store) -> None:
    """Facts without the branch's key would be a red build that nobody folds."""
    await store.facts.save_build(make_facts(1), [BRANCH])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == BRANCH


async def test_red_builds_are_heard_only_where_another_branch_has_some(store: Store) -> None:
    """A fleet of one branch would load days of red builds at every fold, for nothing."""

    async def hear() -> list[int]:
        begin, end = MOMENT - timedelta(days=1), MOMENT + timedelta(days=1)
        return [o.buildid for o in await store.facts.load_reds(1, "main", begin, end)]

    await store.facts.save_build(replace(make_facts(1), sightings=(SSL,)), [])
    await store.facts.save_build(make_facts(2, branch="3.14"), [])
    assert await hear() == []
    await store.facts.save_build(replace(make_facts(3, branch="3.14"), sightings=(SSL,)), [])
    assert await hear() == [1, 3]


async def test_who_asks_for_news_gets_each_build_once(store: Store) -> None:
    """The fold asks again and again; what is old is not folded anew."""
    await store.facts.save_build(make_facts(1), [])
    first = await store.facts.load_observations(1, "main", 0, MOMENT)
    await store.facts.save_build(make_facts(3), [])
    await store.facts.save_build(make_facts(2), [])
    second = await store.facts.load_observations(1, "main", first.version, MOMENT)
    third = await store.facts.load_observations(1, "main", second.version, MOMENT)
    assert [o.buildid for o in second.observations] == [2, 3], "in the order of folding"
    assert third.observations == ()
    assert third.version == second.version == 3


async def test_no_build_slips_past_a_reader_while_two_processes_save(
    store: Store, twin: Store
) -> None:
    """A build that commits late with an early version would never be seen again."""
    seen: list[int] = []

    async def read_until_all() -> None:
        version = 0
        while len(seen) < 30:
            new = await store.facts.load_observations(1, "main", version, MOMENT)
            version = new.version
            seen.extend(o.buildid for o in new.observations)

    reader = asyncio.create_task(read_until_all())
    await asyncio.gather(
        *((store if n % 2 else twin).facts.save_build(make_facts(n), []) for n in range(30))
    )
    async with asyncio.timeout(60):
        await reader
    assert sorted(seen) == list(range(30))


async def test_only_finished_builds_of_the_branch_are_observations(store: Store) -> None:
    """A running build says nothing yet; another branch's says nothing here."""
    await store.facts.save_build(make_facts(1, result=None, complete_at=None), [])
    await store.facts.save_build(make_facts(2, branch="3.13"), [])
    await store.facts.save_build(make_facts(3, branch=None), [])
    await store.facts.save_build(replace(make_facts(4), repo_id=None), [])
    await store.facts.save_build(make_facts(5, complete_at=MOMENT - timedelta(days=20)), [])
    await store.facts.save_build(
        make_facts(6, scheduled_by=ScheduledBy.FORCE, result=Result.SUCCESS), []
    )
    found = await store.facts.load_observations(1, "main", 0, MOMENT - timedelta(days=14))
    assert [o.buildid for o in found.observations] == [6]
    known = await store.facts.load_known_builds("bb", range(5000))
    assert set(known) == {1, 2, 3, 4, 5, 6}
    assert known[6].result is Result.SUCCESS
    assert known[5].complete_at == MOMENT - timedelta(days=20)
    assert not await store.facts.load_known_builds("other", [1])


async def test_commits_are_appended_once(store: Store) -> None:
    """A reconcile repeated after a crash must not shift every position after it."""
    one, two, three = (make_commit(sha) for sha in "abc")
    await store.facts.save_line(1, "main", [one, two], new_epoch=False)
    await store.facts.save_line(1, "main", [two, three], new_epoch=False)
    line = await store.facts.load_line(1, "main")
    assert (line.epoch, line.base) == (1, 0)
    assert line.commits == (one, two, three)
    assert (await store.facts.load_line(1, "3.13")).epoch == 0
    assert await store.facts.load_commits(1, "main", {"c", "a", "x"}) == (one, three)


async def test_a_pull_that_github_links_late_is_filled_in(store: Store) -> None:
    """The commit is fetched a second before GitHub knows its pull; the suspect needs a number."""
    await store.facts.save_line(1, "main", [make_commit("a"), make_commit("b")], new_epoch=False)
    await store.facts.save_line(1, "main", [make_commit("a", pull=12)], new_epoch=False)
    await store.facts.save_line(1, "main", [make_commit("a")], new_epoch=False)
    line = await store.facts.load_line(1, "main")
    assert [commit.pull for commit in line.commits] == [12, None]


async def test_a_force_push_opens_a_new_epoch(store: Store) -> None:
    """Positions of the old line mean nothing on the new one."""
    await store.facts.save_build(make_facts(1), [])  # the branch was known before its commits
    await store.facts.save_line(1, "main", [make_commit("a"), make_commit("b")], new_epoch=False)
    await store.facts.save_line(1, "main", [make_commit("c")], new_epoch=True)
    line = await store.facts.load_line(1, "main")
    assert line.epoch == 2
    assert [commit.sha for commit in line.commits] == ["c"]
    assert await store.facts.load_commits(1, "main", {"a", "c"}) == line.commits


async def test_paths_stay_with_their_commit(store: Store) -> None:
    """Each commit's paths cost a request: they are fetched once in its life."""
    await store.facts.save_line(
        1, "main", [make_commit("a", files=("Lib/ssl.py",)), make_commit("b")], new_epoch=False
    )
    await store.facts.save_files(1, "b", ["Doc/ssl.rst"])
    await store.facts.save_line(1, "main", [make_commit("b")], new_epoch=True)
    line = await store.facts.load_line(1, "main")
    assert [commit.files for commit in line.commits] == [("Doc/ssl.rst",)]


async def test_a_repository_is_found_after_a_rename(store: Store, clock: FakeClock) -> None:
    """The old name may belong to somebody else by now."""
    await store.facts.save_repository(Repository(1, "Old/Name"))
    clock.advance(1)
    await store.facts.save_repository(Repository(1, "new/name", "trunk"))
    assert await store.facts.find_repository("old/name") is None
    assert await store.facts.find_repository("New/NAME") == Repository(1, "new/name", "trunk")
    clock.advance(1)
    await store.facts.save_repository(Repository(2, "new/name"))
    assert await store.facts.find_repository("new/name") == Repository(2, "new/name")
    assert await store.facts.load_repository(1) == Repository(1, "new/name", "trunk")


async def test_a_moment_is_set_moved_and_forgotten(store: Store) -> None:
    """A cursor that does not survive is a fortnight read again at each start."""
    assert await store.facts.load_time("cursor") is None
    await store.facts.save_time("cursor", MOMENT)
    await store.facts.save_time("cursor", MOMENT + timedelta(microseconds=1))
    assert await store.facts.load_time("cursor") == MOMENT + timedelta(microseconds=1)
    assert await store.views.load_time("cursor") == MOMENT + timedelta(microseconds=1)
    await store.facts.save_time("cursor", None)
    assert await store.facts.load_time("cursor") is None
