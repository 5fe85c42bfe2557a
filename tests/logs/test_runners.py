"""Real logs of other runners: each failed test is named, with its cause, and nothing besides."""

from functools import cache
from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

LOGS = Path(__file__).parent.parent / "data" / "runners" / "logs"

_CRITERION = ("core::shrinks", "core::dies", "core::boom", "core::slow")
_AUTOMAKE = (
    "loft/run.sh", "loft/dies.sh", "loft/xp.sh", "loft/sub/deep.sh", "cellar/holes.test",
    "cellar/holes.test: keeps water", "cellar/mesh.test", "cellar/few.test",
)  # fmt: skip
_DEJAGNU = (
    "post.base/sort.exp: sort: b", "post.base/sort.exp: sort: dup 1",
    "post.base/sort.exp: sort: dup 2", "post.base/sort.exp",
    "post.net/send.exp: send: name is shown", "post.net/send.exp: send: full spool",
    "post.net/send.exp: send: xp",
)  # fmt: skip
_AUTOTEST = ("water boils at a temperature that has a very long name indeed", "pours")
_NODE = (
    "test/bad.test.mjs", "test/gate.test.mjs > oven > rises",
    "test/gate.test.mjs > oven > inner > rises", "test/gate.test.mjs > dies > sub",
)  # fmt: skip
_MESON = ("lantern:resolve", "lantern:wick", "lantern:xp", "lantern:tap", "lantern:slow")
_BATS = ("holds 5 kg", "says")
_MINITEST = ("box::when full#is shut", "box::when full#raises", "BoxTest#test_lid",
             "BoxTest#test_nil")  # fmt: skip
_TEST_UNIT = ("BasketTest#test: with words", "BasketTest#test_fill", "BasketTest#test_ship",
              "BasketTest#test_size[large]")  # fmt: skip
_EUNIT = ("hive_tests:fill_test", "hive_tests:queen_test_ (a queen is found)",
          "hive_tests:dies_test", "hive_tests:slow_test_")  # fmt: skip
_STORE = "Depot\\Tests\\StoreTest::test"
_PHPUNIT = (f"{_STORE}Broken", f"{_STORE}Warn", f"{_STORE}Full", f"{_STORE}Size with data set #0",
            f'{_STORE}Size with data set "large (9) one"')  # fmt: skip
_DOX = "Depot\\Tests\\Store > "
_LONG = ("a name that is very long, so long that it has to be broken by the reporter when it is "
         "printed in a heading")  # fmt: skip

# Points that Test::More does not explain are their file's, also where -v shows them.
_PROVE_PLAIN = ("t/a.t > four books", "t/a.t > shelf", "t/a.t > deep", "t/b.t", "t/c.t")

_ASV = ("lid.Broken.time_turns", "lid.Lid.time_shut", "lid.time_waits", "lid.track_size")
_LID = "test_lid.py:Lid"
_AVOCADO = (f"{_LID}.test_shut", f"{_LID}.test_dies", "test_lid.py:Hinge.test_turns", "weigh.sh",
            "slow.py:Slow.test_waits")  # fmt: skip
_PHPT = ("tests/dies.phpt", "tests/lid.phpt", "tests/leak.phpt")
_QTTEST = ("TestLid::isShut()", "TestLid::size(two (9) long)", "TestLid::xpass()",
           "TestLid::warns()")  # fmt: skip
_ZFS = ("functional/acl/acl_002", "functional/casenorm/mixed_none_lookup_ci",
        "functional/cli_root/zpool_add/zpool_add_001",
        "functional/cli_root/zpool_add/zpool_add_004")  # fmt: skip

