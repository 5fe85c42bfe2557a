"""What runs and waits: when it should end, who comes first, and what of it a page may show."""

from dataclasses import replace
from datetime import timedelta

from bot.core.fleet.current_work import CurrentWork, find_expected_end, make_current_work
from bot.core.model.ci_requests import WaitingRequest
from tests.support.make_stored import MOMENT, make_facts

MINUTE = timedelta(minutes=1)
NAMES = {1: "slow", 2: "fast", 3: "new"}


def make_work() -> CurrentWork:
    build = make_facts(1, complete_at=None, result=None).build
    running = [
        (replace(build, buildid=n, builderid=n, repository=home), f"https://bb/{n}")
        for n, home in ((1, "o/r"), (2, "O/R"), (3, "o/secret"), (4, None))
    ]
    waiting = [
        WaitingRequest(number, builderid, MOMENT - number * MINUTE)
        for number, builderid in ((1, 1), (2, 2), (3, 1))
    ]
    spans = {"slow": [60 * MINUTE], "fast": [10 * MINUTE, 12 * MINUTE, 90 * MINUTE]}
    return make_current_work(MOMENT, running, waiting, NAMES, spans)


def test_a_build_should_end_by_the_median_of_the_last_ones() -> None:
    assert find_expected_end(MOMENT, [MINUTE, 9 * MINUTE, 2 * MINUTE]) == MOMENT + 2 * MINUTE
    assert find_expected_end(MOMENT, []) is None, "a builder without a past promises nothing"


def test_who_should_end_next_comes_first_and_the_longest_wait() -> None:
    work = make_work()
    assert [one.builder for one in work.running] == ["fast", "slow", "builder 4", "new"]
    assert [(one.builder, one.count) for one in work.waiting] == [("slow", 2), ("fast", 1)]
    assert work.waits == 3
    assert work.find_next_end(MOMENT) == MOMENT + 12 * MINUTE
    late = MOMENT + 20 * MINUTE
    assert work.running[0].is_late(late)
    assert work.find_next_end(late) == MOMENT + 60 * MINUTE
    assert work.find_next_end(MOMENT + 99 * MINUTE) is None


def test_a_page_shows_its_part_and_no_stranger_what_is_private() -> None:
    work = make_work()
    fast = work.pick_builders({"fast"})
    assert [one.builder for one in fast.running] == ["fast"]
    assert [one.builder for one in fast.waiting] == ["fast"]
    public = work.pick_repositories({"o/r"}, queues=False)
    assert [one.builder for one in public.running] == ["fast", "slow"]
    assert public.waiting == (), "a request does not tell of which repository it is"
    assert work.pick_repositories(set(), queues=True).waiting == work.waiting
