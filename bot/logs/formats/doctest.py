"""Python's doctest, alone or in the middle of something else."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Format, Hit, Outcome, Rule, rule
from bot.logs.ids import make_location
from bot.logs.lines import Line


class Doctest(Format):
    """doctest alone, or in the middle of something else."""

    suite = "doctest"
    rules: ClassVar[tuple[Rule, ...]] = (rule("Failed example:", r"^Failed example:$", "example"),)
    _PLACE = re.compile(r'^File "(?P<path>.+)", line (?P<line>\d+), in (?P<id>\S+)$')
    _STOP = re.compile(r"^\*{60,}$|^-{60,}$|^\d+ items? had failures")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}

    def example(self, hit: Hit, _match: re.Match[str]) -> None:
        """An example that gave something else."""
        above = next(iter(hit.above(1)), None)
        place = self._PLACE.match(above.text) if above else None
        if above is None or place is None or place["id"] in self._tests:
            return
        body: list[Line] = []
        for line in hit.below(30):
            if self._STOP.match(line.text):
                break
            body.append(line)
        texts = [line.text.strip() for line in body if not line.is_blank]
        self._tests[place["id"]] = Finding(
            Kind.TEST_FAILURE,
            (above, hit.line, *body),
            " ".join(texts)[:200],
            place["id"],
            location=make_location(place["path"], place["line"], self.facts.directory),
        )

    def finish(self) -> Outcome | None:
        """The objects whose examples failed."""
        if not self._tests:
            return None
        run = TestRun(self.suite, complete=not self.facts.was_ended)
        return Outcome(self.suite, tuple(self._tests.values()), (run,))
