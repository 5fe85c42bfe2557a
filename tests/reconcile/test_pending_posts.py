"""Until when a post that was begun may come to light, whatever the clocks do."""

from datetime import timedelta

from bot.core.policy.comment_limits import SETTLE
from bot.reconcile.pending_posts import PendingPosts
from tests.support.clock import NOON

SECOND = timedelta(seconds=1)


def test_where_nothing_was_begun_nothing_is_waited_for() -> None:
    assert PendingPosts().find_end("p", None, NOON) is None


def test_what_was_begun_here_is_waited_for_from_then_on() -> None:
    posts = PendingPosts()
    posts.begin("p", NOON)
    assert posts.find_end("p", NOON, NOON + 9 * SECOND) == NOON + SETTLE
    assert posts.find_end("p", NOON, NOON + SETTLE) is None


def test_what_another_began_is_waited_for_from_when_we_met_it() -> None:
    """Its clock may be hours behind: the whole time passes by ours."""
    posts = PendingPosts()
    long_ago = NOON - timedelta(hours=5)
    assert posts.find_end("p", long_ago, NOON) == NOON + SETTLE
    assert posts.find_end("p", long_ago, NOON + 30 * SECOND) == NOON + SETTLE
    assert posts.find_end("p", long_ago, NOON + SETTLE) is None


def test_what_is_begun_anew_is_waited_for_anew() -> None:
    posts = PendingPosts()
    posts.find_end("p", NOON, NOON)
    again = NOON + SETTLE
    assert posts.find_end("p", again, again + SECOND) == again + SECOND + SETTLE


def test_one_moment_told_by_two_clocks_is_one() -> None:
    """What instances share is told anew each time it is read, to some milliseconds."""
    posts = PendingPosts()
    posts.begin("p", NOON)
    nearly = NOON + timedelta(milliseconds=40)
    assert posts.find_end("p", nearly, NOON + 9 * SECOND) == NOON + SETTLE


def test_a_clock_that_is_set_back_makes_nobody_wait_for_hours() -> None:
    posts = PendingPosts()
    posts.begin("p", NOON)
    earlier = NOON - timedelta(hours=3)
    assert posts.find_end("p", NOON, earlier) == earlier + SETTLE


def test_each_post_is_waited_for_by_itself() -> None:
    posts = PendingPosts()
    posts.begin("p", NOON)
    assert posts.find_end("q", None, NOON) is None
