"""Tools that are not at hand here (Windows, other clouds), by the lines that they print."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.logs import read_log

LINES = Path(__file__).parent.parent / "data" / "logs" / "lines.txt"


def load_cases() -> Iterator[tuple[str, str, str, bytes]]:
    """Name, kind, tests and text of each piece of `lines.txt`."""
    _, *pieces = LINES.read_bytes().split(b"%%% ")
    for piece in pieces:
        head, _, text = piece.partition(b"\n")
        name, kind, tests = head.decode().split(" |")
        yield name, kind.strip(), tests.strip(), text


@pytest.mark.parametrize(("name", "kind", "tests", "text"), list(load_cases()))
def test_lines_of_other_tools(name: str, kind: str, tests: str, text: bytes) -> None:
    """One red builder whose tool we cannot run is read as well as the others."""
    reading = read_log([text])
    assert reading.kind == kind, name
    assert "; ".join(reading.tests) == tests
    assert reading.excerpt
