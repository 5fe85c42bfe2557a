"""A command that a person can paste to see the failure again.

Input: the failures of a log and what is known of how they came about. Output: one line of shell,
and a note where a command alone does not do it. Names come from logs, so they are always quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from bot.logs.formats.base import Finding
from bot.logs.rerun import native
from bot.logs.rerun.python import make_pytest, make_regrtest, make_trial, make_unittest
from bot.logs.rerun.python_runners import DRIVERS, PYTHON_RUNNERS
from bot.logs.rerun.scripts import SCRIPTS
from bot.logs.rerun.shell import is_name, make_one_line
from bot.logs.rerun.suites import SUITES

# More tests than this on one line are no help; the first ones show how.
_MAX_TESTS = 5

ORDER_RECIPE = (
    "It passed when it was run again alone. To see whether it depends on the tests before it, "
    "give this log to `nightswatch bisect-order`: it names them, and finds those that do it by "
    "running fewer and fewer. Within one file `-m test.bisect_cmd` does the same for its methods."
)


def make_reproduce(
    suite: str,
    findings: Sequence[Finding],
    command: str | None,
    seed: str | None,
    template: str | None = None,
) -> str | None:
    """The command for the failures of one suite, always one line; None where none is known.

    `template` is a project's own, for a runner that only it knows.
    """
    named = dict.fromkeys(finding.test for finding in findings if finding.test)
    tests = [test for test in named if is_name(test)][:_MAX_TESTS]
    if template and tests and (seed or "{seed}" not in template):
        ids = [quote(test) for test in tests]
        return template.format(id=ids[0], ids=" ".join(ids), seed=quote(seed or ""))
    maker = _MAKERS.get(suite) if tests else DRIVERS.get(suite)
    made = maker(tests, findings, command or "", seed) if maker else None
    return made or (make_one_line(command) if command else None)


def make_note(suite: str, findings: Sequence[Finding]) -> str | None:
    """What a person should try where a command alone may not show it."""
    alone = suite == "regrtest" and any(finding.passed_on_rerun for finding in findings)
    return ORDER_RECIPE if alone else None


_MAKERS: dict[str, native.Maker] = {
    "regrtest": make_regrtest,
    "unittest": make_unittest,
    "subunit": make_unittest,
    "pytest": make_pytest,
    "trial": make_trial,
    "lit": native.make_lit,
    "ctest": native.make_ctest,
    "gtest": native.make_gtest,
    "boost.test": native.make_boost,
    "go": native.make_go,
    "cargo": native.make_cargo,
    "jest": native.make_jest,
    "vitest": native.make_vitest,
    "mocha": native.make_mocha,
    "automake": native.make_automake,
    "maven": native.make_maven,
    "gradle": native.make_gradle,
    "meson": native.make_meson,
    **SUITES,
    **SCRIPTS,
    **PYTHON_RUNNERS,
}

OWN_LINES = frozenset(_MAKERS)
"""The suites of which the failed tests can be run alone."""
