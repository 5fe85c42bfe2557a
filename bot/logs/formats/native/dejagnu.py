"""DejaGnu's runtest: GCC, GDB, binutils, and whoever writes like them."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, FormatResult, Hit
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.identifiers import make_test_id

# GCC and GDB write the file into the name; elsewhere it stands only in the line above.
_HOLDS_FILE = late(r"^[\w.+-]+(?:/[\w.+-]+)+(?:[\s:]|$)")
_TREE = late(r"^(?:.*/)?testsuite/(?=.)")
# What is in brackets at the end is no part of a name in DejaGnu, but a remark about this run.
_REMARK = linear(r"\s*\((?:timeout|eof|PRMS[^()]*|GDB internal error|the program exited)\)$")
_ICE = late(r"\(internal compiler error: [^()]*\)")


class DejaGnu(Runner):
    """`FAIL: name` below `Running …/file.exp ...`."""

    suite = "dejagnu"
    verdicts = (
        *(verdict(f"{state}: ", rf"^(?P<state>{state}): (?P<id>\S.*)$", above=4)
          for state in ("FAIL", "XPASS", "KPASS", "UNRESOLVED")),
        verdict("ERROR: tcl error", r"^ERROR: tcl error sourcing (?P<id>\S+\.exp)\.$", below=12),
    )  # fmt: skip
    scopes = (sign("Running ", r"^Running (?P<scope>\S+\.exp) \.\.\.$"),)
    opening = (sign("Schedule of", r"^Schedule of variations:$"),)
    closing = (sign(" Summary ===", r"^\s*=== \S.* Summary ===$"),)
    stop = late(r"^(?:Running |X?FAIL: |X?PASS: |KFAIL: |UN\w+: |\s*===|\s*$)")
    cause = late(r"^ERROR: (?!tcl error)(?P<text>.+)$")
    spelling = "{scope}: {id}"
    absorbs = ("process", "automake")

    def make_id(self, _hit: Hit, match: re.Match[str]) -> str | None:
        """With the file, unless the name holds it."""
        if "state" not in match.groupdict():
            return self._make_file(match["id"])
        name = _ICE.sub("(internal compiler error)", _REMARK.sub("", match["id"]))
        name = make_test_id(name, self.facts.directory)
        if _HOLDS_FILE.match(name) or not self.scope:
            return name
        return f"{self._make_file(self.scope)}: {name}"

    def _make_file(self, path: str) -> str:
        return make_test_id(_TREE.sub("", path), self.facts.directory)

    def finish(self) -> FormatResult | None:
        """What could not be told is a consequence where something failed."""
        failed = [t for t, f in self.tests.items() if not f.message.startswith("UNRESOLVED: ")]
        if failed:
            self.tests = {test: self.tests[test] for test in failed}
        return super().finish()

    def add(self, finding: Finding) -> None:
        """That the program ran out of time is said in a line of its own above."""
        said = finding.lines[0].text, *(line.text for line in finding.lines[-3:])
        if any(re.search(r"\(timeout\)$|^WARNING: program timed out", text) for text in said):
            finding = replace(finding, kind=Kind.TIMEOUT)
        elif finding.kind is Kind.CRASH and "internal compiler error" in (finding.test or ""):
            finding = replace(finding, kind=Kind.TEST_FAILURE)
        super().add(replace(finding, message=self._choose_message(finding)))

    def _choose_message(self, finding: Finding) -> str:
        """DejaGnu says that it failed, and seldom why."""
        head = next(line for line in finding.lines if re.match(r"^\w+: ", line.text))
        return finding.message if head.text.startswith("ERROR: ") else head.text
