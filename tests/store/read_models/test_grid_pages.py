"""A branch as the grid looks at it: pages of commits, and the builds of them."""

from datetime import timedelta

from bot.core.model import Repository
from bot.store import Store
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident

HOUR = timedelta(hours=1)


async def test_commits_come_page_by_page_the_newest_first(store: Store) -> None:
    old = [make_commit(f"{n}", n) for n in range(3)]
    await store.facts.save_line(1, "main", old, new_epoch=False)
    new = [make_commit(f"{n}", n) for n in range(10, 15)]
    await store.facts.save_line(1, "main", new, new_epoch=True)
    first = await store.views.load_commit_page(1, "main", None, 3)
    assert [commit.sha for commit in first.commits] == ["14", "13", "12"]
    assert first.goes_on
    second = await store.views.load_commit_page(1, "main", first.last, 3)
    assert [commit.sha for commit in second.commits] == ["11", "10"]
    assert not second.goes_on
    nothing = await store.views.load_commit_page(1, "main", second.last, 3)
    assert (nothing.commits, nothing.first, nothing.goes_on) == ((), None, False)
    assert (await store.views.load_commit_page(2, "main", None, 3)).commits == ()


async def test_builds_of_some_commits_and_before_a_moment(store: Store) -> None:
    for number in range(1, 6):
        at = MOMENT + number * HOUR
        facts = make_facts(number, revision=str(number), complete_at=at, started_at=at - HOUR)
        await store.facts.save_build(facts, [])
    await store.facts.save_build(make_facts(9, revision="1", branch="3.14"), [])
    of = await store.views.load_builds_of(1, "main", ["1", "4", "unknown"])
    assert sorted((b.builder, b.build.ref.id) for b in of) == [
        ("AMD64 Debian", 1),
        ("AMD64 Debian", 4),
    ]
    assert await store.views.load_builds_of(1, "main", []) == []
    before = await store.views.load_builds_before(1, "main", MOMENT + 4 * HOUR, 2)
    assert [b.build.ref.id for b in before] == [3, 2]
    after = await store.views.load_moment_after(1, "main", MOMENT + 2 * HOUR, 3)
    assert after == MOMENT + 4 * HOUR
    assert await store.views.load_moment_after(1, "main", MOMENT + 2 * HOUR, 5) is None
    (builder,) = await store.views.load_builders_of(1, "main")
    assert [build.ref.id for build in builder.builds] == [5, 4, 3, 2, 1]


async def test_branches_and_incidents_that_may_be_seen(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r", "trunk"))
    for number, branch in enumerate(("main", "trunk", "refs/pull/7/merge"), 1):
        await store.facts.save_build(make_facts(number, branch=branch), [])
    found = await store.views.load_built_branches()
    assert [branch for _, branch in found] == ["trunk", "main"]
    assert await store.views.load_built_branches({2}) == []
    await store.incidents.save_incidents(
        1, "main", [make_incident("i1"), make_incident("i2", 1)], []
    )
    assert [i.id for i in await store.views.load_incidents_of(1, "main")] == ["i2", "i1"]
    assert await store.views.load_incidents_of(1, "trunk") == []
