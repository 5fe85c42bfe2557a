"""Regrtest's progress: which test was running when something happened.

Input: lines with regrtest's clock, `[3/480] test_ssl`, and the verbose lines of unittest. Output:
the file or the test that was running, by its canonical id.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.patterns import late, linear
from bot.logs.formats.base import Hit
from bot.logs.formats.python.faulthandler import find_test_file
from bot.logs.identifiers import find_unittest_id, make_file_id
from bot.logs.lines import LogLine

_CLOCK = r"^(?:\d+:\d\d:\d\d )?(?:load avg: [\d.,]+ )?"
_FILE = r"(?:\w+\.)*test_?\w+(?:\.\w+)*"
PROGRESS = late(_CLOCK + r"\[\s*\d+(?:/\s*\d+)*\] (?P<test>" + _FILE + r")(?![\w./:])(?P<rest>.*)")
DIED = late(r"^ (?:worker non-zero exit code|crashed|timed out|worker bug|.*\(timeout\))")
# What -j tells every half a minute: `running (2): test_a (35.0 sec), test_b (1 min 3 sec)`.
_RUNNING = late(r"\brunning(?: \(\d+\))?: (?P<list>test\S* \(\d.*\))$")
_RUNNING_FOR = linear(r"(?P<test>\S+) \((?P<time>[\d.]+ (?:ms|sec|min|hour)[^()]*)\)")
_SECONDS = {"hour": 3600.0, "min": 60.0, "sec": 1.0, "ms": 0.001}
# One of several hangs: the others that run with it began later. Those that run at least half as
# long as the longest are told too.
_AS_LONG = 0.5
# Files of which nothing is told in between print more than this, and are told of in their own way.
_NEAR = 60
_RUN_ENDED = late(r"^== Tests result|^\d+ tests? (?:failed:|OK\.)")
# A docstring stands on a line of its own between the name of a test and its verdict.
_BEGUN = late(r"^(?P<name>\w+ \(\S+\))(?: \.\.\. .*)?$")
_UNFINISHED = late(r" \.\.\. *$")


def find_file(hit: Hit) -> str | None:
    """The file that was running at a hit: named by the progress line above, or by the stack."""
    own = find_test_file(hit.below(60))
    for distance, line in enumerate((hit.line, *hit.above(60))):
        progress = PROGRESS.match(line.text)
        if progress and ((DIED.search(progress["rest"]) and distance < 12) or own is None):
            return make_file_id(progress["test"])
        if progress:
            break
    return make_file_id(own) if own else None


def find_neighbours(hit: Hit) -> frozenset[str] | None:
    """The files named in the progress above and below a hit: it is of one of them.

    Some versions tell of a file before its output, some behind it. None: not both are near.
    """
    above = next((m for line in hit.above(_NEAR) if (m := PROGRESS.match(line.text))), None)
    if above is None:
        return None
    for line in hit.below(_NEAR):
        below = PROGRESS.match(line.text)
        if below:
            return frozenset({make_file_id(above["test"]), make_file_id(below["test"])})
        if _RUN_ENDED.match(line.text):
            return frozenset({make_file_id(above["test"])})
    return None


def find_current(tail: Sequence[LogLine]) -> tuple[tuple[LogLine, str], ...]:
    """The tests, with their lines, that ran when the log ended in `tail`."""
    begun = find_begun(tail)
    if begun:
        return (begun,)
    for line in reversed(tail):
        running = _RUNNING.search(line.text)
        if running:
            return tuple((line, make_file_id(name)) for name in _find_longest(running["list"]))
        progress = PROGRESS.match(line.text)
        if progress and not progress["rest"].strip():
            return ((line, make_file_id(progress["test"])),)
        if progress:
            return ()
    return ()


def find_begun(tail: Sequence[LogLine]) -> tuple[LogLine, str] | None:
    """The test of `-v` of which the last line says that it began, and nothing how it ended."""
    telling = [line for line in tail if not line.is_blank][-2:]
    if not telling or not _UNFINISHED.search(telling[-1].text):
        return None
    for line in reversed(telling):
        begun = _BEGUN.match(line.text)
        test = find_unittest_id(begun["name"]) if begun else None
        if test:
            return line, test
    return None


def _find_longest(text: str) -> list[str]:
    times = {m["test"]: _parse_duration(m["time"]) for m in _RUNNING_FOR.finditer(text)}
    longest = max(times.values(), default=0.0)
    return [test for test, seconds in times.items() if seconds >= longest * _AS_LONG]


def _parse_duration(text: str) -> float:
    words = text.split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return sum(float(number) * _SECONDS.get(unit, 0.0) for number, unit in pairs)
