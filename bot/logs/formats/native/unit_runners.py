"""Frameworks of unit tests in C and C++ that a few lines describe."""

from __future__ import annotations

from bot.logs.formats.native.qttest import QtTest
from bot.logs.formats.runner import make_runner, sign, verdict

_CHECK = r"^(?P<path>[^\s:]+):(?P<line>\d+):[FE]:(?P<scope>[^:]+):(?P<id>\w+):-?\d+: (?P<text>.+)$"

UNIT_RUNNERS = (
    make_runner(
        "check",
        verdict(":F:", _CHECK),
        verdict(":E:", _CHECK),
        closing=(sign(": Checks: ", r"^\d+%: Checks: \d+, Failures: \d+"),),
        spelling="{scope}:{id}",
    ),
    make_runner(
        "cmocka",
        verdict("[  FAILED  ] ", r"^\[  FAILED  \] (?P<id>\w+)$", above=60),
        opening=(sign("[==========] ", r"^\[==========\] (?:\S+: )?Running \d+ test\(s\)\."),),
        closing=(sign("[==========] ", r"^\[==========\] (?:\S+: )?\d+ test\(s\) run\."),),
        stop=r"^\[(?: RUN      |       OK |  FAILED  |  PASSED  |  SKIPPED |==========)\]",
        cause=r"^\[  ERROR   \] (?:--- )?(?P<text>.*\w.*)$",
        place=r"^\[   LINE   \] --- (?P<path>[^\s:]+):(?P<line>\d+): ",
    ),
    make_runner(
        "cunit",
        verdict("...FAILED", r"^\s+Test: (?P<id>.+?) ?\.\.\. ?FAILED$", below=20),
        scopes=(sign("Suite: ", r"^Suite: (?P<scope>\S.*)$"),),
        closing=(sign("Run Summary:", r"^Run Summary:\s+Type\s+Total"),),
        stop=r"^\s+Test: |^Suite: |^\s*$",
        cause=r"^\s+\d+\. (?P<path>[^\s:]+):(?P<line>\d+)\s+- (?P<text>.+)$",
        spelling="{scope}: {id}",
    ),
    make_runner(
        "cppunit",
        verdict(
            ") test: ",
            r"^\d+\) test: (?P<id>.+?) \([FE]\)(?: line: (?P<line>\d+) (?P<path>\S+))?\s*$",
            below=12,
        ),
        verdict("Test name: ", r"^Test name: (?P<id>\S+)$", above=1, below=12),
        closing=(sign("Run: ", r"^Run:\s+\d+\s+Failure(?:s| total):"),),
        stop=r"^\s*$|^\d+\) test: ",
        message_lines=3,
        place=r"^(?P<path>[^\s:]+):(?P<line>\d+):(?:Assertion|Error)$",
    ),
    make_runner(
        "criterion",
        verdict(
            "FAIL", r"^\[FAIL\] (?P<id>\w\S*::[^\s:]+): ?(?P<text>CRASH!|Timed out)?", above=20
        ),
        closing=(sign("Synthesis: ", r"^\[====\] Synthesis: Tested: \d+"),),
        stop=r"^\[(?:RUN |PASS|FAIL|SKIP|====|OK  )\]",
        cause=r"^\[----\]   (?P<text>\S.*)$",
        place=r"^\[----\] (?P<path>[^\s:]+):(?P<line>\d+): ",
    ),
    make_runner(
        "glib",
        verdict(
            "ERROR:",
            r"^(?:Bail out! )?(?:[\w.-]+:)?ERROR:(?P<path>[^\s:]+):(?P<line>\d+):(?P<id>\w+): "
            r"(?P<text>.+)$",
        ),
    ),
    QtTest,
)
