"""What PowerShell and Visual Studio write into a file is text, too."""

from pathlib import Path

import pytest

from bot.core.model import Reading
from bot.logs import read_log
from bot.logs.encodings import find_utf16

LOGS = Path(__file__).parent.parent / "data" / "runners" / "logs"


def load(name: str) -> bytes:
    return (LOGS / f"{name}.log").read_bytes()


def read(*pieces: bytes) -> Reading:
    return read_log(pieces)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_logs_of_powershell_are_read(encoding: str) -> None:
    """They were one long line of nothing, and the build was red without a reason."""
    reading = read(load("meson").decode().encode(encoding))
    assert reading.tests == read(load("meson")).tests
    one_by_one = read(*(bytes([byte]) for byte in load("rspec").decode().encode(encoding)))
    assert one_by_one.tests == read(load("rspec")).tests


@pytest.mark.parametrize(
    ("start", "encoding"),
    [
        (b"\xff\xfem\x00", "utf-16-le"),
        (b"m\x00a\x00k\x00e\x00 \x00", "utf-16-le"),
        (b"\x00m\x00a\x00k\x00e\x00 ", "utf-16-be"),
        (b"make: all\n", None),
        (b"a\x00", None),
        (b"\x00\x00\x00\x00\x00\x00\x00\x00", None),
        (b"", None),
    ],
)
def test_what_is_not_sure_stays_as_it_is(start: bytes, encoding: str | None) -> None:
    assert find_utf16(start) == encoding
