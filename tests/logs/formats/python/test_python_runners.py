"""Python's smaller runners, by logs that the real tools wrote: ids, messages, what ran."""

from functools import cache
from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

LOGS = Path(__file__).parents[3] / "data" / "python"

CASES: dict[str, tuple[bool, tuple[str, ...] | None, dict[str, str]]] = {
    "stestr": (True, ("test_m", "test_x.B"), {
        "test_m.setUpModule": "OSError: module cold",
        "test_x.A.test_b": "AssertionError: 1 != 2 : bee",
        "test_x.A.test_c": "AssertionError: 0 != 5",
        "test_x.B.setUpClass": "OSError: cold",
        "test_x.G.test_chain": "RuntimeError: no",
        "test_x.G.test_group":
            "ExceptionGroup: many (2 sub-exceptions): ValueError: one; KeyError: 'two'",
    }),
    "stestr_left": (False, None, {
        "test_l.L.test_leaves": "the worker ended in test_l.L.test_leaves",
    }),
    "stestr_discovery": (False, None, {
        "test_i": "ModuleNotFoundError: No module named 'nowhere_there'",
    }),
    # Nobody names the tests of a layer: those of one that could not be set up are not known.
    "zope": (False, None, {
        "wall.test_bad": "ModuleNotFoundError: No module named 'nowhere_there'",
        "wall.tests.A.test_error": "KeyError: 'key'",
        "wall.tests.A.test_open": "AssertionError: 'open' != 'shut'",
        "wall.tests.A.test_sub": "AssertionError: 0 != 9",
        "wall.tests.double": "double(2) Expected: 5 Got: 4",
        "wall.tests.ColdLayer.setUp": "OSError: too cold",
        "wall.tests.WarmLayer.tearDown": "OSError: stuck",
    }),
    "zope_left_j": (False, None, {
        "wall.tests.ColdLayer.setUp": "OSError: too cold",
        "wall.tests.WarmLayer.tearDown": "OSError: stuck",
    }),
    "trial": (True, ("test_bad",), {
        "test_ut.T.test_b": "twisted.trial.unittest.FailTest: 1 != 2",
        "test_ut.S.test_x": "builtins.OSError: cold setup",
        "test_ut.S.test_y": "builtins.OSError: cold setup",
        "test_ut.T.test_err": "builtins.KeyError: 'x'",
        "test_bad": "builtins.ModuleNotFoundError: No module named 'nowhere_there'",
        "test_ut.T.test_todo": "Reason: 'later'",
    }),
    "trial_left": (False, None, {
        "test_leave.T.test_leaves":
            "the run ended in test_leave.T.test_leaves with exit status 3",
    }),
    "nose2": (True, ("test_x", "test_m", "test_i"), {
        "test_x.setUpClass": "OSError: cold",
        "test_x.G.test_chain": "RuntimeError: no",
        "test_x.G.test_group":
            "ExceptionGroup: many (2 sub-exceptions): ValueError: one; KeyError: 'two'",
        "test_m.setUpModule": "OSError: module cold",
        "test_i": "ModuleNotFoundError: No module named 'nowhere_there'",
        "test_x.A.test_b": "AssertionError: 1 != 2 : bee",
        "test_x.A.test_c": "AssertionError: 0 != 5",
    }),
    "testtools": (True, ("test_x.B", "test_m"), {
        "test_x.B.setUpClass": "OSError: cold",
        "test_x.G.test_chain": "RuntimeError: no",
        "test_x.G.test_group":
            "ExceptionGroup: many (2 sub-exceptions): ValueError: one; KeyError: 'two'",
        "test_m.setUpModule": "OSError: module cold",
        "test_x.A.test_b": "AssertionError: 1 != 2 : bee",
        "test_x.A.test_c": "AssertionError: 0 != 5",
    }),
    "subunit2pyunit": (True, ("test_x.B",), {
        "test_x.A.test_b": "AssertionError: 1 != 2 : bee",
        "test_x.A.test_c": "AssertionError: 0 != 5",
        "test_x.B.setUpClass": "OSError: cold",
        "test_x.G.test_chain": "RuntimeError: no",
        "test_x.G.test_group":
            "ExceptionGroup: many (2 sub-exceptions): ValueError: one; KeyError: 'two'",
    }),
    # A failure that cannot be sent between its processes ends the run.
    "django_parallel": (False, None, {
        "app.test_other.Dx.setUpClass": "OSError: no data",
        "app.test_other.Ax.test_a": "AssertionError: 1 != 2",
        "app.tests.A.test_a": "AssertionError: 1 != 2",
        "app.tests.D.setUpClass": "OSError: no data",
        "app.test_other.Bx.setUpClass": "OSError: cold",
        "app.tests.B.setUpClass": "OSError: cold",
        "app.tests.U.test_unpick":
            "ValueError(<function U.test_unpick.<locals>.<lambda> at 0x7f0c71fb44a0>)",
        "app.test_other.Ux.test_unpick":
            "ValueError(<function Ux.test_unpick.<locals>.<lambda> at 0x7f0c71fb82c0>)",
    }),
    "behave": (True, None, {
        "features/bridge.feature::Holds in rain": "ASSERT FAILED: it fell",
        "features/bridge.feature::Breaks": "KeyError: 'plank'",
        "features/bridge.feature::Crossing 3 -- @1.2 few": "ASSERT FAILED: 3 are too many",
        "features/bridge.feature::Undefined": "Undefined",
    }),
    "behave_feature": (False, None, {}),
    "robot": (True, None, {
        "Top.Bridge.It Holds In The Rain And In The Snow And In Every Other Weather Th...":
            "fell != holds",
        "Top.Bridge.Unknown Word": "No keyword with name 'Nobody Knows This' found.",
        "Top.Cold.One": "Parent suite setup failed: too cold",
        "Top.Cold.Two": "Parent suite setup failed: too cold",
        "Top.Late": "Suite teardown failed: stuck",
    }),
    "robot_dotted": (True, None, {
        "Top.Bridge.It Holds In The Rain And In The Snow And In Every Other Weather There Is "
        "Upon This Earth": "fell != holds",
        "Top.Bridge.Unknown Word": "No keyword with name 'Nobody Knows This' found.",
        "Top.Cold.One": "Parent suite setup failed: too cold",
        "Top.Cold.Two": "Parent suite setup failed: too cold",
        "Top.Late.Three": "Parent suite teardown failed: stuck",
    }),
    "robot_x": (False,
        ("Top.Bridge.Is Fine", "Top.Bridge.Unknown Word", "Top.Cold.One", "Top.Cold.Two",
         "Top.Late.Three"),
        {"Top.Bridge.It Holds In The Rain And In The Snow And In Every Other Weather Th...":
            "fell != holds"}),
}  # fmt: skip


@cache
def read(name: str) -> Reading:
    return read_log([(LOGS / f"{name}.log").read_bytes()])


@pytest.mark.parametrize("name", CASES)
def test_what_failed_and_what_did_not_run(name: str) -> None:
    """The first run of each log is the tool's own; what it did not reach has not passed."""
    complete, not_reached, messages = CASES[name]
    reading = read(name)
    assert {f.test: f.message for f in reading.failures if f.test} == messages
    assert [(run.complete, run.not_reached) for run in reading.runs] == [(complete, not_reached)]
    assert all(reading.excerpt)


def test_a_hook_that_fails_is_told_though_no_scenario_is() -> None:
    """behave counts none as failed, and exits with 1."""
    [failure] = read("behave_feature").failures
    assert (failure.kind, failure.test) == (Kind.TEST_FAILURE, None)
    assert failure.message == "HOOK-ERROR in before_feature: OSError: no bank"


def test_one_test_has_one_name_in_all_runners_of_unittest() -> None:
    """A builder may change its runner; the test is the same."""
    ids = {name: set(read(name).tests) for name in ("stestr", "testtools", "subunit2pyunit")}
    assert ids["subunit2pyunit"] < ids["stestr"] == ids["testtools"]
