"""Catch2 and doctest: a heading with the test case, and the checks that failed below."""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.formats.base import Finding, Hit, rule
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.identifiers import make_test_id
from bot.logs.lines import LogLine

_RULE = late(r"^-{70,}$")
_DOTS = late(r"^\.{70,}$")


class Catch2(Runner):
    """Catch2: names stand between two rules, sections indented below them."""

    suite = "catch2"
    verdicts = (
        verdict(": FAILED:", r"^(?P<path>\S.*?):(?P<line>\d+): FAILED:$", below=14),
        verdict("): FAILED:", r"^(?P<path>\S.*?)\((?P<line>\d+)\): FAILED:$", below=14),
    )
    opening = (sign(" host application.", r" is a Catch\w* v[\d.]+ host application\.$"),)
    closing = (
        sign("test cases: ", r"^test cases:\s+\d+ \|"),
        sign("All tests passed", r"^All tests passed \(\d+ assertions? in \d+ test cases?\)"),
    )
    seeds = (sign("Randomness seeded", r"^Randomness seeded to: (?P<seed>\d+)"),)
    stop = late(r"^-{70,}$|^={70,}$|^\S+:\d+: (?:FAILED|PASSED|warning):$")

    def make_id(self, hit: Hit, _match: re.Match[str]) -> str | None:
        """The nearest heading above; later checks of one test case have none of their own."""
        above = iter(hit.above())
        for line in above:
            if _DOTS.match(line.text):
                break
        heads: list[str] = []
        rules = 0
        for line in above:
            rules += bool(_RULE.match(line.text))
            if rules == 2:
                break
            if rules == 1 and not _RULE.match(line.text):
                heads.append(line.text)
        # A name that is longer than the line goes on in the next; sections are indented.
        names = [text for text in heads[::-1] if text[:1].strip()]
        self.scope = make_test_id(" ".join(names)) or self.scope
        return self.scope or None

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """What was checked, and what came of it."""
        texts = [line.text.strip() for line in below if not line.is_blank]
        return super().make(head, {**groups, "text": "; ".join(texts[:4])}, above, below, test)


class Doctest(Runner):
    """doctest: checks that may fail are printed like others; the last line tells."""

    suite = "doctest-cpp"
    verdicts = (
        verdict(" ERROR: ", r"^(?P<path>\S.*?):(?P<line>\d+): (?:FATAL )?ERROR: (?P<text>.+)$",
                below=4),
        verdict(" ERROR: ", r"^(?P<path>\S.*?)\((?P<line>\d+)\): (?:FATAL )?ERROR: (?P<text>.+)$",
                below=4),
    )  # fmt: skip
    opening = (sign("[doctest] ", r"^\[doctest\] doctest version is"),)
    closing = (sign("[doctest] Status", r"^\[doctest\] Status: (?P<status>\w+)!"),)
    stop = late(r"^={70,}$|^\s*$|^\S+:\d+: ")
    more = (
        rule("ing it as not failed", r"^(?:Allowed to fail|Failed as expected) so mark", "allowed"),
        rule("ing it as not failed", r"^Failed exactly \d+ times as expected so mark", "allowed"),
    )
    _CASE = late(r"^TEST CASE:  (?P<id>.+)$")

    def closed(self, hit: Hit, match: re.Match[str]) -> None:
        """Where the run is a success, what failed was allowed to."""
        super().closed(hit, match)
        if match["status"] == "SUCCESS":
            self.tests.clear()

    def allowed(self, hit: Hit, match: re.Match[str]) -> None:
        """What the test case above was expected to do."""
        self.tests.pop(self.make_id(hit, match) or "", None)

    def make_id(self, hit: Hit, _match: re.Match[str]) -> str | None:
        """The test case's heading above."""
        found = next((m for line in hit.above() if (m := self._CASE.match(line.text))), None)
        self.scope = make_test_id(found["id"]) if found else self.scope
        return self.scope or None
