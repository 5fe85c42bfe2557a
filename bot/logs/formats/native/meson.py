"""`meson test`."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import PARTS, Hit
from bot.logs.formats.runner import Runner, find_kind, gather, sign, verdict
from bot.logs.lines import LogLine

_STATES = ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS")
# One test has three names: with a suite `suite - project:name` (1.1 on) or `project:suite / name`,
# without one `project:name` or `project / name`.
_NAMES = tuple(
    late(pattern)
    for pattern in (
        linear(r"^(?:\S.*? - )(?P<project>[^:/]+):(?P<name>.+)$"),
        r"^(?P<project>[^:/]+):[^:/]+ / (?P<name>.+)$",
        r"^(?P<project>[^:/]+) / (?P<name>.+)$",
        r"^(?P<project>[^:/]+):(?P<name>.+)$",
    )
)
_STATE = late("|".join(_STATES))
_OUTPUT = late(r"^―{5,}")
_COMMAND = late(r"^(?:>>> |\d\d:\d\d:\d\d |std(?:out|err):$|\(test program exited)")
# Of what a program printed, a line with a place or a word of failure tells more than the last one.
_TELLING = late(
    r"(?i)\b(?:assert\w*|error|fail\w*|expected|panic\w*|abort\w*|not equal)\b|^[\w./+-]+:\d+:"
)


class Meson(Runner):
    """One line per test, the output of those that failed below it, a summary."""

    suite = "meson"
    verdicts = tuple(
        verdict(
            f" {state} ",
            rf"^\s*(?P<number>\d+)/\d+ (?P<id>\S.*?) {state} +[\d.]+ ?s(?:\s+(?P<said>\S.*))?$",
        )
        for state in _STATES
    )
    closing = (
        sign("Full log written", r"^Full log written to .*testlog"),
        sign("Ok: ", r"^Ok:\s+\d+\s*$"),
    )
    absorbs = (*PARTS, "gtest", "unittest", "automake")

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict; the same line stands in the summary again."""
        self.known = True
        test = make_meson_id(match["id"])
        parts = gather_parts(hit, match["number"])
        output = _find_output(hit)
        said = (match["said"] or "").strip()
        why = _find_why(output) or (parts[-1] if parts else None)
        text = why.text.strip() if why else said or _STATE.findall(match[0])[-1]
        finding = self.make(hit.line, {"text": _unmark(text)}, [], [*parts, *output], test)
        state = hit.line.text.rpartition(said)[0] if said else hit.line.text
        kind = Kind.TIMEOUT if " TIMEOUT " in state else find_kind(said)
        first = (hit.line, why) if why else (hit.line,)
        lines = tuple(dict.fromkeys((*first, *finding.lines)))
        self.add(replace(finding, kind=kind, lines=lines))


def make_meson_id(name: str) -> str:
    """`project:name`, whichever version printed it."""
    text = name.strip()
    found = next((m for pattern in _NAMES if (m := pattern.match(text))), None)
    return f"{found['project']}:{found['name']}" if found else text


def gather_parts(hit: Hit, number: str) -> list[LogLine]:
    """The points of this test that failed, which stand above its own line: `▶ 1/5 - salt FAIL`."""
    head = re.compile(rf"^▶ {number}/\d+ ")
    above = (line for line in hit.above(60) if head.match(line.text))
    return [line for line in above if not re.search(r" (?:OK|SKIP|EXPECTEDFAIL)\s*$", line.text)][
        ::-1
    ]


def _find_output(hit: Hit) -> list[LogLine]:
    """Between two rules."""
    below = hit.below(120)
    for n, line in enumerate(below):
        if _OUTPUT.match(line.text):
            output = gather(below, _OUTPUT)
            return [more for more in output if not (_COMMAND.match(more.text) or more.is_blank)]
        if n > 1 or not (line.text.startswith(">>> ") or line.is_blank):
            break
    return []


def _find_why(output: list[LogLine]) -> LogLine | None:
    telling = [line for line in output if _TELLING.search(line.text)]
    return (telling or output)[-1] if output else None


def _unmark(text: str) -> str:
    """Without the number of the test, which changes when one is added."""
    return " ".join(re.sub(r"^▶ \d+/\d+ (?:- )?", "", text).split())
