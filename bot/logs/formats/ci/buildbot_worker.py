"""What Buildbot's worker writes around a command: how it began, how it ended, who killed it."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, Weight, rule
from bot.logs.lines import LogLine
from bot.logs.log_metadata import OWN_SIGNALS, TAIL, LogMetadata

# So far below ` in dir ` the worker writes ` argv: `; the log files that it watches stand between.
_HEADER = 3


class Buildbot(Format):
    """The header lines of a ShellCommand.

    The first header counts. What looks like one further down was printed by a test, and must not
    choose the command that people are told to paste.
    """

    suite = "buildbot"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(" argv: [", r"^ argv: (\[.*\])$", "start"),
        rule("/bin/sh -c ", r"^/bin/sh -c '(?P<command>.+)'$", "shell_command"),
        rule(" in dir ", linear(r"^ in dir (.+?)(?: \((?:timeout|maxTime) .*\))?$"), "directory"),
        rule("using PTY: ", r"^ using PTY: ", "header_ended"),
        rule("program finished", r"program finished with exit code (-?\d+)", "exit_code"),
        rule("command timed out: ", r"(command timed out: .*)$", "timed_out"),
        rule("process killed by", r"process killed by signal (\d+)", "killed"),
        rule("remoteFailed", r"(remoteFailed: .*)$", "lost_worker"),
        rule("ConnectionLost", linear(r"(.*twisted\.\S*ConnectionLost.*)$"), "lost_worker"),
        rule("slave lost", r"(?i)(slave lost)", "lost_worker"),
        rule("worker lost", r"(?i)(worker lost)", "lost_worker"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._header: int | None = None  # the line with the directory
        self._has_argv = False

    def start(self, hit: Hit, match: re.Match[str]) -> None:
        """The command, as Python prints a list of bytes."""
        is_below = self._header is None or hit.line.number - self._header <= _HEADER
        if is_below and not self._has_argv:
            self._has_argv = True
            self.facts.argv = parse_argv(match[1])
            self.facts.command = self.facts.argv or self.facts.command

    def shell_command(self, _hit: Hit, match: re.Match[str]) -> None:
        """The header's first line; the list below it is exact, but may have been left out."""
        self.facts.command = self.facts.command or match["command"]

    def directory(self, hit: Hit, match: re.Match[str]) -> None:
        """Where it ran: paths are told relative to it. The command stands in the line above."""
        if self._header is not None:
            return
        self._header = hit.line.number
        self.facts.directory = match[1]
        command = next(iter(hit.above(1)), None)
        if command and not command.is_blank and self.facts.command is None:
            self.facts.command = command.text.strip()

    def header_ended(self, hit: Hit, _match: re.Match[str]) -> None:
        """The last line of the header, below the environment."""
        if self._header is not None and not self.facts.header_end:
            self.facts.header_end = hit.line.number

    def exit_code(self, hit: Hit, match: re.Match[str]) -> None:
        """The end."""
        self.facts.end(_find_last(hit, match), int(match[1]))

    def timed_out(self, hit: Hit, match: re.Match[str]) -> None:
        """Buildbot lost patience; the last line before it is where the command hung."""
        self.facts.time_out(hit.line, _find_last(hit, match))
        before = next((line for line in hit.above(5) if not line.is_blank), None)
        lines = (hit.line, before) if before and not before.is_workers else (hit.line,)
        self.findings.append(Finding(Kind.TIMEOUT, lines, match[1], weight=Weight.SYMPTOM))

    def killed(self, hit: Hit, match: re.Match[str]) -> None:
        """By itself (a crash) or by somebody."""
        self.facts.signal = int(match[1])
        own = self.facts.signal in OWN_SIGNALS
        self._add(Kind.CRASH if own else Kind.INFRA, hit, match[0])

    def lost_worker(self, hit: Hit, match: re.Match[str]) -> None:
        """The worker went away."""
        self._add(Kind.INFRA, hit, match[1].strip())

    def _add(self, kind: Kind, hit: Hit, message: str) -> None:
        self.findings.append(Finding(kind, (hit.line,), message, weight=Weight.SYMPTOM))

    def finish(self) -> FormatResult | None:
        """The kill is only the consequence of the time that ran out."""
        timeouts = [finding for finding in self.findings if finding.kind is Kind.TIMEOUT]
        self.findings = timeouts or self.findings
        return super().finish()


def _find_last(hit: Hit, match: re.Match[str]) -> Iterator[LogLine]:
    """The last lines of the command, nearest first; one without an end stands before the match."""
    said = hit.line.text[: match.start()]
    if said.strip():
        yield LogLine(hit.line.number, said)
    yield from hit.above(TAIL)


def parse_argv(text: str) -> str | None:
    """The command of `[b'/bin/sh', b'-c', b'…']`; None when it is no such list."""
    try:
        argv = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(argv, list) or not argv:
        return None
    words = [
        word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in argv
    ]
    if len(words) == 3 and words[1] == "-c":
        return words[2]
    return shlex.join(words)
