"""PHPUnit, and the tests of PHP itself."""

from __future__ import annotations

import re

from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit, rule
from bot.logs.formats.runner import Runner, gather, sign, verdict
from bot.logs.lines import LogLine

_DATA = late(r'^(?P<name>\S+ with data set (?:"[^"]*"|#\d+)).*$')
_FAILING = linear(r"\d+ (?:PHPUnit )?(?:test runner )?(?:errors?|failures?)$")
_NEXT_HEADING = late(r"^There w")
# Of one failure; below its place nothing is told of it.
_LINES = 40


_HEAD = late(r"^\d+\) (?P<id>[A-Z][\w\\]*::\w+.*)$")
_PLACE = r"^(?P<path>(?:/|[A-Z]:\\)\S*\.php):(?P<line>\d+)$"


class PhpUnit(Runner):
    """PHPUnit's paragraphs, under the heading of what they are.

    Their heads (`1) CaseTest::testIt`) hold no needle: with an expression for them Hyperscan takes
    a quarter more time for any log. The first ones are found below the heading, the others by the
    place that each failure ends with.
    """

    suite = "phpunit"
    scopes = (
        sign("There was ", r"^There was (?P<scope>\d+ .+):$"),
        sign("There were ", r"^There were (?P<scope>\d+ .+):$"),
    )
    closing = (
        sign("Tests: ", r"^Tests: \d+, Assertions: \d+"),
        sign("OK (", r"^OK \(\d+ tests?, \d+ assertions?\)"),
    )
    seeds = (sign("Random Seed:", r"^Random Seed:\s+(?P<seed>\d+)"),)
    more = (rule(".php:", _PLACE, "located"),)
    stop = late(r"^\d+\) |^--$|^(?:FAILURES|ERRORS)!|^There w")
    place = late(_PLACE)

    def entered(self, hit: Hit, match: re.Match[str]) -> None:
        """A heading, and the failures below it."""
        super().entered(hit, match)
        below = gather(hit.below(), _NEXT_HEADING)
        for n, line in enumerate(below):
            self._add_paragraph(line, below[n + 1 :])

    def located(self, hit: Hit, _match: re.Match[str]) -> None:
        """The place of a failure, whose head stands above."""
        above = [hit.line]
        for line in hit.above():
            if self.stop.search(line.text):
                self._add_paragraph(line, above[::-1])
                return
            above.append(line)

    def _add_paragraph(self, head: LogLine, below: list[LogLine]) -> None:
        found = _HEAD.match(head.text)
        # Skipped, risky and incomplete tests did not fail.
        if found and _FAILING.search(self.scope):
            data = _DATA.match(found["id"])
            test = data["name"] if data else found["id"].split(" (", 1)[0]
            self.add(self.make(head, {}, [], gather(below, self.stop)[:_LINES], test))


class Testdox(Runner):
    """PHPUnit's testdox: a class, and below it what its tests say, crossed where it is not so."""

    __test__ = False  # not a pytest class

    suite = "phpunit-testdox"
    verdicts = (verdict("/✘/", r"^ ✘ (?P<id>\S.*?)(?: \[[\d.]+ m?s\])?$", below=8),)
    opening = (sign("PHPUnit ", r"^PHPUnit [\d.]+ by "),)
    stop = late(r"^ [✔✘☢↩∅⚠] |^\s*$")
    cause = late(r"^\s+│ (?P<text>\S.*)$")
    place = late(r"^\s+│ (?P<path>/\S+\.php):(?P<line>\d+)$")
    spelling = "{scope} > {id}"
    _CLASS = late(r"^\S.* \((?P<scope>[\w\\]+)\)$")

    def make_id(self, hit: Hit, match: re.Match[str]) -> str | None:
        """With the class above."""
        found = next((m for line in hit.above() if (m := self._CLASS.match(line.text))), None)
        self.scope = found["scope"] if found else self.scope
        return super().make_id(hit, match)


class Phpt(Runner):
    """PHP's own tests: a title and a file, and above them the difference where it is shown."""

    suite = "phpt"
    verdicts = (
        verdict(
            ".phpt]",
            r"^(?:FAIL(?:ED)?|LEAK|BORK) (?P<text>.*) \[(?P<id>[^\]\s]+\.phpt)\]",
            above=40,
        ),
    )
    closing = (sign("Number of tests", r"^Number of tests :"),)
    stop = late(r"^(?:TEST \d|(?:PASS|FAIL|SKIP|XFAIL|WARN|BORK|LEAK)\b|={9,}$)")
    cause = late(r"^(?P<text>\d+[-+] .*)$")
    message_lines = 2

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """The difference tells more than the title."""
        _, difference, _ = self._find_cause(above)
        return super().make(head, {**groups, "text": difference or groups["text"]}, above, below,
                            test)  # fmt: skip


PHP_RUNNERS = (Testdox, Phpt)
