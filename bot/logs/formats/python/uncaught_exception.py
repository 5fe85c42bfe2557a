"""Python programs that died of an exception, outside of any test runner."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, Weight, rule
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import CHAIN, parse_raised, parse_traceback

# What ends a program's output: the exception was the last that it said.
_END = late(
    r"^program finished|^make(?:\[\d+\])?: \*\*\*|^##\[error\]|^script returned|^ERROR: script"
    r"|^\s*\[end of output\]$|^error: Failed to build "
)
# Of an exception with several lines pip and uv say where its output ends.
_BOX_ENDS = late(r"^\s*\[end of output\]$|^error: Failed to build ")
# Exceptions that tell of the machine or the network, wherever they are raised.
_NOBODYS = late(
    r"^(?:MemoryError|(?:socket\.)?gaierror|(?:urllib\.error\.)?URLError|.*\[Errno 28\]"
    r"|(?:requests|urllib3)\.exceptions\.(?:ConnectionError|Timeout|ReadTimeout|MaxRetryError))"
)


class Python(Format):
    """A traceback on stderr. Programs print tracebacks and go on: it is a hint only."""

    suite = "python"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(
            "Traceback (most",
            r"^(?:\S.*|\s*\+ Exception Group )?Traceback \(most recent call last\):$",
            "traceback",
        ),
        rule("SyntaxError: ", r"^(?P<text>(?:Syntax|Indentation|Tab)Error: .+)$", "syntax"),
        rule("IndentationError: ", r"^(?P<text>(?:Syntax|Indentation|Tab)Error: .+)$", "syntax"),
        rule(
            ": No module named ", linear(r"^\S*python\S*: (?P<text>No module named .+)$"), "module"
        ),
        rule("can't open file", linear(r"^\S*python\S*: (?P<text>can't open file .+)$"), "module"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._last: Finding | None = None
        self._final: Finding | None = None  # with the end of the program right behind it

    def traceback(self, hit: Hit, _match: re.Match[str]) -> None:
        """Take it if it is not only the first of a chain."""
        body, after = _find_body(hit)
        raised = parse_traceback((hit.line, *body), self.facts.directory)
        if raised is None:
            return
        kind = Kind.INFRA if _NOBODYS.match(raised.message) else Kind.PYTHON_ERROR
        self._keep(
            Finding(
                kind,
                raised.lines,
                raised.message,
                None,
                raised.exception,
                raised.location,
                weight=Weight.HINT,
            ),
            after,
        )

    def syntax(self, hit: Hit, match: re.Match[str]) -> None:
        """Python could not even read a file: there is no traceback then."""
        above = [line for line in hit.above(4) if not line.is_blank][::-1]
        place = next((m for line in above if (m := _PLACE.match(line.text))), None)
        if place is None:
            return
        raised = parse_raised(match["text"])[0]
        location = make_location(place["path"], place["line"], self.facts.directory)
        finding = Finding(
            Kind.PYTHON_ERROR, (hit.line, *above), match["text"], None, raised, location
        )
        self._keep(replace(finding, weight=Weight.HINT), next(iter(hit.below(1)), None))

    def module(self, hit: Hit, match: re.Match[str]) -> None:
        """`python -m` or `python file` with a name that is not there."""
        self._keep(Finding(Kind.PYTHON_ERROR, (hit.line,), match["text"], weight=Weight.HINT), None)

    def _keep(self, finding: Finding, after: LogLine | None) -> None:
        self._last = finding
        if after is None or _END.match(after.text):
            self._final = finding

    def finish(self) -> FormatResult | None:
        """The one that ended the program, or the last."""
        finding = self._final or self._last
        if finding is None:
            return None
        if finding is not self._final:  # the program went on behind it
            finding = replace(finding, weight=Weight.NOISE)
        return FormatResult(self.suite, (finding,))


_PLACE = late(r'^\s+File "(?P<path>[^"]+)", line (?P<line>\d+)$')


def _find_body(hit: Hit) -> tuple[list[LogLine], LogLine | None]:
    """The lines of a traceback with its chain, and the line behind it."""
    body: list[LogLine] = []
    lines = list(hit.below(150))
    for n, line in enumerate(lines):
        indented = line.text[:1] in (" ", "\t")
        if body and not indented and not line.is_blank and parse_raised(line.text)[0]:
            body.append(line)
            rest = [more for more in lines[n + 1 : n + 20] if not more.is_blank]
            if rest and CHAIN.match(rest[0].text):
                continue
            box = next((more for more in rest if _BOX_ENDS.match(more.text)), None)
            return body, box or (rest[0] if rest else None)
        if not indented and not line.is_blank and not _is_part(line):
            return body, line
        body.append(line)
    return body, None


def _is_part(line: LogLine) -> bool:
    return bool(CHAIN.match(line.text) or line.text.startswith("Traceback (most"))
