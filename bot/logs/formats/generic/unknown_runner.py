"""A test runner that nobody knows: names that stand next to a word of failure.

It is asked last: where any runner is known, what this one guesses counts nowhere. That tests
failed at all it tells even so, for then nothing that they print is the machine's fault.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.runner import find_kind, gather
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_WORD = r"(?:FAIL(?:ED|URE)?|NOT OK|not ok|KO|BROKEN|XPASS)"
_BEFORE = late(
    rf"^\s{{0,40}}[\[(<]?\s{{0,4}}(?:{_WORD}|Failure(?: in)?|Failed(?: tests?| in)?(?=:))"
    r"(?![\w/.=])\s{0,4}[\])>]?\s{0,4}(?:[:|-]|\d+ -)?\s{1,20}(?P<id>[^\s(=].*)$"
)
_BEHIND = late(
    rf"(?:\.\.|…|:|->|=>|→| -|\||\s\s|\t)\s{{0,40}}[\[(]?\s{{0,4}}(?:{_WORD}"
    r"|failed(?! to\b| with (?:result|exit))|broken|[✗✘✖✕❌])(?![\w/=-])[\])]?(?P<text>.*)$"
)
_CROSS = late(r"^\s{0,40}(?:\d+[.)] )?[✗✘✖✕❌×]\s{0,4}(?:\[fail\]: )?(?P<id>\S.*)$")
_COUNT = (
    r"[1-9]\d* (?:tests? |examples? |checks? |assertions? |specs? |cases? )?"
    r"(?:failed|failures?|FAILED)"
)
# A name is no count, no file of a build, no sentence of a tool.
_NO_NAME = late(
    r"^\W{0,9}(?:(?:error|warning|fatal|note|info|debug|status|result|failed|caused by)\W{0,9}$"
    r"|\d[\d /.,%]{0,20}(?:of|tests?|failed|passed)?\W{0,9}$"
    r"|(?:tests?|examples?|checks?|specs?|cases?|assertions?|failures?|errors?|results?|summary"
    r"|total)\b ?[:=(]|\w{1,40}=\d|to \w|with |because )"
    r"|\d\b[^a-zA-Z]{0,20}(?:[Pp]assed|[Ff]ailed|[Ss]kipped|[Tt]otal|[Ee]rrors?|ok)\b"
    r"|did not run successfully|^\W{0,9}Encountered error while |\bproblems?\b \("
    r"|^\S{1,200}\.(?:o|obj|so|a|lib|dll|exe|stamp|d|rlib|gch|pch)(?:\s|$)"
)
_EXPECTED = late(r"\bexpected(?:ly)? fail|\bas expected|known (?:bug|failure)|\bignored\b")
# What tools are doing that are no tests; wget says `Connecting to … failed`.
_WORK = late(
    r"^\s{0,40}(?:(?!Test|Runn|Check)[A-Z]\w{1,30}ing\b|make(?:\[|:)|ninja: |\+ |\$ |> |-- "
    r"|[EW]: |\w{1,30}: \*\*\*|nox > |[\w.-]{1,60}: FAIL (?:code |✖))"
)
_DETAIL = late(r": | - | -- |; | \(")
_PLACE = late(r"^(?P<path>[^\s:]+):(?P<line>\d+)(?::\d+)?$")
# Places and times behind a name.
_TRAIL = late(r"\s(?:[^\s:]+:\d+(?::\d+)?|\d+ failed of \d.*|[\d.]+ ?m?s)$")
_VALUES = late(r"\d|expected|got |error|exception|assert|time")
_OTHER = late(
    rf"^\s*$|^\s{{0,40}}[\[(]?\s{{0,4}}(?:ok|OK|PASS(?:ED)?|SKIP(?:PED)?|{_WORD})\b"
    rf"|(?:\.\.|:|->)\s{{0,40}}(?:ok|OK|passed|PASS(?:ED)?|done|yes|skipped|SKIP|{_WORD})\b"
    r"|^\s{0,40}[✓✔✗✘✖]"
)
_TELLING = late(
    r"(?i)\b(?:assert|error|expected|panic|exception|mismatch|differ)|!=|^\s{0,40}[\w./+-]+:\d+:"
)
_COMMAND = late(r"^(?:cd |: &&|/|\S+ .*\s-\w)")
# A guess that names hundreds of tests is a guess at something else.
_MOST = 500
# Longer than any name; a dump that holds the word is one of thousands of letters.
_LONGEST = 160
# Nobody writes a name and a verdict further out.
_WIDTH = 300


class UnknownRunner(Format):
    """Names next to FAIL, not ok, crosses, Failure."""

    suite = "generic"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("FAIL", r"FAIL", "meet"),
        rule("not ok", r"not ok", "meet"),
        rule("NOT OK", r"NOT OK", "meet"),
        rule("Failure", r"Failure", "meet"),
        rule("Failed", r"Failed", "meet"),
        *(rule(f"{before}failed", r"failed", "meet") for before in ("..", ".. ", ": ", "-> ")),
        *(rule(f"/{cross}/", cross, "meet") for cross in ("✗", "✘", "✖", "✕", "❌", "× ")),
        rule(f"/{_COUNT}/", linear(_COUNT), "count"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._counted = False

    def count(self, hit: Hit, _match: re.Match[str]) -> None:
        """A tool's closing line says that tests failed."""
        self._counted = self._counted or not _WORK.match(hit.line.text)

    def meet(self, hit: Hit, _match: re.Match[str]) -> None:
        """A word of failure: perhaps with a name."""
        text = hit.line.text[:_WIDTH]
        if hit.line.is_workers or hit.line.number <= self.facts.header_end or _WORK.match(text):
            return
        if _EXPECTED.search(text):
            return
        named = _find_name(text)
        if named is None or (text.startswith("FAILED: ") and _is_ninjas(hit)):
            return
        test = make_test_id(_TRAIL.sub("", named[0]), self.facts.directory)
        if 0 < len(test) <= _LONGEST and test not in self._tests and len(self._tests) < _MOST:
            finding = _make(hit, test, named[1])
            place = _PLACE.match(test)
            if place:  # a check, of a test that is not named
                location = make_location(place["path"], place["line"], self.facts.directory)
                finding = replace(finding, test=None, location=location)
            self._tests[test] = finding

    def finish(self) -> FormatResult | None:
        """The names; a guess is told as one."""
        if not self._tests and not self._counted:
            return None
        note = (
            "no known test runner wrote this log: the names are guessed by the words next to them"
        )
        return FormatResult(
            self.suite,
            tuple(self._tests.values()),
            notes=(note,) if self._tests else (),
            is_guess=True,
        )


