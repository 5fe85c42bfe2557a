"""Boost.Test."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.identifiers import make_location
from bot.logs.log_metadata import LogMetadata


class Boost(Format):
    """Boost.Test."""

    suite = "boost.test"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule('error: in "',
            r'^(?P<path>.+?)\((?P<line>\d+)\): (?:fatal )?error: in "(?P<id>[^"]+)": (?P<text>.*)$',
            "error"),
        rule("failures are detected", r"^\*\*\* \d+ failures? (?:is|are) detected", "footer"),
        rule("failure is detected", r"^\*\*\* \d+ failures? (?:is|are) detected", "footer"),
        rule("shuffled using seed", r"order is shuffled using seed: (\d+)", "random_seed"),
    )  # fmt: skip

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False
        self._seed: str | None = None

    def error(self, hit: Hit, match: re.Match[str]) -> None:
        """A check that failed, or an exception."""
        known = self._tests.get(match["id"])
        if known:
            return
        known_place = match["path"] != "unknown location"
        place = make_location(match["path"], match["line"], self.facts.directory)
        crash = "memory access violation" in match["text"] or "signal: SIG" in match["text"]
        kind = Kind.CRASH if crash else Kind.TEST_FAILURE
        self._tests[match["id"]] = Finding(
            kind, (hit.line,), match["text"], match["id"], location=place if known_place else None
        )

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --random."""
        self._seed = match[1]

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> FormatResult | None:
        """The tests that did not pass."""
        if not self._tests:
            return None
        run = TestRun(self.suite, self._ended)
        findings = tuple(self._tests.values())
        return FormatResult(self.suite, findings, (run,), seed=self._seed)
