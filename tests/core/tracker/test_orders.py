"""Whoever asks for an issue hears where it is told, or why it is not."""

from bot.core.model.tracker import IssueOrder, IssueSource, KnownIssue, TrackedCause
from bot.core.tracker.orders import find_order_of, render_done, render_failed

ORDER = IssueOrder(1, 7, 0, 101, "writer", "i2")
CAUSE = TrackedCause(1, "abc", (), ("i1", "i2"))


def test_an_order_is_about_the_cause_of_its_incident() -> None:
    assert find_order_of(CAUSE, [IssueOrder(1, 6, 0, 101, "writer", "i9"), ORDER]) is ORDER
    assert find_order_of(TrackedCause(1, "abc", (), ("i1",)), [ORDER]) is None


def test_a_guess_is_told_as_one_with_what_to_do() -> None:
    guess = KnownIssue("o/r", 12, IssueSource.SEARCHED)
    words = render_done(CAUSE, guess, "https://github.com")
    assert "reads like it, so nothing was filed" in words
    assert "`file-issue anyway`" in words
    ours = render_done(CAUSE, KnownIssue("o/r", 12, IssueSource.FILED), "https://github.com")
    assert "https://github.com/o/r/issues/12" in ours


def test_no_words_of_github_are_repeated_as_they_are() -> None:
    assert "@octocat" not in render_failed("ask @octocat")
