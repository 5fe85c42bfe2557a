"""Suites as many runners would print them: any names, any order, any times.

Input: which tests failed, and why. Output: a log. The shape is the tool's; what may change between
two runs (order, times, numbers, addresses, folders) is drawn anew for each.
"""

from random import Random

from tests.logs.shape import Shape
from tests.logs.suite_shapes import MORE_SHAPES

SHAPES = {
    "automake": Shape(
        "make[1]: Entering directory '{root}'\n", "PASS: {name}\n", "FAIL: {name}\n",
        "{rule}\nTestsuite summary for x 1.{n}\n{rule}\n# TOTAL: {total}\n{rule}\n"
        "make[1]: *** [Makefile:{n}: check] Error 1\n", names="t/{}.sh"),
    "autotest": Shape(
        "## x 1.0 test suite. ##\n", "{i:3}: {name} ok\n",
        "{i:3}: {name} FAILED (testsuite.at:{line})\n",
        "ERROR: {total} tests were run,\n{bad} failed.\n", names="does {}"),
    "check": Shape(
        "Running suite(s): x\n", "", "t.c:{line}:F:core:{name}:0: Assertion '{why}' failed\n",
        "{n}%: Checks: {total}, Failures: {bad}, Errors: 0\n"),
    "cmocka": Shape(
        "[==========] Running {total} test(s).\n", "[ RUN      ] {name}\n[       OK ] {name}\n",
        "[ RUN      ] {name}\n[  ERROR   ] --- {why}\n"
        "[   LINE   ] --- t.c:{line}: error: Failure!\n"
        "[  FAILED  ] {name}\n",
        "[==========] {total} test(s) run.\n[  FAILED  ] {bad} test(s), listed below:\n{listed}",
        "[  FAILED  ] {name}\n"),
    "ctest": Shape(
        "Test project {root}\n",
        "{i}/{total} Test #{i}: {name} .....   Passed    {seconds} sec\n",
        "{i}/{total} Test #{i}: {name} .....***Failed    {seconds} sec\n{why}\n\n",
        "\n50% tests passed, {bad} tests failed out of {total}\n\n"
        "The following tests FAILED:\n{listed}Errors while running CTest\n",
        "\t  {i} - {name} (Failed)\n"),
    "dejagnu": Shape(
        "Schedule of variations:\nRunning {root}/testsuite/x.base/a.exp ...\n", "",
        "FAIL: {name}\n", "\n\t\t=== x Summary ===\n\n# of unexpected failures\t{bad}\n"),
    "gradle": Shape(
        "> Task :test\n", "",
        "mill.MillTest > {name} FAILED\n    java.lang.Error at M.java:{line}\n\n",
        "{total} tests completed, {bad} failed\n\nBUILD FAILED in {n}s\n"),
    "kunit": Shape(
        "[09:31:{n:02}] ============== x ({total} subtests) ==============\n",
        "[09:31:{n:02}] [PASSED] {name}\n",
        "[09:31:{n:02}]     # {name}: EXPECTATION FAILED at lib/x.c:{line}\n[09:31:{n:02}] {why}\n"
        "[09:31:{n:02}] [FAILED] {name}\n",
        "[09:31:{n:02}] Testing complete. Ran {total} tests: failed: {bad}\n"),
    "kyua": Shape(
        "", "x_test:{name}  ->  passed  [{seconds}s]\n",
        "x_test:{name}  ->  failed: {why}  [{seconds}s]\n",
        "\nResults saved to {root}/results.{n}.db\n"),
    "lit": Shape(
        "-- Testing: {total} tests, {n} workers --\n", "PASS: S :: {name} ({i} of {total})\n",
        "FAIL: S :: {name} ({i} of {total})\n", "Failed Tests ({bad}):\n{listed}\n"
        "Testing Time: {seconds}s\n", "  S :: {name}\n", names="a/{}.ll"),
    "meson": Shape(
        "", "{i}/{total} p:{name}   OK    {seconds}s\n",
        "{i}/{total} p:{name}   FAIL  {seconds}s   exit status 1\n"
        ">>> MALLOC_PERTURB_={n} {root}/x\n"
        "――――――――――― ✀  ――――――――――――\n{why}\n―――――――――――――――――――――――\n\n",
        "\nSummary of Failures:\n\n{listed}\nOk: {n}\nFail: {bad}\n\n"
        "Full log written to {root}/meson-logs/testlog.txt\n",
        "{i}/{total} p:{name}   FAIL  {seconds}s   exit status 1\n"),
    "minitest": Shape(
        "Run options: --seed {n}\n\n# Running:\n\n", "",
        "  {i}) Failure:\nXTest#{name} [{root}/x.rb:{line}]:\n{why}\n\n",
        "{total} runs, {total} assertions, {bad} failures, 0 errors, 0 skips\n"),
    "nextest": Shape(
        " Nextest run ID {n}\n", "        PASS [   {seconds}s] ({i}/{total}) x t::{name}\n",
        "        FAIL [   {seconds}s] ({i}/{total}) x t::{name}\n  stderr ───\n"
        "    thread 't' ({n}) panicked at src/lib.rs:{line}:26:\n    {why}\n\n",
        "────────────\n     Summary [   {seconds}s] {total} tests run: {bad} failed\n{listed}",
        "        FAIL [   {seconds}s] ({i}/{total}) x t::{name}\n"),
    "pg_regress": Shape(
        "", "test {name}         ... ok           {n} ms\n",
        "test {name}         ... FAILED       {n} ms\n", "\n {bad} of {total} tests failed.\n"),
    "pg_regress 16": Shape(
        "", "ok {i}         - {name}        {n} ms\n", "not ok {i}     + {name}        {n} ms\n",
        "1..{total}\n# {bad} of {total} tests failed.\n"),
    "phpunit": Shape(
        "PHPUnit 9.6.7 by Sebastian Bergmann and contributors.\n\n"
        "There were {bad} failures:\n\n", "",
        "{i}) A\\XTest::{name}\n{why}\n\n{root}/x.php:{line}\n\n",
        "FAILURES!\nTests: {total}, Assertions: {total}, Failures: {bad}.\n"),
    "ptest": Shape(
        "BEGIN: /usr/lib/x/ptest\n", "PASS: {name}\n", "{why}\nFAIL: {name}\n",
        "DURATION: {n}\nEND: /usr/lib/x/ptest\nSTOP: ptest-runner\n"),
    "rspec": Shape(
        "Randomized with seed {n}\n\nFailures:\n\n", "",
        "  {i}) Box {name}\n     Failure/Error: expect(x)\n\n       {why}\n"
        "     # ./spec/x_spec.rb:{line}\n\n",
        "Finished in {seconds} seconds\n{total} examples, {bad} failures\n", names="is {}"),
    "tap": Shape(
        "TAP version 13\n1..{total}\n", "ok {i} - {name} # time={seconds}ms\n",
        "not ok {i} - {name} # time={seconds}ms\n  ---\n  duration_ms: {seconds}\n"
        "  error: '{why}'\n  ...\n", "# tests {total}\n# fail {bad}\n", names="says {}"),
    "bats": Shape(
        "1..{total}\n", "ok {i} {name} in {n}ms\n",
        "not ok {i} {name} in {n}ms\n# (in test file x.bats, line {line})\n"
        "#   `{why}' failed\n", "",
        names="says {}"),
    "kselftest": Shape(
        "TAP version 13\n1..{total}\n", "ok {i} selftests: net: {name}\n",
        "# {why}\nnot ok {i} selftests: net: {name} # exit={n}\n", "", names="{}.sh"),
    "xctest": Shape(
        "Test Suite 'All tests' started at 2026-11-27 09:14:02.{n}\n", "",
        "{root}/X.swift:{line}: error: XTests.{name} : XCTAssertTrue failed - {why}\n"
        "Test Case 'XTests.{name}' failed ({seconds} seconds)\n",
        "\t Executed {total} tests, with {bad} failures (0 unexpected) in {seconds} seconds\n"),
    "nobody's": Shape(
        "self test of x\n", "{i}. {name} ... ok ({n} ms)\n",
        "[{i}/{total}] {name} ... FAILED ({n} ms)\n    {why}\n", "{bad} tests failed\n"),
    "nobody's with crosses": Shape(
        "", "  ✓ {name} ({n}ms)\n", "  ✗ {name} ({n}ms)\n", "\n"),
    "nobody's with times before": Shape(
        "", "2026-11-27 10:00:{n} {name} ... ok\n",
        "2026-11-27 10:00:{n} {name} ... FAILED\n    {why}\n", "[10:01:{n}] {bad} tests failed\n"),
    **MORE_SHAPES,
}  # fmt: skip


