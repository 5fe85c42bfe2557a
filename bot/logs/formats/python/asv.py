"""Airspeed Velocity: benchmarks that failed, with what they raised below where it is shown."""

from __future__ import annotations

import re

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.lines import LogLine
from bot.logs.python_traceback import parse_traceback

_NEXT = late(r"^\[ ?[\d.]+%\] ·{2,3} \w|^· |^program finished")
_START = late(r"^(?:\[ ?[\d.]+%\] ·{4} )?\s*Traceback \(most recent call last\):$")


class Asv(Runner):
    """`asv run`, `asv continuous` and their like."""

    suite = "asv"
    verdicts = (
        verdict(
            "·· ",
            linear(r"^\[ ?[\d.]+%\] ··· (?P<id>\S+)\s+(?:\d+/\d+ )?(?P<text>failed)$"),
            below=80,
        ),
    )
    opening = (sign("· Discovering", r"^· Discovering benchmarks"),)
    stop = _NEXT
    absorbs = ("python", "process")

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A benchmark, with its traceback or the time that it was given."""
        self.known = True
        below: list[LogLine] = []
        for line in hit.below(80):
            if _NEXT.match(line.text) or line.is_blank:
                break
            below.append(line)
        start = next((n for n, line in enumerate(below) if _START.match(line.text)), len(below))
        trace = below[start:]
        raised = parse_traceback(_dedent(trace), self.facts.directory) if trace else None
        late_by = next((line for line in below if "benchmark timed out" in line.text), None)
        said = raised.message if raised else "the benchmark failed"
        text = late_by.text.rpartition("asv: ")[2] if late_by else said
        test = match["id"]
        self.tests[test] = Finding(
            Kind.TIMEOUT if late_by else Kind.TEST_FAILURE,
            (hit.line, *(raised.lines if raised else ()), *((late_by,) if late_by else ())),
            text,
            test,
            raised.exception if raised else None,
            raised.location if raised else None,
        )


def _dedent(lines: list[LogLine]) -> list[LogLine]:
    """As Python printed it: the first line may stand behind a mark of progress."""
    width = min(
        (len(line.text) - len(line.text.lstrip()) for line in lines[1:] if not line.is_blank),
        default=0,
    )
    first = LogLine(lines[0].number, "Traceback (most recent call last):")
    raised = next((n for n, line in enumerate(lines) if n and not _is_frame(line, width)), None)
    depth = len(lines[raised].text) - len(lines[raised].text.lstrip()) if raised else width
    depth = min(depth, width) if raised is not None else width
    return [first, *(LogLine(line.number, line.text[depth:]) for line in lines[1:])]


def _is_frame(line: LogLine, width: int) -> bool:
    return len(line.text) > width and line.text[: width + 1].isspace()
