"""stestr, which OpenStack runs: a line per test and worker, captured output indented below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import PROVOKED, Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.identifiers import find_unittest_id, find_unreached
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import FRAME, GROUP, START, parse_raised, parse_traceback

_TEST = r"^\{\d+\} (?P<test>\S+(?: \(\S+\))?) \[[^\]]*\] \.\.\. "
_NEXT = late(r"^\{\d+\} |^={5,}$|^Captured ")
_TRACEBACK = late(r"^Captured traceback")


class Stestr(Format):
    """`stestr run`, and `tempest run` on top of it."""

    suite = "stestr"
    absorbs = ("unittest", "python", "doctest")
    outranks = PROVOKED
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("... FAILED", _TEST + r"FAILED$", "failed"),
        rule("... inprogress", _TEST + r"inprogress$", "left"),
        rule(" sec.", r"^Ran: (?P<tests>\d+) tests? in [\d.]+ sec\.$", "footer"),
        rule("exited without returning", r"^The following tests exited without returning a status",
            "died"),
        rule("Failed to import test", r"^Failed to import test module: (?P<test>\S+)$", "broken"),
    )  # fmt: skip

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = self._was_cut = False

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """One test, with its traceback below what it logged."""
        block = list(takewhile(lambda line: not line.text.startswith("{"), hit.below()))
        at = next((n for n, line in enumerate(block) if _TRACEBACK.match(line.text)), None)
        body = block[at + 1 :] if at is not None else []
        end = next((n for n, line in enumerate(body) if _NEXT.match(line.text)), len(body))
        self._add(hit.line, match["test"], [line for line in body[:end] if not line.is_blank])

    def left(self, hit: Hit, match: re.Match[str]) -> None:
        """Its worker died in it; the totals count no failure."""
        test = find_unittest_id(match["test"]) or match["test"]
        self._tests[test] = Finding(Kind.CRASH, (hit.line,), f"the worker ended in {test}", test)
        self._was_cut = True

    def died(self, _hit: Hit, _match: re.Match[str]) -> None:
        """What its worker should have run behind it is counted nowhere."""
        self._was_cut = True

    def broken(self, hit: Hit, match: re.Match[str]) -> None:
        """A module that cannot be imported keeps all others from running."""
        raised = parse_traceback(list(hit.below(60)), self.facts.directory)
        self._tests[match["test"]] = Finding(
            Kind.TEST_FAILURE,
            (hit.line, *(raised.lines if raised else ())),
            raised.message if raised else hit.line.text,
            match["test"],
            raised.exception if raised else None,
            raised.location if raised else None,
        )
        self._was_cut = True

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The totals."""
        self._ended = True

    def _add(self, head: LogLine, name: str, body: Sequence[LogLine]) -> None:
        test = find_unittest_id(name) or name
        raised = parse_traceback(_straighten(body), self.facts.directory)
        message = raised.message if raised else head.text
        self._tests.setdefault(
            test,
            Finding(
                Kind.TEST_FAILURE,
                (head, *body),
                message,
                test,
                raised.exception if raised else None,
                raised.location if raised else None,
            ),
        )

    def finish(self) -> FormatResult | None:
        """The tests that failed, once each: they are told again behind the last one."""
        if not self._tests and not self._ended:
            return None
        hidden = tuple(place for test in self._tests if (place := find_unreached(test)))
        complete = self._ended and not self._was_cut
        run = TestRun(self.suite, complete, hidden or None if complete else None)
        return FormatResult(self.suite, tuple(self._tests.values()), (run,))


def _straighten(body: Sequence[LogLine]) -> list[LogLine]:
    """A traceback as Python printed it: stestr indents its lines, but not the code in them."""
    starts = [n for n, line in enumerate(body) if START.search(line.text)]
    if not starts or GROUP.match(body[starts[0]].text):
        return list(body)
    frames = [n for n, line in enumerate(body) if FRAME.match(line.text)]
    behind = body[frames[-1] + 1 :] if frames else body[starts[-1] + 1 :]
    raised = next((line for line in behind if parse_raised(line.text.strip())[0]), None)
    last = [replace(raised, text=raised.text.strip())] if raised else []
    return [replace(body[starts[-1]], text=body[starts[-1]].text.strip()), *(
        body[n] for n in frames if n > starts[-1]
    ), *last]  # fmt: skip
