"""What the test runners of JavaScript share: a paragraph of an error and its stack."""

from __future__ import annotations

import re

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine

_FRAME = late(r"(?:\(|at |❯ )(?:file://)?(?P<path>[^\s()]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+\)?")


_RAISED = late(r"^(?P<type>[A-Z]\w*(?:Error|Exception))(?: \[\w+\])?: ")


def find_place(lines: list[LogLine], directory: str | None) -> str | None:
    """The innermost place of the project's own in a stack."""
    frames = [m for line in lines if (m := _FRAME.search(line.text))]
    own = [m for m in frames if "node_modules" not in m["path"] and "node:" not in m["path"]]
    return make_location(own[0]["path"], own[0]["line"], directory) if own else None


def make_finding(
    head: LogLine,
    body: list[LogLine],
    test: str | None,
    directory: str | None,
    first: LogLine | None = None,
) -> Finding:
    """A failure from its paragraph; `first` is its line that tells most, if not the first."""
    telling = [line for line in body if not line.is_blank]
    stack = [line for line in telling if re.match(r"^\s*at ", line.text)]
    said = [line for line in telling if line not in stack]
    error = first or next(iter(said), head)
    text = error.text.strip()
    raised = _RAISED.match(text)
    kind = Kind.TIMEOUT if re.search(r"(?i)timeout of \d+ ?ms|timed out in \d+", text) else None
    return Finding(
        kind or Kind.TEST_FAILURE,
        (head, *said, *stack[:2]),
        text,
        test,
        raised["type"] if raised else None,
        find_place(body, directory),
    )
