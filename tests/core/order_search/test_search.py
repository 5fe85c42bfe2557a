"""The search over planted orders: what it finds, in how many runs, and what it says of chance."""

import random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.order_search.model import Limits, Outcome, State
from bot.core.order_search.plain import play_plain
from bot.core.order_search.search import Search
from tests.support.planted import Planted, minimise_by_deltas, plant


def test_a_pair_among_four_hundred_is_found_about_as_fast_as_by_plain_bisection() -> None:
    """And it is sure: the whole order failed, the victim passed alone, each end was looked at."""
    runs = []
    for seed in range(6):
        planted = plant(399, 1, seed)
        result = planted.search()
        assert (result.state, set(result.needed or ())) == (State.FOUND, set(planted.needed))
        runs.append(result.runs)
    plain = [play_plain(399, (place,), 1.0, 0.01).runs for place in range(399)]
    print(f"pair: {mean(runs):.1f} runs, at most {max(runs)}; plain bisection {mean(plain):.1f}")
    assert mean(runs) <= mean(plain) + 6
    assert max(runs) <= 20


@pytest.mark.parametrize("needed", [2, 3])
def test_several_that_are_needed_together_are_found_where_plain_bisection_stops(
    needed: int,
) -> None:
    """In fewer runs than delta debugging takes."""
    ours, deltas, plain_works = [], [], 0
    for seed in range(4):
        planted = plant(399, needed, seed)
        result = planted.search()
        assert (result.state, set(result.needed or ())) == (State.FOUND, set(planted.needed))
        ours.append(result.runs)
        found, runs = minimise_by_deltas(399, planted.run)
        assert set(found) == planted.needed
        deltas.append(runs)
        plain_works += play_plain(399, tuple(sorted(planted.needed)), 1.0, 0.01).works
    print(f"{needed} needed: {mean(ours):.1f} runs, at most {max(ours)}; ddmin {mean(deltas):.1f}")
    assert mean(ours) < mean(deltas) * 0.7
    assert plain_works == 0


@pytest.mark.parametrize("rate", [0.9, 0.6])
def test_a_flaky_pair_is_found_and_hardly_ever_another(rate: float) -> None:
    """Beside bisection that repeats each pass until it is as sure."""
    wrong, runs = 0, []
    for seed in range(4):
        planted = plant(399, 1, seed, rate)
        result = planted.search(Limits(tries=20))
        wrong += (result.state, set(result.needed or ())) != (State.FOUND, set(planted.needed))
        runs.append(result.runs)
    plain = mean(play_plain(399, (place,), rate, 0.01).runs for place in range(0, 399, 7))
    print(f"flaky {rate}: {wrong} of 4 wrong, {mean(runs):.1f} runs; plain bisection {plain:.1f}")
    assert wrong == 0
    assert mean(runs) < plain


def test_a_flaky_triple_is_found() -> None:
    found = 0
    for seed in range(6):
        planted = plant(200, 2, seed, 0.6)
        result = planted.search()
        found += set(result.needed or ()) == planted.needed
        assert 0.3 <= result.rate <= 0.9
    assert found >= 5


def test_a_victim_that_fails_alone_takes_ten_short_runs() -> None:
    planted = Planted(399, frozenset())
    result = planted.search()
    assert (result.state, result.needed) == (State.FAILS_ALONE, ())
    assert sorted(map(len, planted.trials)) == [0] * 8 + [399]


def test_a_victim_that_is_flaky_whatever_ran_before_is_not_blamed_on_the_order() -> None:
    planted = Planted(50, frozenset(), rate=0.5, alone=0.5)
    assert planted.search().state is State.FAILS_ALONE


def test_one_that_fails_alone_at_times_but_always_behind_another_is_found_all_the_same() -> None:
    found = 0
    for seed in range(8):
        planted = Planted(200, frozenset({seed * 9}), 1.0, 0.15, chance=random.Random(seed))
        result = planted.search()
        found += result.state is State.FOUND and set(result.needed or ()) == planted.needed
    assert found >= 6


def test_what_no_order_shows_is_told_after_seven_runs() -> None:
    planted = Planted(399, frozenset({400}))
    result = planted.search()
    assert (result.state, result.runs, result.whole.passed) == (State.NOT_SHOWN, 7, 7)


