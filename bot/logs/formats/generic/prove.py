"""Perl's prove: what Test::More explains on stderr, and the report on files at the end.

Input: hits of the format TAP. Output: findings by file and name, the same with `-v` and without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine

DIAGNOSTIC = (
    r"^#\s+Failed (?:\(TODO\) )?test '(?P<id>.+?)'(?: at (?P<path>\S+) line (?P<line>\d+)\.)?$"
)
HEADER = late(r"^(?:\[[\d:]+\]\s+)?(?P<file>[\w./+-]+) \.{2,}\s*$")
_AT = late(r"^#\s+at (?P<path>\S+) line (?P<line>\d+)\.$")
_REPORTED = linear(
    r"^(?P<file>\S+)\s+\(Wstat: (?P<wait>\d+).*?Tests: \d+ Failed: (?P<failed>\d+)\)"
)
# Another file's, or TAP itself.
_OTHERS = late(
    r"^(?:\[[\d:]+\]\s*)?\S+ \.{2,} ?\S|^Failed \d+/|^Dubious|^Result: |^\s*(?:not )?ok\b|^\s*1\.\."
    r"|^#\s+Failed|^Test Summary"
)


def read_diagnostic(hit: Hit, match: re.Match[str], directory: str | None) -> Finding:
    """`Failed test 'name'`, with what was got and expected, and the subtest's lines above."""
    body: list[LogLine] = []
    for line in hit.below(12):
        if not line.text.startswith("#") or "Looks like you" in line.text or _is_next(line):
            break
        body.append(line)
    inner = [line for line in _take_inner(hit) if not line.is_blank]
    place = next((m for line in body if (m := _AT.match(line.text))), None)
    place = match if match["path"] else place
    name = make_test_id(match["id"])
    test = f"{make_test_id(place['path'], directory)} > {name}" if place else name
    said = [line for line in body if not _AT.match(line.text)] or inner
    text = "; ".join(line.text.strip(" #") for line in (hit.line, *said[:2]))
    return Finding(
        Kind.TEST_FAILURE,
        (hit.line, *body, *inner),
        text,
        test,
        location=make_location(place["path"], place["line"], directory) if place else None,
    )


def _is_next(line: LogLine) -> bool:
    return bool(re.match(r"^#\s+Failed ", line.text))


def _take_inner(hit: Hit) -> list[LogLine]:
    """What failed within a subtest stands above, indented."""
    inner: list[LogLine] = []
    for line in hit.above(20):
        if line.text.startswith("    #"):
            inner.append(line)
        elif not line.is_blank:
            break
    return inner[::-1]


def read_report(hit: Hit, directory: str | None) -> Iterable[tuple[str, Finding]]:
    """Files that failed; where only a TODO passed, none did."""
    report = list(hit.below())
    for n, line in enumerate(report):
        found = _REPORTED.match(line.text)
        if not found:
            continue
        details = []
        for more in report[n + 1 :]:
            if not more.text.startswith("  "):
                break
            details.append(more)
        is_wrong = any("Parse errors:" in more.text for more in details)
        if found["wait"] == "0" and found["failed"] == "0" and not is_wrong:
            continue
        test = make_test_id(found["file"], directory)
        texts = [more.text.strip() for more in details] or [line.text.strip()]
        message = "; ".join(" ".join(text.split()) for text in texts[:3])
        yield test, Finding(find_kind(line.text), (line, *details), message, test)


def read_dubious(hit: Hit, directory: str | None) -> tuple[str | None, list[LogLine]]:
    """(the file, what it printed on stderr before it died)."""
    file: str | None = None
    said: list[LogLine] = []
    for line in hit.above(25):
        header = HEADER.match(line.text)
        if header:
            file = make_test_id(header["file"], directory)
            continue
        if file is None and re.match(r"^\s*(?:(?:not )?ok\b|1\.\.\d|#)", line.text):
            continue
        if line.is_workers or _OTHERS.match(line.text) or (file is not None and line.is_blank):
            break
        said.append(line)
    return file, said[::-1]
