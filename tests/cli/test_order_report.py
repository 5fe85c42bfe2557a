"""What is printed of each end of a search, for people and as JSON."""

import json
from pathlib import Path

import pytest

from bot.cli.log_order import OrderLog, load_order_log
from bot.cli.order_report import Searched, make_document, render_log, render_result
from bot.cli.order_runs.session import Job
from bot.cli.order_runs.template import Template
from bot.core.order_search.model import Limits, Result, State, Tally

LOGS = Path(__file__).parents[1] / "data/logs/logs"


@pytest.fixture
def log() -> OrderLog:
    return load_order_log(str(LOGS / "rg313_two_v.log"), "test_shlex", None)


def make_searched(log: OrderLog, state: State, needed: tuple[int, ...] | None) -> Searched:
    groups = tuple(((place,), Tally(passed=2)) for place in needed or ())
    result = Result(
        state, needed, 17, Tally(3, 1), Tally(9, 3), Tally(0, 8), Tally(3, 1), groups, "why not"
    )
    job = Job(log.before, log.victim, log.victim_id)
    return Searched(job, Template("./python -m test {tests}"), Limits(), result, 12.0)


def test_what_was_found_is_told_with_its_figures(log: OrderLog) -> None:
    told = "\n".join(render_result(log, make_searched(log, State.FOUND, (1, 3))))
    assert told == (
        "found: test_shlex fails when 2 tests run before it\n"
        "  test_heapq\n"
        "  test_frob\n"
        "  test_shlex\n"
        "  together: failed in 3 of 4 runs (30% to 95% of all, with 95 % confidence)\n"
        "  without test_heapq: passed in 2 of 2 runs\n"
        "  without test_frob: passed in 2 of 2 runs\n"
        "  flaky: behind these, in lists of any length, it failed in 9 of 12 runs (47% to 91% of "
        "all, with 95 % confidence)\n"
        "  probability left for another answer: 0.01 at most\n"
        "  run it: ./python -m test test_heapq test_frob test_shlex\n"
        "17 runs in 12 s; plain bisection takes 22, and ends with a test that does not do it alone"
    )


@pytest.mark.parametrize(
    ("state", "needed", "words"),
    [
        (State.FAILS_ALONE, (), "no difference that can be told"),
        (State.NOT_SHOWN, None, "is not in this list, or not on this machine"),
        (State.UNDECIDED, (2,), "the shortest list that failed has 2 tests:"),
        (State.UNDECIDED, None, "undecided: why not"),
    ],
)
def test_every_other_end_says_what_is_known(
    log: OrderLog, state: State, needed: tuple[int, ...] | None, words: str
) -> None:
    assert words in "\n".join(render_result(log, make_searched(log, state, needed)))


def test_json_tells_the_same(log: OrderLog) -> None:
    found = json.loads(json.dumps(make_document(log, make_searched(log, State.FOUND, (1,)))))
    assert found["result"]["tests"] == ["test_heapq", "test_shlex"]
    assert found["result"]["without"] == [
        {"tests": ["test_heapq"], "failed": 0, "passed": 2, "unresolved": 0}
    ]
    assert found["result"]["command"] == "./python -m test test_heapq test_shlex"
    assert make_document(log, None)["result"] is None


def test_others_that_failed_are_named(log: OrderLog) -> None:
    """So that nobody thinks that it is all."""
    told = "\n".join(render_log(log, "build.log"))
    assert "note: others failed, too (--victim chooses): test_frob" in told
    assert "find the fewest:      nightswatch bisect-order build.log --run " in told