# name of the log → (kind, tests, and of some of them what the message must hold)
TRUTH: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "asv": ("test_failure", _ASV, {"lid.Lid.time_shut": "no oil in the lamp"}),
    "asv_stderr": ("timeout", _ASV, {"lid.Broken.time_turns": "no hinge",
                                     "lid.time_waits": "timed out (timeout 1s)",
                                     "lid.track_size": "division by zero"}),
    "avocado": ("timeout", _AVOCADO,
                {f"{_LID}.test_shut": "'open' != 'shut'", f"{_LID}.test_dies": "no oil"}),
    "dune": ("test_failure", ("cram.t", "test/prints.expected", "test/dies"),
             {"test/prints.expected": "-shut; +open", "test/dies": "Assert_failure"}),
    "dune_rule": ("config_error", (), {}),
    "dune_type": ("compile_error", (), {}),
    "gtest_setup": ("test_failure", ("Lid",), {"Lid": "no hinge"}),
    "testthat_short": ("test_failure", ("test-lid.R: lid is shut", "test-oil.R: lid dies"), {}),
    "testthat_summary": ("test_failure", ("lid is shut", "lid dies"), {"lid dies": "no oil"}),
    "octave": ("test_failure", ("oil",), {"oil": "'nosuch' undefined"}),
    "octave_runtests": ("test_failure", ("lid.m", "oil.m"), {"lid.m": "FAIL 3, REGRESSION 1"}),
    "pg_regress": ("test_failure", ("jars", "oils"), {}),
    "pg_regress_parallel": ("test_failure", ("jars", "oils"), {}),
    "phpt": ("test_failure", _PHPT, {"tests/lid.phpt": "The lid [is shut]"}),
    "phpt_diff": ("crash", _PHPT, {"tests/lid.phpt": "001+ open; 001- shut"}),
    "phpt_j2": ("test_failure", _PHPT, {}),
    "pip_flit": ("python_error", (), {}),
    "pip_hatch": ("python_error", (), {}),
    "pip_resolver": ("config_error", (), {}),
    "precommit": ("lint", (), {}),
    "qttest": ("crash", (*_QTTEST, "TestDies::fatal()"),
               {"TestLid::isShut()": "Actual   (3): 3", "TestDies::fatal()": "no oil in lamp"}),
    "qttest_hang": ("timeout", ("TestSlow::waits()",), {}),
    "qttest_v2": ("test_failure", _QTTEST, {}),
    "sphinx": ("docs", (), {}),
    "uv_build": ("python_error", (), {}),
    "zfs": ("test_failure", _ZFS, {}),
    "alcotest": ("test_failure", ("hinge > is shut", "oil > is full"),
                 {"hinge > is shut": "same angle; Expected: `3'; Received: `4'"}),
    "ert": ("test_failure", ("lid-dies", "lid-is-shut"),
            {"lid-dies": "No oil in lamp", "lid-is-shut": "(equal 3 4)"}),
    "testthat": ("test_failure", ("test-lid.R: lid is shut", "test-lid.R: lid dies"),
                 {"test-lid.R: lid is shut": "1 + 2 not equal to 4.",
                  "test-lid.R: lid dies": "no oil"}),
    "testthat_check": ("test_failure", ("test-lid.R: lid is shut", "test-lid.R: lid dies"), {}),
    "automake": ("test_failure", _AUTOMAKE, {"cellar/mesh.test": "mesh is torn"}),
    "automake_j4": ("test_failure", _AUTOMAKE, {}),
    "automake_vpath": ("test_failure", _AUTOMAKE, {}),
    "automake_verbose": ("crash", _AUTOMAKE, {"loft/run.sh": "expected 4 got 3"}),
    "autotest": ("test_failure", _AUTOTEST, {"pours": "UNEXPECTED PASS"}),
    "autotest_j2": ("test_failure", _AUTOTEST, {}),
    "autotest_v": ("test_failure", _AUTOTEST, {}),
    "ava_tap": ("test_failure", ("is shut", "throws"), {"is shut": "'shut'", "throws": "no oil"}),
    "bats_tap": ("test_failure", _BATS, {"holds 5 kg": '"$output" = 5'}),
    "bats_time": ("test_failure", _BATS, {}),
    "bats_pretty": ("test_failure", _BATS, {}),
    "busted": ("test_failure", ("box is shut", "box inner dies"), {"box inner dies": "no oil"}),
    "nox": ("build_failure", (), {}),
    "tox": ("build_failure", (), {}),
    "uv_resolver": ("config_error", (), {}),
    "busted_tap": ("test_failure", ("box is shut", "box dies"), {"box dies": "no oil"}),
    "catch2": ("test_failure", (_LONG, "Scenario: boiling", "explicit", "hidden ok"),
               {"explicit": "No space left on device", _LONG: "2 == 3"}),
    "catch2_dies": ("crash", (_LONG, "dies"), {"dies": "SIGSEGV"}),
    "check": ("timeout", ("core:test_eq", "core:test_loop", "core:test_slow", "core:test_exit"),
              {"core:test_eq": "'3 == 4' failed", "core:test_exit": "Early exit"}),
    "cmocka": ("crash", ("b", "c", "d"), {"b": "0x4 != 0x5", "c": "Segmentation fault"}),
    "common_test": ("test_failure", ("hive_SUITE:fill", "hive_SUITE:dies"),
                    {"hive_SUITE:fill": "{badmatch,3}"}),
    "cunit": ("test_failure", ("lid: is shut", "oil: is full"),
              {"lid: is shut": "CU_ASSERT_EQUAL(3,4)"}),
    "exunit": ("test_failure", ("LidTest > test is shut", "LidTest > test oil is full"),
               {"LidTest > test oil is full": "No space left on device"}),
    "kyua": ("crash", ("lid:main", "dies:main", "slow:main"), {"dies:main": "signal 11"}),
    "nextest": ("crash", ("lid tests::is_shut", "lid tests::dies", "lid::more is_full"),
                {"lid tests::is_shut": "it is open"}),
    "cppunit": ("test_failure", ("Bin::testLid", "Bin::testThrows"),
                {"Bin::testLid": "Expected: 3", "Bin::testThrows": "No space left"}),
    "cppunit_compiler": ("test_failure", ("Bin::testLid", "Bin::testThrows"), {}),
    "criterion": ("crash", _CRITERION, {"core::shrinks": "a is 3"}),
    "criterion_j4": ("crash", _CRITERION, {}),
    "criterion_tap": ("crash", _CRITERION, {"core::shrinks": "a is 3"}),
    "dejagnu": ("timeout", _DEJAGNU, {"post.base/sort.exp": 'invalid command name "nosuch"'}),
    "dejagnu_a": ("timeout", _DEJAGNU, {}),
    "dejagnu_order": ("timeout", _DEJAGNU, {}),
    "doctest_cpp": ("crash", ("bread rises", "cake throws", "dies"), {"cake throws": "no sugar"}),
    "eunit": ("timeout", _EUNIT, {"hive_tests:fill_test": "{expected,4}"}),
    "eunit_v": ("timeout", _EUNIT, {}),
    "glib": ("test_failure", ("/ring/c",), {"/ring/c": "lid is off by 3"}),
    "glib_k": ("test_failure", ("/ring/c", "b"), {"b": "assertion failed (3 == 4)"}),
    "jasmine": ("test_failure", ("box is shut", "box deep throws"),
                {"box is shut": "Expected 'open' to be 'shut'"}),
    "meson": ("crash", _MESON, {"lantern:resolve": "expected 6, got 7", "lantern:tap": "b c"}),
    "meson_q": ("crash", _MESON, {}),
    "meson_v": ("crash", _MESON, {}),
    "meson_ninja": ("crash", _MESON, {}),
    "minitest": ("test_failure", _MINITEST, {"BoxTest#test_lid": "Expected: 4; Actual: 3"}),
    "minitest_v": ("test_failure", _MINITEST, {}),
    "node_spec": ("test_failure", _NODE, {}),
    "node_tap": ("test_failure", _NODE, {"test/gate.test.mjs > oven > rises": "20 == 30"}),
    "nodetap": ("test_failure", ("js/tp/gate.js > gate shuts", "js/tp/gate.js > creaks",
                                 "js/tp/gate.js > throws"),
                {"js/tp/gate.js > throws": "No space left", "js/tp/gate.js > creaks": "-2; +3"}),
    "phpunit": ("test_failure", _PHPUNIT, {f"{_STORE}Broken": "Connection refused"}),
    "phpunit_rand": ("test_failure", _PHPUNIT, {}),
    "phpunit_dox": ("test_failure", (f"{_DOX}Full", f"{_DOX}Broken", f"{_DOX}Warn",
                                     f'{_DOX}Size with data set "large (9) one"',
                                     f"{_DOX}Size with data set #0"), {}),
    "prove_plain": ("test_failure", _PROVE_PLAIN, {"t/c.t": "Bad plan"}),
    "prove_plain_v": ("test_failure", _PROVE_PLAIN, {}),
    "prove": ("test_failure", ("t/a.t > four books", "t/a.t > inner", "t/die.t", "t/raw.t",
                               "t/z.t"), {"t/a.t > four books": "got: '3'; expected: '4'"}),
    "qunit": ("test_failure", ("box > is shut",), {}),
    "rspec": ("test_failure", ("Stable at night is shut", "Stable at night agg"),
              {"Stable at night agg": "expected: 2; got: 1"}),
    "rspec_load": ("test_failure", ("spec/broken_spec.rb",), {"spec/broken_spec.rb": "nosuch"}),
    "shunit2": ("test_failure", ("testA", "testC"), {"testA": "a b expected:<1> but was:<2>"}),
    "tcltest": ("test_failure", ("lamp-1.2", "lamp-2.1"), {"lamp-1.2": "red",
                                                          "lamp-2.1": "no oil"}),
    "test_unit": ("test_failure", _TEST_UNIT, {"BasketTest#test_ship": "no port"}),
    "test_unit_v": ("test_failure", _TEST_UNIT, {}),
}  # fmt: skip


@cache
def read(name: str) -> Reading:
    return read_log([(LOGS / f"{name}.log").read_bytes()])


def test_every_log_has_its_truth() -> None:
    assert {path.stem for path in LOGS.glob("*.log")} == set(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_what_failed_is_named(name: str) -> None:
    """Once words that these tests print were a full disk, and the tests were lost."""
    kind, tests, messages = TRUTH[name]
    reading = read(name)
    assert reading.kind == kind
    assert set(reading.tests) == set(tests)
    if tests:  # else it is what drives runners
        assert [failure for failure in reading.failures if not failure.test] == []
    for test, words in messages.items():
        assert any(words in f.message for f in reading.failures if f.test == test), test


@pytest.mark.parametrize("name", TRUTH)
def test_a_named_failure_is_nobody_elses(name: str) -> None:
    """Neither the machine's nor a wrapper's, and no line of the worker's is shown."""
    reading = read(name)
    assert Kind.INFRA not in {failure.kind for failure in reading.failures}
    assert not any("*** [" in failure.message for failure in reading.failures)
    assert not any(line.startswith(("/bin/sh -c", " in dir", " argv")) for line in reading.excerpt)
