"""Shapes of test runners, besides those beside their writer: of languages, and of whole systems."""

from tests.logs.shape import Shape

_TRACE = (
    "Traceback (most recent call last):\n"
    '  File "{root}/t/test_x.py", line {line}, in {name}\n    self.check()\nAssertionError: {why}\n'
)

MORE_SHAPES = {
    "unittest": Shape(
        "", "{name} (test_x.XTests.{name}) ... ok\n", "{name} (test_x.XTests.{name}) ... FAIL\n",
        "\n{listed}" + "-" * 70 + "\nRan {total} tests in {seconds}s\n\nFAILED (failures={bad})\n",
        "=" * 70 + "\nFAIL: {name} (test_x.XTests.{name})\n" + "-" * 70 + f"\n{_TRACE}\n"),
    "pytest": Shape(
        "=== test session starts ===\ncollected {total} items\n\n",
        "t/test_x.py::{name} PASSED [ {n}%]\n", "t/test_x.py::{name} FAILED [ {n}%]\n",
        "\n=== FAILURES ===\n{listed}=== {bad} failed in {seconds}s ===\n",
        "____ {name} ____\n\n    def {name}():\n>       check()\nE       AssertionError: {why}\n\n"
        "t/test_x.py:{line}: AssertionError\n"),
    "regrtest": Shape(
        "Using random seed: {n}\n0:00:{n} load avg: 1.{n} Run {total} tests sequentially\n", "",
        "0:00:{n} load avg: 2.{n} [{i}/{total}] test_{name}\n"
        "test test_{name} failed -- " + _TRACE
        + "\n0:00:{n} load avg: 2.{n} [{i}/{total}/1] test_{name} failed (1 failure)\n",
        "\n== Tests result: FAILURE ==\n\n{bad} tests failed:\n    {failed}\n\n"
        "Total duration: {n} s\n",
        names="{}"),
    "trial": Shape(
        "", "  {name} ... [OK]\n", "  {name} ... [FAIL]\n",
        "\n{listed}" + "-" * 79 + "\nRan {total} tests in {seconds}s\n\nFAILED (failures={bad})\n",
        "=" * 79 + f"\n[FAIL]\n{_TRACE}\nt.test_x.XTests.{{name}}\n"),
    "stestr": Shape(
        "", "{{0}} t.test_x.XTests.{name} [{seconds}s] ... ok\n",
        "{{0}} t.test_x.XTests.{name} [{seconds}s] ... FAILED\n\nCaptured traceback:\n"
        "~~~~~~~~~~~~~~~~~~~\n    Traceback (most recent call last):\n\n"
        '      File "{root}/t/test_x.py", line {line}, in {name}\n\n    AssertionError: {why}\n\n',
        "\n======\nTotals\n======\nRan: {total} tests in {seconds} sec.\n - Failed: {bad}\n"),
    "zope.testrunner": Shape(
        "Running zope.testrunner.layer.UnitTests tests:\n", "",
        "\n\nFailure in test {name} (t.test_x.XTests.{name})\n" + _TRACE + "\n",
        "  Ran {total} tests with {bad} failures, 0 errors and 0 skipped in {seconds} seconds.\n"),
    "behave": Shape(
        "Feature: x # features/x.feature:1\n\n", "",
        "  Scenario: {name}  # features/x.feature:{i}\n    Given it is so # steps/s.py:3 0.0s\n"
        "      ASSERT FAILED: {why}\n\n",
        "Failing scenarios:\n{listed}\n0 features passed, 1 failed, 0 skipped\n"
        "0 scenarios passed, {bad} failed, 0 skipped\nTook 0m{seconds}s\n",
        "  features/x.feature:{i}  {name}\n", names="is {}"),
    "robot": Shape(
        "=" * 78 + "\nLid\n" + "=" * 78 + "\n", "{name:70}| PASS |\n" + "-" * 78 + "\n",
        "{name:70}| FAIL |\n{why}\n" + "-" * 78 + "\n",
        "{:70}| FAIL |\n".format("Lid") + "{total} tests, 0 passed, {bad} failed\n"
        + "=" * 78 + "\nOutput:  {root}/output.xml\n", names="Is {}"),
    "gtest": Shape(
        "[==========] Running {total} tests from 1 test suite.\n",
        "[ RUN      ] Ring.{name}\n[       OK ] Ring.{name} ({n} ms)\n",
        "[ RUN      ] Ring.{name}\nt.cc:{line}: Failure\n{why}\n"
        "[  FAILED  ] Ring.{name} ({n} ms)\n",
        "[==========] {total} tests from 1 test suite ran. ({n} ms total)\n"
        "[  FAILED  ] {bad} tests, listed below:\n{listed}\n {bad} FAILED TESTS\n",
        "[  FAILED  ] Ring.{name}\n"),
    "boost.test": Shape(
        "Running {total} test cases...\n", "",
        't.cpp({line}): error: in "ring/{name}": check {why}\n',
        "\n*** {bad} failures are detected in the test module \"x\"\n"),
    "catch2": Shape(
        "~~~~~~~\nx is a Catch v2.13.10 host application.\n\n", "",
        "-" * 79 + "\n{name}\n" + "-" * 79 + "\nt.cpp:{line}\n" + "." * 79
        + "\n\nt.cpp:{line}: FAILED:\n  CHECK( a == b )\nwith expansion:\n  {why}\n\n",
        "=" * 79 + "\ntest cases: {total} | {bad} failed\nassertions: {total} | {bad} failed\n"),
    "doctest-cpp": Shape(
        '[doctest] doctest version is "2.4.9"\n', "",
        "=" * 79 + "\nt.cpp:{line}:\nTEST CASE:  {name}\n\nt.cpp:{line}: ERROR: CHECK( a ) is NOT "
        "correct!\n  values: CHECK( {why} )\n\n",
        "=" * 79 + "\n[doctest] test cases: {total} | {bad} failed\n[doctest] Status: FAILURE!\n"),
    "cunit": Shape(
        "Suite: lid\n", "  Test: {name} ...passed\n",
        "  Test: {name} ...FAILED\n    1. t.c:{line}  - {why}\n",
        "\nRun Summary:    Type  Total    Ran Passed Failed Inactive\n"),
    "cppunit": Shape(
        ".F.\n\n", "", "{i}) test: Bin::{name} (F) line: {line} t.cpp\nassertion failed\n- "
        "{why}\n\n",
        "\n!!!FAILURES!!!\nTest Results:\nRun:  {total}   Failures: {bad}   Errors: 0\n"),
    "criterion": Shape(
        "", "[PASS] core::{name}: ({seconds}s)\n",
        "[----] t.c:{line}: Assertion Failed\n[----]   {why}\n[FAIL] core::{name}: ({seconds}s)\n",
        "[====] Synthesis: Tested: {total} | Passing: 1 | Failing: {bad} | Crashing: 0\n"),
    "qttest": Shape(
        "********* Start testing of Lid *********\n", "PASS   : Lid::{name}()\n",
        "FAIL!  : Lid::{name}() {why}\n   Loc: [t.cpp({line})]\n",
        "Totals: 1 passed, {bad} failed, 0 skipped, 0 blacklisted, {n}ms\n"),
    "mysql-test-run": Shape(
        "", "main.{name}      [ pass ]   {n}\n",
        "main.{name}      w{i} [ fail ]\n        Test ended at 2026-11-27 10:00:{n}\n\n"
        "mysqltest: At line {line}: {why}\n\n - saving '{root}/var/log/x'\n",
        "Spent {seconds} of {n} seconds executing testcases\n\nCompleted: Failed {bad}/{total}\n"),
    "avocado": Shape(
        "JOB ID     : " + "0a" * 20 + "\n",
        " ({i}/{total}) t.py:T.{name}: STARTED\n"
        " ({i}/{total}) t.py:T.{name}:  PASS ({seconds} s)\n",
        " ({i}/{total}) t.py:T.{name}: STARTED\n"
        " ({i}/{total}) t.py:T.{name}:  FAIL: {why} ({seconds} s)\n",
        "RESULTS    : PASS 1 | ERROR 0 | FAIL {bad} | SKIP 0\n\nTest summary:\n{listed}",
        "{i}-t.py:T.{name}: FAIL\n"),
    "asv": Shape(
        "· Discovering benchmarks\n", "[ {n}.00%] ··· lid.{name}    {n}±0ns\n",
        "[ {n}.00%] ··· lid.{name}    failed\n[ {n}.00%] ···· Traceback (most recent call last):\n"
        '                File "{root}/b/lid.py", line {line}, in {name}\n'
        "                  self.check()\n              ValueError: {why}\n\n", ""),
    "dune": Shape(
        "", "", "        {name} alias test/runtest (exit 2)\n"
        "(cd _build/default/test && ./{name}.exe)\nFatal error: exception {why}\n", ""),
    "zfs-tests": Shape(
        "", "Test: {root}/tests/functional/x/{name} (run as root) [00:{n}] [PASS]\n",
        "Test: {root}/tests/functional/x/{name} (run as root) [00:{n}] [FAIL]\n",
        "\nResults Summary\nPASS\t1\nFAIL\t{bad}\n"),
    "fate": Shape(
        "", "TEST    {name}\n", "TEST    {name}\n{why}\n"
        "Test {name} failed. Look at tests/data/fate/{name}.err for details.\n", ""),
    "twister": Shape(
        "INFO    - Zephyr version: v4.{n}\n", "",
        "INFO    - {i}/{total} qemu_x86  kernel.{name}  FAILED: Failed (qemu {seconds}s)\n",
        "INFO    - 1 of {total} executed test configurations passed (50.00%)\n"),
    "go": Shape(
        "", "--- PASS: Test{name} ({seconds}s)\n",
        "--- FAIL: Test{name} ({seconds}s)\n    x_test.go:{line}: {why}\n",
        "FAIL\nFAIL\texample.org/x\t{seconds}s\nFAIL\n"),
    "cargo": Shape(
        "running {total} tests\n", "test t::{name} ... ok\n", "test t::{name} ... FAILED\n",
        "\nfailures:\n\n{listed}\nfailures:\n{named}\n"
        "test result: FAILED. 1 passed; {bad} failed; 0 ignored; finished in {seconds}s\n",
        "---- t::{name} stdout ----\nthread 't::{name}' panicked at src/lib.rs:{line}:9:\n"
        "{why}\n\n"),
    "swift-testing": Shape(
        "◇ Test run started.\n", "", "✘ Test {name}() recorded an issue at "
        "X.swift:{line}:9: {why}\n"
        "✘ Test {name}() failed after {seconds} seconds with 1 issue.\n",
        "✘ Test run with {total} tests failed after {seconds} seconds with {bad} issues.\n"),
    "test-unit": Shape(
        "Loaded suite x\nStarted\n", "",
        "=" * 79 + "\nFailure: {name}(BasketTest): {why}\n{root}/x.rb:{line}:in `x'\n" + "=" * 79
        + "\n", "Finished in {seconds} seconds.\n{total} tests, {total} assertions, {bad} "
        "failures, "
        "0 errors\n"),
    "phpt": Shape(
        "", "PASS x [tests/{name}.phpt]\n", "FAIL x [tests/{name}.phpt]\n",
        "Number of tests :  {total}\nTests failed    :  {bad}\n"),
    "exunit": Shape(
        "Running ExUnit with seed: {n}, max_cases: 4\n\n", "",
        "  {i}) test {name} (LidTest)\n     test/lid_test.exs:{line}\n     ** "
        "(RuntimeError) {why}\n\n",
        "Finished in {seconds} seconds\n{total} tests, {bad} failures\n", names="is {}"),
    "eunit": Shape(
        "", "", "hive_tests: {name}...*failed*\nin function hive:x/0 (hive.erl, line {line})\n"
        "**error:{{badmatch,{why}}}\n\n", "  Failed: {bad}.  Skipped: 0.  Passed: 1.\n"),
    "common_test": Shape(
        "", "", "%%% hive_SUITE ==> {name}: FAILED\n%%% hive_SUITE ==> {why}\n\n",
        "Failed {bad} tests. Passed 1 tests.\n"),
    "tcltest": Shape(
        "", "", "==== {name} it is so FAILED\n==== Contents of test case:\n    x\n"
        "---- Result was:\n{why}\n---- Result should have been (exact matching):\n3\n"
        "==== {name} FAILED\n\n", "x.test:\tTotal\t{total}\tPassed\t1\tSkipped\t0\tFailed\t{bad}\n",
        names="{}-1.1"),
    "ert": Shape(
        "Running {total} tests\n", "   passed  {i}/{total}  {name} ({seconds} sec)\n",
        "Test {name} condition:\n    (error \"{why}\")\n"
        "   FAILED  {i}/{total}  {name} ({seconds} sec)\n",
        "\nRan {total} tests, 1 results as expected, {bad} unexpected\n"),
    "alcotest": Shape(
        "", "  [OK]          lid          {i}   {name}.\n",
        "> [FAIL]        lid          {i}   {name}.\n", "{bad} failures! in {seconds}s. "
        "{total} tests "
        "run.\n"),
    "testthat": Shape(
        "", "", "── Failure ('test-lid.R:{line}'): {name} ────\n{why}\n1/1 mismatches\n",
        "\n[ FAIL {bad} | WARN 0 | SKIP 0 | PASS {n} ]\n", names="lid {} it"),
    "shunit2": Shape(
        "", "{name}\n", "{name}\nASSERT:{why}\n",
        "\nRan {total} tests.\n\nFAILED (failures={bad})\n"),
    "busted": Shape(
        "-+\n1 success / {bad} failures / 0 errors / 0 pending : {seconds} seconds\n", "",
        "\nFailure -> lid_spec.lua @ {line}\n{name}\nlid_spec.lua:{line}: {why}\n", "",
        names="box is {}"),
    "jest": Shape(
        "FAIL t/lid.test.js\n", "  ✓ {name} ({n} ms)\n", "  ✕ {name} ({n} ms)\n",
        "\n{listed}\nTest Suites: 1 failed, 1 total\nTests:       {bad} failed, {total} total\n"
        "Time:        {seconds} s\n",
        "  ● box › {name}\n\n    {why}\n\n      at Object.x (t/lid.test.js:{line}:3)\n\n"),
    "jasmine": Shape(
        "Randomized with seed {n}\nFailures:\n", "",
        "{i}) box {name}\n  Message:\n    {why}\n  Stack:\n        at {root}/s.js:{line}:1\n\n",
        "{total} specs, {bad} failures\nFinished in {seconds} seconds\n"),
    "mocha": Shape(
        "", "", "", "  1 passing ({n}ms)\n  {bad} failing\n\n{listed}",
        "  {i}) box\n       {name}:\n     Error: {why}\n      at Context.x "
        "(t/lid.js:{line}:9)\n\n"),
    "maven": Shape(
        "", "", "[ERROR] a.LidTest.{name} -- Time elapsed: {seconds} s <<< FAILURE!\n"
        "java.lang.AssertionError: {why}\n\tat a.LidTest.{name}(LidTest.java:{line})\n\n",
        "[ERROR] Tests run: {total}, Failures: {bad}, Errors: 0, Skipped: 0\n"),
    "oe-selftest": Shape(
        "", "", "2026-11-27 10:00:{n} - oe-selftest - INFO - RESULTS - x.X.{name}: FAILED "
        "({seconds}s)\n",
        "2026-11-27 10:01:{n} - oe-selftest - INFO - SUMMARY:\n"),
}  # fmt: skip
