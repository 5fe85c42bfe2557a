"""What is folded can be taken back, and that costs little where a build is only a little late."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.blame.timeline.undo_log import UndoLog

CHANGES = st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=60)


@given(CHANGES, st.data(), st.integers(1, 4))
def test_what_is_taken_back_never_was(
    changes: list[tuple[str, int]], data: st.DataObject, builds_a_page: int
) -> None:
    """A late build folds everything after it again: nothing of the first time may remain."""
    journal, mapping = UndoLog(builds_a_page), dict[str, int]()
    states = [dict(mapping)]
    for folded, (key, value) in enumerate(changes):
        journal.turn(folded)
        if value % 3 == 0 and key in mapping:
            journal.drop(mapping, key)
        else:
            journal.put(mapping, key, value)
        states.append(dict(mapping))
    count = data.draw(st.integers(0, len(changes)))
    left = journal.take_back(count)
    assert left <= count
    assert len(changes) - left <= 2 * (len(changes) - count) + builds_a_page
    assert left == 0 or mapping == states[left]


def test_a_long_past_needs_few_pages() -> None:
    """A fleet that runs for a year must not pay in memory for every build that it ever had."""
    journal, mapping = UndoLog(), dict[int, int]()
    for build in range(100_000):
        journal.turn(build)
        journal.put(mapping, build % 7, build)
    left, pages = 100_000, 0
    while left:
        left = journal.take_back(left - 1)
        pages += 1
    assert 5 < pages < 30
