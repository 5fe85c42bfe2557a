"""Autoconf's testsuites: one line per test, or with -v and in testsuite.log a paragraph."""

from __future__ import annotations

import re

from bot.core.patterns import late, linear
from bot.logs.formats.base import Hit
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.identifiers import make_test_id

_HEAD = late(r"^\d+\. \S+\.at:\d+: testing (?P<id>.+) \.\.\.$")
_WHERE = r"(?P<text>FAILED \((?P<path>\S+\.at):(?P<line>\d+)\))$"


class Autotest(Runner):
    """A test is known by its title: its number changes when one is added above."""

    suite = "autotest"
    verdicts = (
        verdict(" FAILED (", rf"^\s*\d+: (?P<id>.+?) {_WHERE}"),
        verdict(" UNEXPECTED PASS", r"^\s*\d+: (?P<id>.+?) (?P<text>UNEXPECTED PASS)$"),
        verdict(" FAILED (", rf"^\d+\. \S+\.at:\d+:  {_WHERE}", above=40),
        verdict(" UNEXPECTED PASS", r"^\d+\. \S+\.at:\d+:  (?P<text>UNEXPECTED PASS)$", above=40),
    )
    opening = (sign(" test suite", linear(r"^## .+ test suite(?:: .+)?\. ##$")),)
    closing = (
        sign(" were run,", r"^(?:ERROR: )?(?:All )?\d+ tests were run,"),
        sign(" was run,", r"^(?:ERROR: )?\d+ test was run,"),
        sign(" successful.", r"^(?:\d+ tests? (?:was|were)|All \d+ tests were) successful\."),
    )
    stop = late(r"^\s*$|^\d+\. \S+\.at:\d+: testing ")

    def make_id(self, hit: Hit, match: re.Match[str]) -> str | None:
        """Its title stands in the line, or heads the paragraph."""
        if "id" in match.groupdict():
            return make_test_id(match["id"])
        found = next((m for line in hit.above() if (m := _HEAD.match(line.text))), None)
        return make_test_id(found["id"]) if found else None