def _find_name(text: str) -> tuple[str, str] | None:
    """(name, what is said besides) of a line with a word of failure."""
    found = _BEFORE.match(text) or _CROSS.match(text)
    if found:
        name, said = found["id"], ""
    else:
        behind = _BEHIND.search(text)
        if behind is None:
            return None
        name, said = text[: behind.start()].strip().rstrip(".:-| "), behind["text"].strip(" :-()")
    detail = next((m for m in _DETAIL.finditer(name) if _VALUES.search(name, m.end())), None)
    if detail and detail.start() > 0:
        name, said = name[: detail.start()], name[detail.end() :].rstrip(")") or said
    return None if _NO_NAME.search(name) or not re.search(r"[^\W\d]", name) else (name, said)


def _is_ninjas(hit: Hit) -> bool:
    return any(_COMMAND.match(line.text) for line in hit.below(1))


def _make(hit: Hit, test: str, said: str) -> Finding:
    below = [line for line in gather(hit.below(12), _OTHER) if line.text[:1].isspace()]
    above = [] if below else gather(hit.above(8), _OTHER)[::-1]
    block = _drop_header([*above, *below], hit)
    why = next((line for line in block if _TELLING.search(line.text)), None)
    why = why or (block[0] if below else block[-1]) if block else None
    message = said or (why.text.strip() if why else hit.line.text.strip())
    lines = dict.fromkeys((hit.line, *((why,) if why else ()), *block))
    return Finding(_find_kind(hit.line, message), tuple(lines), message, test)


def _drop_header(block: list[LogLine], hit: Hit) -> list[LogLine]:
    """Of what stands around, nothing that is make's or the worker's."""
    return [line for line in block if not (_WORK.match(line.text) or line is hit.line)]


def _find_kind(line: LogLine, message: str) -> Kind:
    return find_kind(f"{line.text} {message}")
