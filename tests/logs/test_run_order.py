"""The order that a log tells: of real logs, of lists, and of text that tells none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs.run_order import OrderReader, RunOrder

LOGS = Path(__file__).parents[1] / "data/logs/logs"


def read(text: str) -> RunOrder | None:
    reader = OrderReader()
    for line in text.splitlines():
        reader.take(line)
    return reader.finish()


def read_log(name: str) -> RunOrder:
    order = read((LOGS / f"{name}.log").read_text("utf-8", "replace"))
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("name", "suite", "count", "apart"),
    [
        ("rg313_two_v", "regrtest", 7, False),
        ("rg313_flaky", "regrtest", 7, True),
        ("rg36_two_j", "regrtest", 7, True),
        ("rg27_env", "regrtest", 7, True),
        ("pt_randomly", "pytest", 25, False),
        ("pt_reruns_pass", "pytest", 21, False),
        ("pt_unittest", "pytest", 2, False),
        ("utv_313", "unittest", 8, False),
        ("utv_38", "unittest", 5, False),
    ],
)
def test_a_real_log_tells_its_order(name: str, suite: str, count: int, apart: bool) -> None:
    order = read_log(name)
    assert (order.suite, len(order.tests), order.apart) == (suite, count, apart)
    assert len(set(order.tests)) == count


def test_what_runs_again_at_the_end_ran_before() -> None:
    """`Re-running 1 failed tests` prints its own progress, of a fresh process."""
    order = read_log("rg313_flaky")
    assert order.tests.index("test_race") == 2
    assert order.find("test.test_race.RaceTests.test_wakeup") == "test_race"
    assert order.find_before("test_race") == ("test_bool", "test_string")


def test_tests_of_another_worker_did_not_run_before() -> None:
    order = read(
        "[gw0] [ 20%] PASSED a.py::test_1 \n"
        "[gw1] [ 40%] PASSED a.py::test_2[x - y] \n"
        "a.py::test_4 \n"
        "[gw0] [ 60%] FAILED b.py::test_3 \n"
        "=================================== FAILURES ===================================\n"
        "[gw1] [ 80%] PASSED printed.py::by_a_test \n"
    )
    assert order is not None
    assert order.tests == ("a.py::test_1", "a.py::test_2[x - y]", "b.py::test_3")
    assert order.find_before("b.py::test_3") == ("a.py::test_1",)
    hung = order.end_with("a.py::test_4")
    assert hung.find_before("a.py::test_4") == order.tests


def test_a_docstring_stands_between_a_test_of_unittest_and_its_verdict() -> None:
    order = read(
        "test_a (test_q.Q.test_a) ... ok\n"
        "test_b (test_q.Q.test_b)\nPops wait for pushes. ... ok\n"
        "  test_b (test_q.Q.test_b) (i=1) ... FAIL\n"
        "======================================================================\n"
        "test_c (test_q.Q.test_c) ... printed\n"
    )
    assert order is not None
    assert order.tests == ("test_q.Q.test_a", "test_q.Q.test_b")


@pytest.mark.parametrize(
    ("text", "suite"),
    [
        ("test_a\ntest_b  # slow\n\n# all\ntest_c\n", "regrtest"),
        ("a.py::test_1[x y]\na.py::test_2\n", "pytest"),
        ("test_m.T.test_1\ntest_m.T.test_2\n", "unittest"),
    ],
)
def test_a_list_is_an_order(text: str, suite: str) -> None:
    order = read(text)
    assert order is not None
    assert order.suite == suite
    assert len(order.tests) == len([line for line in text.split("\n") if line.strip("# al\n")])


def test_names_that_no_command_line_can_hold_are_left_out_and_counted() -> None:
    order = read("a.py::test_1\n--co\na.py::test_2\x07\na.py::test_3\n")
    assert order is not None
    assert (order.tests, order.left_out) == (("a.py::test_1", "a.py::test_3"), 2)


@pytest.mark.parametrize(
    "name", ["pt_collect", "pt_none", "ut_import", "gcc_make", "maven", "jest"]
)
def test_a_log_without_an_order_is_told_as_such(name: str) -> None:
    assert read((LOGS / f"{name}.log").read_text("utf-8", "replace")) is None


@given(st.text(alphabet="test_ab.py:[]()/ 0123456789gwPASSED.-=\n\x1b", max_size=400))
def test_any_text_is_read(text: str) -> None:
    order = read(text)
    if order is not None:
        assert len(order.tests) == len(order.workers) == len(set(order.tests))
