"""How to run chosen tests again: Python's runners besides pytest, unittest, regrtest and trial.

Input and output: as in `recipes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.patterns import late
from bot.logs.formats.base import Finding
from bot.logs.rerun.recipes import (
    Call,
    Maker,
    any_of,
    escape,
    find_files,
    find_in_lines,
    recipe,
)
from bot.logs.rerun.shell import is_name


def _behave(call: Call, tests: list[str], findings: Sequence[Finding]) -> Sequence[str]:
    """By name, in the features that failed."""
    names = [test.rpartition("::")[2] for test in tests]
    files = [file for file in find_files(findings) if file.endswith(".feature")]
    return [
        *call.words("behave"),
        *(w for name in names for w in ("-n", f"^{escape(name)}$")),
        *files,
    ]


def _robot(call: Call, tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """By long name, in the files of the command; stars and brackets are patterns there.

    What failed around the tests of a suite is named by the suite.
    """
    suites = {f.test for f in findings if f.message.startswith(("Suite setup", "Suite teardown"))}
    paths = [word for word in call.rest[-1:] if not word.startswith("-") and is_name(word)]
    kept = call.keep(r"-[vVP]\S+|--(?:variable|variablefile|pythonpath|suite)=\S+", "vVP")
    chosen = [
        word
        for test in tests
        for word in ("--suite" if test in suites else "--test", re.sub(r"([\[*?])", r"[\1]", test))
    ]
    return [*call.words("robot"), *kept, *chosen, *paths] if paths else None


def _avocado(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    kept = call.keep(r"-[pm]\S*|--(?:mux-yaml|mux-parameter|parameter)\S*", "pm")
    return [*call.words("avocado"), "run", *kept, *tests]


def _asv(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """Here and now, once; what a benchmark is called with stands behind its name."""
    kept = call.keep(r"--(?:config|python|environment)=\S+|-E\S+", "E")
    chosen_python = any(word.startswith(("--python", "--environment", "-E")) for word in kept)
    python = [] if chosen_python else ["--python=same"]
    chosen = any_of(tests, r"^{}\b")
    return [*call.words("asv"), "run", *kept, *python, "--quick", "--bench", chosen]


def _zope(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    names = [word for t in tests for word in ("-t", f"\\b{escape(t.rpartition('.')[2])}\\b")]
    kept = call.keep(
        r"--(?:test-path|path|package|tests-pattern|layer|module)=\S+|-[smu]\S+", "smu"
    )
    return [*call.words("zope-testrunner"), *kept, *names]


# ---------------------------------------------------------------- what drives other tools

_TOX_FAILED = late(r"^\s*(?P<it>[\w.-]+): (?:FAIL code \d|exit -?\d)")
_NOX_FAILED = late(r"^nox > Session (?P<it>\S.*) (?:failed\.|aborted: )")
_HOOK = late(r"^- hook id: (?P<it>\S+)$")


def _tox(call: Call, _tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """The environments that failed; `run` is a word of version 4 alone."""
    failed = find_in_lines(findings, _TOX_FAILED)
    begun = call.rest and call.rest[0] in {"run", "r", "run-parallel", "p"}
    kept = call.keep(r"-c\S+|--conf=\S+", "c")
    run = ["run"] if begun else []
    return [*call.before, *run, *kept, "-e", ",".join(failed)] if failed and call.before else None


def _nox(call: Call, _tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    failed = find_in_lines(findings, _NOX_FAILED)
    kept = call.keep(r"-f\S+|--noxfile=\S+", "f")
    return [*call.before, *kept, "-s", *failed] if failed and call.before else None


def _pre_commit(call: Call, _tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """It takes one hook at a time."""
    hooks = find_in_lines(findings, _HOOK)
    if len(hooks) != 1 or not call.before:
        return None
    chosen = r"-[ac]\S*|--(?:all-files|(?:config|from-ref|to-ref|hook-stage)=\S+)"
    kept = call.keep(chosen, "c")
    return [*call.before, "run", hooks[0], *kept]


DRIVERS: dict[str, Maker] = {
    "tox": recipe(r"(?:.*/)?tox", _tox),
    "nox": recipe(r"(?:.*/)?nox", _nox),
    "pre-commit": recipe(r"(?:.*/)?pre-commit", _pre_commit),
}
"""Of what names no tests: environments, sessions and hooks stand in its lines."""

PYTHON_RUNNERS: dict[str, Maker] = {
    "behave": recipe(r"(?:.*/)?behave", _behave),
    "robot": recipe(r"(?:.*/)?(?:robot|robot\.run)", _robot),
    "avocado": recipe(r"(?:.*/)?avocado", _avocado),
    "asv": recipe(r"(?:.*/)?asv", _asv),
    "zope.testrunner": recipe(r"(?:.*/)?zope-testrunner", _zope),
    "stestr": recipe(
        r"(?:.*/)?stestr",
        lambda call, tests, _: [*call.words("stestr"), "run", "--no-discover", tests[0]],
    ),
}
