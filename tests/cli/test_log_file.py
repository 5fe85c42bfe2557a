"""Logs as they lie about: plain, packed under any name, and none at all."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from bot.cli.log_file import open_log
from bot.core.errors import UserError

TEXT = b"a line\n" * 1000


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_what_it_is_packed_with_is_told_by_its_first_bytes(
    pack: type[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "some.log"
    path.write_bytes(pack(TEXT))
    room = bytearray(len(TEXT) + 1)
    with open_log(str(path)) as file:
        size = 0
        while read := file.readinto(memoryview(room)[size:]):
            size += read
    assert bytes(room[:size]) == TEXT


@pytest.mark.parametrize(
    ("name", "words"), [("", "is empty"), (".", "is a folder"), ("nowhere", "No such file")]
)
def test_what_is_no_log_is_told(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        open_log(name)
