"""testthat, which packages of R are tested with: a paragraph per failure, headed by its place."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.patterns import late, linear
from bot.logs.formats.base import FormatResult, Hit, Rule, rule
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.log_metadata import LogMetadata

# 3.1 prints `Failure ('test-lid.R:1'): lid is shut`; reporters put rules around it. Of a test in
# one line it does not know the place: `Failure (???): lid is shut`.
_HEAD = linear(
    r"^(?:── (?:\d+\. )?)?(?:Failure|Error) \((?:\?\?\?|'"
    r"(?P<path>(?P<scope>[^':]+)):(?P<line>\d+)(?::\d+)?')\): "
    r"(?P<id>\S.*?)(?: ─+)?$"
)
# The reporter's line of a file: what failed in it stands below.
_FILE = linear(r"^✖ \|.*\| (?P<context>\S.*?)(?: \[[\d.]+\s?\w+\])?\s*$")


class Testthat(Runner):
    """A test is known by its file and its words."""

    suite = "testthat"
    verdicts = (
        verdict("Failure (", _HEAD, below=25),
        verdict("Error (", _HEAD, below=25),
    )
    closing = (
        sign("[ FAIL ", r"^\[ FAIL \d+ \| WARN \d+ \| SKIP \d+ \| PASS \d+ \]"),
        sign("══ DONE", r"^══ DONE ═+$"),  # the reporter called summary
    )
    more: ClassVar[tuple[Rule, ...]] = (
        rule("Maximum number of failures", r"^Maximum number of failures exceeded", "gave_up"),
    )
    stop = late(r"^\s*$|^(?:── .*)?(?:Failure|Error) \((?:'|\?)|^[─═]{2}|^\[ FAIL ")
    spelling = "{scope}: {id}"

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._gave_up = False

    def make_id(self, hit: Hit, match: re.Match[str]) -> str | None:
        """Without a place the file is the one that the reporter tells of above."""
        named = None if match["scope"] else self._find_file(hit)
        self.scope = f"test-{named}.R" if named else ""
        return super().make_id(hit, match)

    def _find_file(self, hit: Hit) -> str | None:
        return next((m["context"] for line in hit.above() if (m := _FILE.match(line.text))), None)

    def gave_up(self, _hit: Hit, _match: re.Match[str]) -> None:
        """After ten failures the other files are not run, and the closing line comes even so."""
        self._gave_up = True

    def finish(self) -> FormatResult | None:
        """The run is whole where it went through all files."""
        result = super().finish()
        if result is None or not self._gave_up:
            return result
        runs = tuple(replace(run, complete=False) for run in result.runs)
        return replace(result, runs=runs)
