"""A row whose needle its pattern never holds is dead: the tool's errors are not seen at all."""

import re

import pytest

from bot.logs import read_log
from bot.logs.formats import FORMATS
from bot.logs.formats.generic.linters import CODES
from bot.logs.formats.table import Diagnostic, Table

# The codes of linters are classes in their patterns; golden logs hold them.
ROWS = [
    row
    for form in FORMATS
    if issubclass(form, Table)
    for row in form.table
    if row.needle not in CODES
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.suite}-{row.needle}")
def test_the_pattern_holds_the_words_of_its_needle(row: Diagnostic) -> None:
    """Once `PLEASE submit` was looked for as `Please submit`: clang's crashes were never told."""
    words = re.findall(r"[A-Za-z]{2,}", row.needle)
    source = row.pattern.pattern.replace("\\", "")
    assert [word for word in words if word not in source] == []


@pytest.mark.parametrize(
    "line",
    [
        "docs/index.rst:5: [broken] https://example.org/x: 404 Client Error",
        "(library/os: line   12) broken    https://example.org/x - 404 Client Error",
        "src/a.c:3:7: error: code should be clang-formatted [-Wclang-format-violations]",
        "mypy: can't read file 'x.py': No such file or directory",
        "double free or corruption (out)",
        "free(): invalid pointer",
        "malloc(): corrupted top size",
        "corrupted size vs. prev_size",
    ],
)
def test_lines_that_were_missed(line: str) -> None:

    reading = read_log([line.encode() + b"\n"])
    assert [failure.line for failure in reading.failures] == [1]
