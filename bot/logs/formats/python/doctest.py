"""Python's doctest, alone or in the middle of something else."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

# What Sphinx reads; the examples of a document may stand in a module's docstrings.
_TEXTS = frozenset({"rst", "md", "txt"})


class Doctest(Format):
    """doctest alone, or in the middle of something else."""

    suite = "doctest"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("Failed example:", r"^Failed example:$", "example"),
        rule("Document: ", r"^Document: (?P<name>\S+)$", "document"),
    )
    _PLACE = late(r'^File "(?P<path>.+)", line (?P<line>\d+), in (?P<id>\S+)$')
    _STOP = late(r"^\*{60,}$|^-{60,}$|^\d+ items? had failures")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._document: str | None = None  # of Sphinx

    def example(self, hit: Hit, _match: re.Match[str]) -> None:
        """An example that gave something else."""
        above = next(iter(hit.above(1)), None)
        place = self._PLACE.match(above.text) if above else None
        test = self._name(place) if place else None
        if above is None or place is None or test is None or test in self._tests:
            return
        body: list[LogLine] = []
        for line in hit.below(30):
            if self._STOP.match(line.text):
                break
            body.append(line)
        texts = [line.text.strip() for line in body if not line.is_blank]
        self._tests[test] = Finding(
            Kind.TEST_FAILURE,
            (above, hit.line, *body),
            " ".join(texts)[:200],
            test,
            location=make_location(place["path"], place["line"], self.facts.directory),
        )

    def document(self, _hit: Hit, match: re.Match[str]) -> None:
        """Sphinx names the groups within each document: most are called `default`."""
        self._document = match["name"]

    def _name(self, place: re.Match[str]) -> str:
        if self._document is None:
            return place["id"]
        ending = place["path"].rpartition(".")[2]
        return f"{self._document}.{ending if ending in _TEXTS else 'rst'}::{place['id']}"

    def finish(self) -> FormatResult | None:
        """The objects whose examples failed."""
        if not self._tests:
            return None
        run = TestRun(self.suite, complete=not self.facts.was_ended)
        return FormatResult(self.suite, tuple(self._tests.values()), (run,))
