"""Where a build stands is told by its commit and its end, never by when we heard of it."""

from dataclasses import replace

from bot.core.blame.timeline.build_order import BuildOrder
from bot.core.model import Observation
from tests.support.make_observations import make_line, make_observation

LINE = make_line(("a", 1), ("b", 2), ("c", 3))


def place(*builds: Observation) -> BuildOrder:
    placing = BuildOrder(LINE)
    placing.add(builds)
    return placing


def tell(placing: BuildOrder) -> list[tuple[int, int]]:
    """Buildids in the order of folding, and their positions."""
    return [(o.buildid, placing.find_position(o)) for o in placing.placed]


def test_a_build_waits_for_its_commit() -> None:
    """Buildbot is quicker than GitHub: such a build must neither be lost nor stand anywhere."""
    placing = place(make_observation(1, "A", "a"), make_observation(2, "A", "d"))
    assert tell(placing) == [(1, 0)]
    assert placing.extend(make_line(("a", 1), ("b", 2), ("c", 3), ("d", 4))) == 1
    assert tell(placing) == [(1, 0), (2, 3)]


def test_a_build_that_comes_again_replaces_itself() -> None:
    first = make_observation(1, "A", "a")
    placing = place(first, make_observation(2, "A", "b"))
    again = replace(first, revision="b" * 40)
    assert placing.add([again]) == ([again], 0)
    assert tell(placing) == [(1, 1), (2, 1)]
    assert placing.add([again]) == ([], 2)
    assert len(placing.observations) == 2


def test_a_late_build_keeps_what_ended_before_it() -> None:
    placing = place(*(make_observation(n, "A", "a") for n in (1, 2, 4, 5)))
    assert placing.add([make_observation(3, "A", "b")])[1] == 2
    assert [buildid for buildid, _ in tell(placing)] == [1, 2, 3, 4, 5]


def test_files_that_come_later_keep_the_builds_of_older_commits() -> None:
    """What a commit touched is fetched once it is suspected; the past is not folded for that."""
    placing = place(*(make_observation(n, "A", at) for n, at in enumerate("aabcb")))
    known = tuple(replace(c, files=("x.py",)) if c.pull == 2 else c for c in LINE.commits)
    assert placing.extend(replace(LINE, commits=known)) == 2
    assert len(placing.placed) == 5


def test_a_commit_that_vanished_takes_its_builds_along() -> None:
    """Nobody may be accused on a line that is no more, whether or not the push was seen."""
    placing = place(make_observation(1, "A", "a"), make_observation(2, "A", "c"))
    assert placing.extend(make_line(("a", 1), ("b", 2), ("d", 4))) == 0
    assert tell(placing) == [(1, 0)]
    assert placing.extend(make_line(("a", 1), ("b", 2), ("c", 3), epoch=2)) == 0
    assert tell(placing) == [(1, 0), (2, 2)]