def test_runs_that_tell_nothing_leave_a_group_that_cannot_be_told_apart() -> None:
    """Where a list that is cut between 10 and 20 hangs, all of these are kept together."""
    planted = Planted(40, frozenset({15}), unresolved=lambda trial: 10 < len(trial) < 20)
    result = planted.search()
    assert result.state is State.FOUND
    assert set(result.needed or ()) == set(range(10, 20))
    assert [len(group) for group, _ in result.without] == [10]


def test_a_whole_order_that_hangs_each_time_is_undecided() -> None:
    planted = Planted(40, frozenset({15}), unresolved=lambda trial: len(trial) > 20)
    result = planted.search()
    assert (result.state, result.reason) == (
        State.UNDECIDED, "the whole order could not be judged",
    )  # fmt: skip


def test_the_most_runs_end_it_with_the_shortest_list_that_failed() -> None:
    planted = plant(399, 3, 1)
    result = planted.search(Limits(runs=8))
    assert (result.state, result.runs) == (State.UNDECIDED, 8)
    assert result.needed is not None
    assert planted.needed <= set(result.needed)
    assert len(result.needed) < 399


def test_one_that_cleans_up_after_another_does_not_end_it_with_a_list_that_passes() -> None:
    """Then more tests may fail less; whatever is found was seen to fail."""

    def run(trial: tuple[int, ...]) -> Outcome:
        dirty = 10 in trial and not any(10 < place < 60 and place == 30 for place in trial)
        return Outcome.FAILED if dirty or {10, 30, 50} <= set(trial) else Outcome.PASSED

    search = Search(60)
    while search.trial is not None:
        search.record(run(search.trial))
    assert search.result is not None
    assert search.result.state is State.FOUND
    assert run(search.result.needed or ()) is Outcome.FAILED


@given(st.integers(0, 60), st.data())
@settings(max_examples=50)
def test_whatever_is_needed_is_found_and_nothing_else(count: int, data: st.DataObject) -> None:
    places = st.sets(st.integers(0, count - 1), max_size=4) if count else st.just(set[int]())
    needed = frozenset(data.draw(places))
    planted = Planted(count, needed)
    result = planted.search()
    if needed:
        assert (result.state, set(result.needed or ())) == (State.FOUND, set(needed))
        assert planted.run(result.needed or ()) is Outcome.FAILED
        for _, tally in result.without:
            assert tally.failed == 0 < tally.passed
    else:
        assert result.state is State.FAILS_ALONE


@given(st.integers(1, 40), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_any_outcomes_end_it(count: int, chance: random.Random) -> None:
    """Also those of a command that answers by dice; places ascend, and the end was seen to fail."""
    search = Search(count, Limits(runs=300))
    while search.trial is not None:
        assert list(search.trial) == sorted(set(search.trial))
        assert set(search.trial) <= set(range(count))
        search.record(chance.choice(list(Outcome)))
    assert search.result is not None
    if search.result.state is State.FOUND:
        assert search.result.tally.failed > 0


@given(st.integers(1, 80), st.integers(0, 2**32), st.floats(0.3, 1.0))
@settings(max_examples=30)
def test_the_same_outcomes_bring_the_same_trials(count: int, seed: int, rate: float) -> None:
    """So that a record of them is enough to go on."""
    planted = plant(count, min(2, count), seed, rate)
    first = Search(count)
    told: list[tuple[tuple[int, ...], Outcome]] = []
    while first.trial is not None and len(told) < 60:
        told.append((first.trial, planted.run(first.trial)))
        first.record(told[-1][1])
    second = Search(count)
    for trial, outcome in told:
        assert second.trial == trial
        second.record(outcome)
    assert second.trial == first.trial
    assert second.result == first.result


def test_an_outcome_after_the_end_is_refused() -> None:
    search = Search(0)
    search.record(Outcome.FAILED)
    assert search.result is not None
    with pytest.raises(ValueError, match="over"):
        search.record(Outcome.FAILED)


def test_a_rate_that_cannot_be_is_told() -> None:
    """Who says that it fails always, and shows a pass of the whole order, contradicts himself."""
    search = Search(4, Limits(rate=1.0))
    for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.PASSED):
        search.record(outcome)
    assert search.result is not None
    assert search.result.state is State.UNDECIDED
    assert "contradict" in search.result.reason
