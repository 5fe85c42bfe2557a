"""What other CI systems write around a command: GitHub Actions, Jenkins, GitLab."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, Hit, Rule, Weight, rule
from bot.logs.log_metadata import TAIL


class ContinuousIntegration(Format):
    """Commands and exit codes."""

    suite = "ci"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("##[group]Run ", r"^##\[group\]Run (?P<command>.+)$", "command"),
        rule("Z] + ", r"^\+ (?P<command>\S.*)$", "trace"),
        rule("completed with exit", r"^##\[error\]Process completed with exit code (?P<code>\d+)",
            "exit_code"),
        rule("returned exit code", r"script returned exit code (?P<code>\d+)", "exit_code"),
        rule("Job failed: exit", r"^ERROR: Job failed: exit (?:code|status) (?P<code>\d+)",
            "exit_code"),
        rule("Timeout has been exc", r"^(?:Cancelling|Timeout has been exceeded)", "timed_out"),
        rule("Cancelling nested", r"^Cancelling nested steps due to timeout", "timed_out"),
        rule("has timed out after", r"has timed out after \d+ minutes", "timed_out"),
        rule("maximum execution time", r"has exceeded the maximum execution time", "timed_out"),
        rule("timeout: sending", r"^timeout: sending signal \w+ to command ", "timed_out"),
        rule("##[error]", r"^##\[error\](?P<text>(?!Process completed).+)$", "annotation"),
        rule("rror: ", r"^(?:[\w./-]+: )?(?:fatal )?[Ee]rror: (?P<text>\S.+)$", "hint"),
        rule("ERROR: ", r"^(?:[\w./-]+: )?ERROR: (?P<text>\S.+)$", "hint"),
        rule("FATAL: ", r"^(?:[\w./-]+: )?FATAL: (?P<text>\S.+)$", "hint"),
    )  # fmt: skip
    # Lines that only repeat that something else failed.
    _WRAPPER = late(
        r"ld returned|linker command failed|could not compile|test failed, to rerun|aborting due to"
        r"|command failed with exit status|recipe for target|script returned|Job failed"
        r"|exit code \d"
    )

    def command(self, _hit: Hit, match: re.Match[str]) -> None:
        """GitHub Actions folds each command into a group; actions themselves are no commands."""
        is_action = re.match(r"[\w.-]+/[\w./-]+@", match["command"])
        if not is_action and self.facts.exit_status is None:
            self.facts.command = match["command"]

    def trace(self, _hit: Hit, match: re.Match[str]) -> None:
        """Jenkins runs `sh -x`, which shows each command before it begins."""
        if self.facts.exit_status is None:
            self.facts.command = match["command"]

    def exit_code(self, hit: Hit, match: re.Match[str]) -> None:
        """The end of a step."""
        self.facts.end(hit.above(TAIL), int(match["code"]))

    def timed_out(self, hit: Hit, _match: re.Match[str]) -> None:
        """Somebody lost patience; what follows only repeats it."""
        if self.facts.timed_out is None:
            self.facts.time_out(hit.line, hit.above(TAIL))

    def annotation(self, hit: Hit, match: re.Match[str]) -> None:
        """An error that some action wrote by itself."""
        self._add(hit, match["text"])

    def hint(self, hit: Hit, match: re.Match[str]) -> None:
        """A tool that we do not know says that something is wrong."""
        if not self._WRAPPER.search(hit.line.text):
            self._add(hit, match["text"])

    def _add(self, hit: Hit, text: str) -> None:
        # A program that repeats itself need not be quoted a hundred times.
        if len(self.findings) < 20:
            self.findings.append(Finding(Kind.BUILD_FAILURE, (hit.line,), text, weight=Weight.HINT))
