"""A stream of subunit says what its console says."""

import random
import struct
import tracemalloc
from zlib import crc32

import pytest

from bot.core.model import Kind
from bot.logs import read_log
from bot.logs.subunit import SubunitText
from tests.logs.files import FILES, read

STESTR = (
    "tests.test_lid.LidTest.test_parts", "tests.test_lid.LidTest.test_shut",
    "tests.test_lid.Db.setUpClass",
)  # fmt: skip


OTHERS = tuple(f"tests.test_lid.LidTest.test_{name}" for name in ("opens", "known", "later"))


@pytest.mark.parametrize("name", ["stestr.subunit1", "stestr.subunit2"])
def test_both_versions_of_subunit_are_read(name: str) -> None:
    """What `stestr` keeps is the first, what it hands out the second."""
    reading = read(name)
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.tests == STESTR
    assert [f.message for f in reading.failures] == [
        "AssertionError: 2 != 1", "AssertionError: 'open' != 'shut'", "OSError: no hinge"
    ]  # fmt: skip
    assert [f.location for f in reading.failures][1] == "tests/test_lid.py:10"
    assert reading.reproduce
    assert reading.reproduce.startswith("python -m unittest -v tests.test_lid.LidTest.test_parts")
    assert not reading.partial


@pytest.mark.parametrize("name", ["stestr.subunit1", "stestr.subunit2"])
def test_pieces_of_any_size_give_the_same_stream(name: str) -> None:
    text = (FILES / name).read_bytes()
    pieces = [text[:70], *(text[n : n + 5] for n in range(70, len(text), 5))]
    assert read_log(pieces) == read(name)


def test_a_stream_that_is_cut_names_the_test_in_which_it_was() -> None:
    text = (FILES / "stestr.subunit1").read_bytes()
    for n in random.Random(4).sample(range(700, len(text)), 30):
        reading = read_log([text[:n]])
        assert set(reading.tests) <= {*STESTR, *OTHERS}
    left = read_log([text[: text.index(b"failure: ")]])
    assert [(f.kind, f.test) for f in left.failures] == [(Kind.CRASH, STESTR[0])]


def make_packet(test: str, status: int, content: str = "") -> bytes:
    """As python-subunit writes it."""

    def text(words: str) -> bytes:
        return struct.pack(">H", 0x4000 | len(words)) + words.encode()

    flags = 0x2800 | status | (0x40 if content else 0)
    body = text(test) + (text("traceback") + text(content) if content else b"")
    length = 1 + 2 + 2 + len(body) + 4
    packet = b"\xb3" + struct.pack(">HH", flags, 0x4000 | length) + body
    return packet + struct.pack(">I", crc32(packet))


def test_what_tests_print_between_packets_is_no_packet() -> None:
    """The sign of a packet is half of many a letter."""
    noise = "ó ó$ ó/\n".encode() * 9
    text = make_packet("a.B.c", 2) + noise + make_packet("a.B.c", 6, "no oil") + noise
    reading = read_log([text])
    assert [(f.test, f.message) for f in reading.failures] == [("a.B.c", "no oil")]


def test_a_broken_packet_makes_the_reading_partial() -> None:
    whole = make_packet("a.B.c", 2) + make_packet("a.B.c", 3)
    broken = bytearray(whole + make_packet("a.B.d", 6, "no oil"))
    broken[-8] ^= 1
    reading = read_log([bytes(broken)])
    assert reading.partial
    assert "wrong checksum" in reading.notes[0]
    assert read_log([whole + make_packet("a.B.d", 6)[:-3]]).partial


def test_a_name_of_megabytes_costs_little() -> None:
    """Anybody's test may print one; thousands of them would be all the memory there is."""
    name = "a.B." + "c" * (1 << 20)
    tracemalloc.start()
    try:
        stream = SubunitText()
        for number in range(50):
            stream.feed(f"test: {number}{name}\nfailure: {number}{name}\n".encode())
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 8 << 20
    assert len(stream.finish().findings) == 50
