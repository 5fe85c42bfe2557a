"""How tests under pytest die or hang, as faulthandler, pytest-timeout and the watchdog show it.

Input: the line where it is said. Output: a finding, with the test where the log names it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.log_reading import Kind
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.python.faulthandler import parse_stack
from bot.logs.formats.python.pytest_blocks import find_own_frames, find_running, find_test_frame
from bot.logs.identifiers import make_location
from bot.logs.log_metadata import LogMetadata


def make_fatal(hit: Hit, match: re.Match[str], directory: str | None) -> Finding:
    """The interpreter died; `-v` may have said in which test."""
    stack = parse_stack(hit, match["text"], directory)
    test = find_running(match["before"])
    exception = match["text"].partition(":")[0]
    return Finding(Kind.CRASH, stack.lines, stack.message, test, exception, stack.location)


def make_timeout(hit: Hit, match: re.Match[str], directory: str | None) -> Finding | None:
    """What pytest-timeout prints; None where nothing tells of which test."""
    running = find_running(match["before"])
    frame = find_test_frame(hit)
    test = running
    if frame and not (running and "::" in running):
        path = make_location(frame["path"], None, directory)
        test = f"{running or path}::{frame['name']}"
    if test is None:
        return None
    place = make_location(frame["path"], frame["line"], directory) if frame else None
    lines = (hit.line, *find_own_frames(hit))
    return Finding(Kind.TIMEOUT, lines, "Timeout", test, "Timeout", place)


def make_watched(hit: Hit, match: re.Match[str], directory: str | None) -> Finding | None:
    """Where the watchdog found a test; it may go on, and pass."""
    test = find_running(match["before"])
    stack = parse_stack(hit, "Timeout", directory)
    if test is None:
        return None
    return Finding(Kind.TIMEOUT, stack.lines, "Timeout", test, "Timeout", stack.location)


def with_end(finding: Finding, facts: LogMetadata) -> Finding:
    """With the line of the one who lost patience, where there is one."""
    ends = (facts.timed_out,) if facts.timed_out else ()
    return replace(finding, lines=(*finding.lines, *ends))
