"""Which commits are on a branch's line, and which pull each came from."""

from datetime import UTC, datetime

import pytest

from bot.clients.github.first_parent import FirstParentWalk
from bot.core.model import Commit
from bot.core.payloads import AssociatedPull, LineCommit

AT = datetime(2026, 3, 2, tzinfo=UTC)


def make_pull(
    number: int, merge: str | None, commits: int = 1, **changes: object
) -> AssociatedPull:
    fields = {"merged": True, "base": "main"} | changes
    return AssociatedPull(
        number, bool(fields["merged"]), str(fields["base"]), merge and sha(merge), commits
    )


def sha(name: str) -> str:
    return name * 40


def make(name: str, parent: str | None, *pulls: AssociatedPull, merge: bool = False) -> LineCommit:
    commit = Commit(sha(name), parent and sha(parent), AT, name, None, None)
    return LineCommit(commit, merge, pulls)


def walk(*pages: tuple[LineCommit, ...]) -> list[tuple[str, int | None]]:
    line = FirstParentWalk("main", pages[0][0].commit.sha)
    return [(c.title, c.pull) for page in pages for c in line.add(page)]


def test_only_first_parents_are_on_the_line() -> None:
    """GitHub lists the commits of merged branches among those of the branch itself."""
    c = make("c", "a", make_pull(1, "c", 2), merge=True)
    pages = (c, make("2", "1", make_pull(1, "c", 2)), make("1", "a", make_pull(1, "c", 2)))
    assert walk(pages, (make("a", None),)) == [("c", 1), ("a", None)]


def test_a_commit_listed_before_its_child_is_not_lost() -> None:
    """History is ordered by date, and clocks of people differ."""
    assert walk((make("c", "b"), make("a", None)), (make("b", "a"),)) == [
        ("c", None),
        ("b", None),
        ("a", None),
    ]


def test_the_walk_ends_at_the_root() -> None:
    line = FirstParentWalk("main", sha("b"))
    line.add((make("b", "a"),))
    assert not line.is_done
    line.add((make("a", None),))
    assert line.is_done


def test_a_rebase_merge_gives_all_its_commits_to_its_pull() -> None:
    """All of them are on the line, and the last is called the merge commit."""
    pull = make_pull(7, "d", 3)
    page = tuple(
        make(name, parent, pull) for name, parent in (("e", "d"), *zip("dcba", "cba0", strict=True))
    )
    assert walk(page) == [("e", None), ("d", 7), ("c", 7), ("b", 7), ("a", None)]


@pytest.mark.parametrize(
    "pull",
    [
        make_pull(7, "b", merged=False),
        make_pull(7, "b", base="3.13"),
        make_pull(7, None),
        make_pull(7, "9"),
        make_pull(7, "9", 100),
    ],
)
def test_an_association_alone_accuses_nobody(pull: AssociatedPull) -> None:
    """GitHub also associates backports, reverts and pulls that only contain the commit."""
    assert walk((make("b", "a", pull), make("a", None))) == [("b", None), ("a", None)]


def test_a_commit_below_a_merge_is_not_of_that_pull() -> None:
    """A direct push that a pull's branch also held landed without the pull."""
    pull = make_pull(7, "b", 5)
    page = (make("b", "a", pull, merge=True), make("a", None, pull))
    assert walk(page) == [("b", 7), ("a", None)]


def test_two_pulls_for_one_commit_are_none() -> None:
    assert walk((make("b", "a", make_pull(7, "b"), make_pull(8, "b")),)) == [("b", None)]
