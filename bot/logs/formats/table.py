"""Formats that need no state: a table of diagnostics, one row per sort of line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import Source, late
from bot.logs.formats.base import Finding, Format, Hit, Rule, Weight
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A line that says what is wrong.

    Of `pattern` the groups `path` and `line` give the place and `text` the message, where they
    exist. Up to `below` lines that match `belongs` are taken with it, and `above` lines before.
    """

    suite: str
    kind: Kind
    needle: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    weight: Weight
    below: int
    belongs: re.Pattern[str]
    above: int
    exception: str | None


_NOT_BLANK = late(r"\S")


def row(
    suite: str,
    kind: Kind,
    needle: str,
    pattern: Source,
    *,
    unless: Source | None = None,
    weight: Weight = Weight.CAUSE,
    below: int = 0,
    belongs: re.Pattern[str] = _NOT_BLANK,
    above: int = 0,
    exception: str | None = None,
) -> Diagnostic:
    """A `Diagnostic`; sources of patterns are compiled at first use."""
    but = late(unless) if unless else None
    what = late(pattern)
    return Diagnostic(suite, kind, needle, what, but, weight, below, belongs, above, exception)


class Table(Format):
    """A format that is only a table."""

    table: ClassVar[tuple[Diagnostic, ...]]

    def __init_subclass__(cls) -> None:
        """The rules follow from the table."""
        cls._rows = {Rule(d.needle, d.pattern, "diagnose"): d for d in cls.table}
        cls.rules = tuple(cls._rows)

    _rows: ClassVar[dict[Rule, Diagnostic]]

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._seen: set[tuple[str, str | None]] = set()

    def diagnose(self, hit: Hit, match: re.Match[str]) -> None:
        """One row applies; the same words of the same place count once."""
        entry = self._rows[hit.rule]
        if entry.unless and entry.unless.search(hit.line.text):
            return
        finding = self.make(entry, hit, match)
        mark = (finding.message, finding.location)
        if mark not in self._seen:
            self._seen.add(mark)
            self.findings.append(finding)

    def make(self, entry: Diagnostic, hit: Hit, match: re.Match[str]) -> Finding:
        """The finding of one row."""
        groups = match.groupdict()
        path = groups.get("path")
        above = _find_above(entry, hit)
        # What a wrapper wraps stands before it; a verdict goes before what led to it.
        wraps = entry.weight is Weight.WRAPPER
        head = (*above, hit.line) if wraps else (hit.line, *above)
        place = make_location(path, groups.get("line"), self.facts.directory) if path else None
        return Finding(
            entry.kind,
            (*head, *_find_below(entry, hit)),
            (_find_wrapped(above) if wraps else None)
            or groups.get("text")
            or hit.line.text.strip(),
            None,
            entry.exception,
            place,
            weight=entry.weight,
            suite=entry.suite,
        )


# Of what drives other tools: it says that something failed, not what.
_DRIVER = late(
    r"^(?:\S*/)?(?:\w{1,3}|mingw32-)?make(?:\.exe)?(?:\[\d+\])?: |^ninja: |^\[\d+/\d+\] "
    r"|^FAILED: |^[\s~^]*$"
)


def _find_wrapped(above: list[LogLine]) -> str | None:
    """What a tool said last before its driver gave up: a wrapper's own words are any failure's."""
    said = (line.text.strip() for line in reversed(above) if not _DRIVER.match(line.text))
    return next(said, None)


def _find_below(entry: Diagnostic, hit: Hit) -> list[LogLine]:
    taken: list[LogLine] = []
    if entry.below:
        for line in hit.below(entry.below):
            if line.is_workers or not entry.belongs.search(line.text):
                break
            taken.append(line)
    return taken


def _find_above(entry: Diagnostic, hit: Hit) -> list[LogLine]:
    taken: list[LogLine] = []
    if entry.above:
        for line in hit.above(entry.above):
            if line.is_blank or line.is_workers:
                break
            taken.append(line)
    return taken[::-1]
