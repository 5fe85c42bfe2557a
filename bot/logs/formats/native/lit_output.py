"""What one test of lit printed: why it failed, and which tests of GoogleTest a shard held.

Input: the lines between lit's rules. Output: the telling lines, a message, ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.lines import LogLine
from bot.logs.python_traceback import parse_traceback

# How many shards there are hangs on the number of cores.
_SHARD = late(r"/\d+/\d+$")
_FILTER = late(r"^\S.* --gtest_filter=(?P<names>[^\s*:]+)$")
_NOISE = late(
    r"^(?:--$|Command Output|Exit Code: \d+$|# RUN: at line|# executed command"
    r"|Script(?:\(shard\))?:$|GTEST_OUTPUT=|# [.`]---)"
)
_STATUS = late(r"error: command failed with exit status: (?P<status>-?\w+)$")
_DEAD = late(r"^(?:-\d+|13[2-9]|0x[cC]\w{7})$")
_ERROR = late(r"\berror\b")
_ASSERTED = late(r"\bAssertion\b.*failed|: Failure$")
_MARKS = "# |\t"


def find_base(test: str) -> str | None:
    """The program that a shard belongs to; None for what is no shard."""
    return _SHARD.sub("", test) if _SHARD.search(test) else None


def split_shard(base: str, body: Sequence[LogLine]) -> Iterator[tuple[str, list[LogLine]]]:
    """The tests in a shard's output, each under the command that runs it alone."""
    starts = [n for n, line in enumerate(body) if _FILTER.match(line.text)]
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        found = _FILTER.match(body[start].text)
        if found:
            yield f"{base}/{found['names'].replace('.', '/')}", list(body[start:end])


def find_telling(body: Sequence[LogLine]) -> list[LogLine]:
    """Without what lit itself writes around; a script's own text says nothing either."""
    telling: list[LogLine] = []
    in_script = False
    for line in body:
        if line.text == "Script:":
            in_script = True
        elif in_script and line.text.startswith("Exit Code:"):
            in_script = False
        if line.is_blank or _NOISE.match(line.text):
            continue
        if not in_script or _FILTER.match(line.text) or not _has_exit_code(body):
            telling.append(line)
    return telling


def _has_exit_code(body: Sequence[LogLine]) -> bool:
    return any(line.text.startswith("Exit Code:") for line in body)


def find_why(
    body: Sequence[LogLine], telling: Sequence[LogLine]
) -> tuple[LogLine | None, str | None, Kind]:
    """(the line that says why, the message, the kind)."""
    dead = _find_dead(body)
    if dead:
        return dead, dead.text.strip(_MARKS), Kind.CRASH
    raised = parse_traceback(list(telling))
    if raised:
        last = next(line for line in telling if line.text == raised.message)
        return last, raised.message, Kind.TEST_FAILURE
    line = next((line for line in telling if _ASSERTED.search(line.text)), None)
    line = line or next((line for line in telling if _ERROR.search(line.text)), None)
    line = line or next((line for line in telling if not _FILTER.match(line.text)), None)
    return line, line.text.strip(_MARKS) if line else None, Kind.TEST_FAILURE


def _find_dead(body: Sequence[LogLine]) -> LogLine | None:
    """The last words of the first command that failed, if a signal ended it."""
    for n, line in enumerate(body):
        status = _STATUS.search(line.text)
        if status is None:
            continue
        if not _DEAD.match(status["status"]):
            return None
        words = [more for more in body[:n] if more.text.startswith("# | ")]
        return words[-1] if words else line
    return None
