"""Test runners for programs of the shell, Tcl, Lisp, Lua and OCaml."""

from __future__ import annotations

from bot.core.patterns import linear
from bot.logs.formats.runner import make_runner, sign, verdict
from bot.logs.formats.shell.alcotest import Alcotest

SHELL_RUNNERS = (
    make_runner(
        "bats",
        verdict(" ✗ ", linear(r".*? ✗ (?P<id>.+?)(?: \[[\d.]+m?s?\])?$"), below=15),
        closing=(sign(" tests, ", r"^\d+ tests?, \d+ failures?"),),
        closes_like_others=True,
        stop=linear(r" ✓ | ✗ |^\s*$|^\d+ tests?, | - .* \(skipped"),
        cause=r"^\s+(?P<text>\S.* failed(?: with status \d+)?)$",
    ),
    make_runner(
        "tcltest",
        verdict("==== ", r"^==== (?P<id>\S+) .* FAILED$", below=30),
        closing=(sign("\tTotal\t", r"^\S+:\tTotal\t\d+\tPassed\t\d+"),),
        stop=r"^==== \S+ FAILED$",
        cause=r"^---- (?:Result was:$|errorInfo: (?P<text>.+)$)",
    ),
    make_runner(
        "ert",
        verdict(" FAILED ", r"^\s+FAILED\s+\d+/\d+  (?P<id>\S+) \([\d.]+ sec\)", above=25),
        verdict("FAILED  ", r"^\s+FAILED\s+(?P<id>[^\s/\d]\S*)(?:  \(.*\))?$"),
        closing=(sign("results as expected", r"^Ran \d+ tests?, \d+ results? as expected"),),
        stop=r"^\s+(?:passed|FAILED|skipped)\s+\d+/\d+ |^Running \d+ tests",
        cause=r"^Test \S+ condition:$",
        message_lines=8,  # of a form that is printed with one word on a line
    ),
    Alcotest,
)
