"""A command that a person can paste to see the failure again.

Input: the failures of a log and what is known of how they came about. Output: one line of shell,
and a note where a command alone does not do it. Names come from logs, so they are always quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from shlex import join, quote

from bot.core.model import Kind
from bot.logs.formats.base import Finding

_SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")
# More tests than this on one line are no help; the first ones show how.
_MAX_TESTS = 5
# regrtest's options that change what fails; the others (-j, -w, …) only change how it is run.
_KEPT = re.compile(
    r"(?<=\s)(?:-u\s?\S+|-R\s?\S+|--huntrleaks[= ]\S+|--fail-env-changed|-M\s?\S+)(?=\s)"
)
_PYTHON = re.compile(r"^\S*python\S*(?: -[A-Za-z](?:\s?[a-z]+=?\S*)?)*?(?= )")

ORDER_RECIPE = (
    "It passed when it was run again alone. To see whether it depends on the tests before it, "
    "write their names in the order of the log into a file and run `-m test --fromfile FILE`; "
    "then halve the list for as long as it still fails. Within one file `-m test.bisect_cmd` "
    "does the same for its methods."
)


def make_reproduce(
    suite: str, findings: Sequence[Finding], command: str | None, seed: str | None
) -> str | None:
    """The command for the failures of one suite; None where nothing better is known."""
    tests = list(dict.fromkeys(finding.test for finding in findings if finding.test))
    maker = _MAKERS.get(suite)
    if maker and tests:
        return maker(tests[:_MAX_TESTS], findings, command or "", seed)
    return command


def make_note(suite: str, findings: Sequence[Finding]) -> str | None:
    """What a person should try where a command alone may not show it."""
    alone = suite == "regrtest" and any(finding.passed_on_rerun for finding in findings)
    return ORDER_RECIPE if alone else None


def _escape(name: str) -> str:
    """For a regular expression; unlike `re.escape` it leaves blanks and letters alone."""
    return _SPECIAL.sub(r"\\\1", name)


Maker = Callable[[list[str], Sequence[Finding], str, str | None], str]


def _regrtest(tests: list[str], findings: Sequence[Finding], command: str, seed: str | None) -> str:
    """One file with -m of the very test; several files by name."""
    python = _PYTHON.match(command)
    words = [python[0].split()[0] if python else "./python", "-m", "test", "-v"]
    options = f"{re.split(r' -m test(?:.regrtest)?|regrtest.py', command)[-1]} "
    kept = _KEPT.findall(options)
    if any(finding.kind is Kind.TIMEOUT for finding in findings):
        kept += re.findall(r"--timeout[= ]\S+", options)[:1]
    words += [word for option in kept for word in option.split()]
    if seed:
        words += [*(["-r"] if " -r " in options else []), f"--randseed={seed}"]
    files = list(dict.fromkeys(_split_regrtest(test)[0] for test in tests))
    methods = list(dict.fromkeys(m for test in tests if (m := _split_regrtest(test)[1])))
    chosen = [word for method in methods for word in ("-m", method)]
    return join([*words, *(chosen if len(files) == 1 else []), *files])


def _split_regrtest(test: str) -> tuple[str, str | None]:
    """`test.test_ssl.Tests.test_read` → the file `test_ssl` and the method, if one is named."""
    parts = test.removeprefix("test.").split(".")
    file = 1
    # Packages of tests are given by their path: test_asyncio.test_events.
    while file < len(parts) and re.match(r"test_\w+$", parts[file]) and file + 2 <= len(parts) - 1:
        file += 1
    method = parts[-1] if len(parts) > file + 1 and parts[-1].startswith("test") else None
    return ".".join(parts[:file]), method


def _unittest(tests: list[str], _f: Sequence[Finding], command: str, _seed: str | None) -> str:
    python = _PYTHON.match(command)
    plain = [test for test in tests if not test.endswith(("setUpClass", "setUpModule"))]
    shorter = [test.rpartition(".")[0] for test in tests if test not in plain]
    return join(
        [python[0].split()[0] if python else "python", "-m", "unittest", "-v", *plain, *shorter]
    )


def _pytest(tests: list[str], _f: Sequence[Finding], _command: str, seed: str | None) -> str:
    order = [f"--randomly-seed={seed}"] if seed else []
    return join(["python", "-m", "pytest", *order, *tests])


def _go(tests: list[str], _f: Sequence[Finding], _command: str, seed: str | None) -> str:
    package, _, name = tests[0].rpartition(".")
    pattern = "/".join(f"^{_escape(part)}$" for part in name.split("/"))
    words = ["go", "test", *([f"-shuffle={seed}"] if seed else [])]
    return join([*words, "-run", pattern, package or "./..."])


def _gtest(tests: list[str], _f: Sequence[Finding], command: str, seed: str | None) -> str:
    program = command.rpartition("&&")[2].strip().split(" ")[0] or "./test"
    order = f" --gtest_shuffle --gtest_random_seed={quote(seed)}" if seed else ""
    return f"{program} --gtest_filter={quote(':'.join(tests))}{order}"


def _simple(command: str, form: str = "{}") -> Maker:
    """Runners that take names, each as one word."""

    def make(tests: list[str], _f: Sequence[Finding], _command: str, _seed: str | None) -> str:
        return " ".join([command, *(quote(form.format(test)) for test in tests)])

    return make


def _pattern(command: str, form: str = "{}") -> Maker:
    """Runners that take one regular expression."""

    def make(tests: list[str], _f: Sequence[Finding], _command: str, _seed: str | None) -> str:
        return f"{command} {quote('|'.join(form.format(_escape(test)) for test in tests))}"

    return make


def _maven(tests: list[str], _f: Sequence[Finding], _c: str, _seed: str | None) -> str:
    names = ["#".join(test.rsplit(".", 1)) for test in tests]
    return f"mvn test {quote('-Dtest=' + ','.join(names))}"


def _lit(tests: list[str], _f: Sequence[Finding], _c: str, _seed: str | None) -> str:
    return join(["lit", "-v", *(test.partition(" :: ")[2] or test for test in tests)])


_MAKERS: dict[str, Maker] = {
    "regrtest": _regrtest,
    "unittest": _unittest,
    "pytest": _pytest,
    "trial": _simple("python -m twisted.trial"),
    "lit": _lit,
    "ctest": _pattern("ctest --output-on-failure -R", "^{}$"),
    "gtest": _gtest,
    "boost.test": _simple("./test", "--run_test={}"),
    "go": _go,
    "cargo": lambda tests, _f, _c, _s: f"cargo test {quote(tests[0])} -- --exact",
    # jest prints its titles with › between them, and matches them with blanks.
    "jest": lambda t, f, c, s: _pattern("npx jest -t")([x.replace(" › ", " ") for x in t], f, c, s),
    "vitest": lambda tests, _f, _c, _s: f"npx vitest run -t {quote(tests[0].rpartition(' > ')[2])}",
    "mocha": _pattern("npx mocha -g"),
    "automake": lambda tests, _f, _c, _s: f"make check {quote('TESTS=' + ' '.join(tests))}",
    "maven": _maven,
}