def write_suite(shape: Shape, results: dict[str, str | None], chance: Random) -> bytes:
    """The log of one run; of each test None or why it failed."""
    order = list(results)
    chance.shuffle(order)
    root = f"/srv/w{chance.randrange(9)}/x{chance.randrange(99)}/build"
    bad = [name for name in order if results[name] is not None]
    common = {"root": root, "total": len(order), "bad": len(bad), "rule": "=" * 76}

    def fill(part: str, **more: object) -> str:
        n = chance.randrange(10, 60)
        drawn = {"n": n, "seconds": f"{chance.random():.3f}", "line": chance.randrange(1, 900)}
        return part.format(**common, **drawn, **more)

    body, listed = [], []
    for i, name in enumerate(order, 1):
        full, why = shape.names.format(name), results[name]
        body.append(fill(shape.passed if why is None else shape.failed, i=i, name=full, why=why))
        listed += [fill(shape.listed, i=i, name=full, why=why)] if why is not None else []
    names = [shape.names.format(name) for name in bad]
    common |= {"failed": " ".join(f"test_{name}" for name in names)}
    common |= {"named": "".join(f"    t::{name}\n" for name in names)}
    command = f"/bin/sh -c 'make check'\n in dir {root} (timeout 1200 secs)\n using PTY: False\n"
    tail = fill(shape.tail, listed="".join(listed))
    text = [command, fill(shape.head), *body, tail, "program finished with exit code 1\n"]
    return "".join(text).encode()
