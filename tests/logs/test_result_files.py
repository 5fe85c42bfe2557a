"""A file for machines and the console of the same run tell of one run, and not of two."""

import random
import re
import struct
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest

from bot.core.model import Kind, Log, Reading
from bot.core.model.build_results import Result
from bot.logs import cross_check, read_log
from bot.reconcile.build_logs import check_files

FILES = Path(__file__).parent.parent / "data" / "junit"
STESTR = (
    "tests.test_lid.LidTest.test_parts", "tests.test_lid.LidTest.test_shut",
    "tests.test_lid.Db.setUpClass",
)  # fmt: skip


def read(name: str) -> Reading:
    return read_log([(FILES / name).read_bytes()])


def read_parts(name: str) -> tuple[Reading, Reading]:
    """The console and the file of a log that holds both, as a step with two logs has them."""
    text = (FILES / name).read_bytes()
    found = re.search(rb"^<(?:\?xml|testsuites?)\b.*</testsuites?>", text, re.DOTALL | re.MULTILINE)
    assert found
    begin, end = found.span()
    return read_log([text[:begin], text[end:].lstrip()]), read_log([text[begin:end]])


# ---------------------------------------------------------------- subunit


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


OTHERS = tuple(f"tests.test_lid.LidTest.test_{name}" for name in ("opens", "known", "later"))


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


# ---------------------------------------------------------------- a file in the log


@pytest.mark.parametrize(
    ("name", "tests", "ended"),
    [
        ("pytest.log", ("test_lid.py::test_shut", "test_lid.py::test_size[9]"), 1),
        ("doctest.log", (), 0),  # its three <failure>s are allowed ones
        ("robot.log", ("Lid",), 2),  # both tests passed, and then the suite's teardown failed
        ("bats.log", ("teardown_file failed",), 1),  # in the file it is the last test's
        ("behave.log", (), 1),  # the file tells of no failure at all
    ],
)
def test_the_console_is_believed_and_the_file_adds_nothing(
    name: str, tests: tuple[str, ...], ended: int
) -> None:
    for reading in (read(name), merge(name)):
        assert reading.tests == tests
        assert reading.exit_status == ended
        assert bool(reading.failures) == (ended != 0)
        assert reading.kind is (Kind.TEST_FAILURE if ended else Kind.UNKNOWN)


def merge(name: str) -> Reading:
    """Both as logs of one step."""
    console, file = read_parts(name)
    assert file.is_file
    checked = cross_check([("stdio", console), ("junit", file)])
    failures = tuple(f for reading in checked for f in reading.failures)
    return replace(checked[0], failures=failures)


def test_what_only_the_file_says_is_noted() -> None:
    assert read("robot.log").notes == (
        "a file of this run tells of 2 failures that the console does not: Lid.Opens, Lid.Shuts",
    )


def test_a_console_that_says_nothing_leaves_it_to_the_file() -> None:
    _, file = read_parts("pytest.log")
    head = b"make check\n in dir /b\n using PTY: False\n"
    quiet = read_log([head, b"program finished with exit code 2\n"])
    checked = cross_check([("stdio", quiet), ("junit", file)])
    assert checked[1].tests == file.tests == read("pytest.log").tests


def test_a_console_that_is_cut_is_filled_up() -> None:
    text = (FILES / "pytest.log").read_bytes()
    console = read_log([text[: text.index(b"=== short test summary")]])
    assert not console.runs
    _, file = read_parts("pytest.log")
    said = cross_check([("stdio", console), ("junit", file)])
    assert {test for reading in said for test in reading.tests} == set(file.tests)


def test_a_file_that_is_cut_hides_nothing_of_the_console() -> None:
    text = (FILES / "pytest.log").read_bytes()
    begin, end = text.index(b"<?xml"), text.index(b"program finished")
    for n in random.Random(5).sample(range(begin + 120, end - 30), 25):
        assert read_log([text[:n], b"\n", text[end:]]).tests == read("pytest.log").tests


def test_what_only_looks_like_a_file_hides_nothing() -> None:
    """A test of a reporter printed the beginning of one."""
    text = (FILES / "pytest.log").read_bytes()
    begin, end = text.index(b"<?xml"), text.index(b"program finished")
    fake = b'<testsuite name="expected">\nno end\n'
    assert read_log([text[:60], b"\n", fake, text[60:begin], text[end:]]).tests == (
        read("pytest.log").tests
    )


def test_several_files_in_a_log_with_letters_and_times() -> None:
    case = "<testcase classname='a.B' name='{}'><failure message='no oil'/></testcase>"
    files = [f"<testsuite name='{n}' failures='1'>{case.format(n)}</testsuite>" for n in "xyz"]
    lines = [f"2026-11-28T15:00:00.123Z {line}" for file in files for line in file.split("><", 1)]
    lines = [line.replace("testcase class", "<testcase class") for line in lines]
    lines = [line if line.endswith(">") else f"{line}>" for line in lines]
    log = "\n".join(["make check", *lines, "done"])
    assert read_log([log.encode()]).tests == ("a.B.x", "a.B.y", "a.B.z")


def test_a_file_without_a_failure_says_what_it_does_not_tell() -> None:
    _, file = read_parts("behave.log")
    assert file.failures == ()
    assert "what else became of its run it does not tell" in file.notes[0]


def test_a_tap_file_beside_its_console_is_told_once() -> None:
    report = b"Test Summary Report\n-------------------\nt/a.t (Wstat: 256 Tests: 1 Failed: 1)\n"
    end = b"  Failed test:  1\nFiles=1, Tests=1\nResult: FAIL\n"
    console = read_log([b"t/a.t .. \nnot ok 1 - is shut\n1..1\n\n", report, end])
    file = read_log([b"TAP version 13\n1..1\nnot ok 1 - is shut\n"])
    assert file.is_file
    checked = cross_check([("stdio", console), ("tap", file)])
    assert checked[1].failures == ()


def test_a_build_counts_a_failure_of_one_step_once() -> None:
    console, file = read_parts("pytest.log")
    logs = [
        Log(n, step, n, Result.FAILURE, name, 9)
        for n, (step, name) in enumerate([("test", "stdio"), ("test", "junit"), ("more", "junit")])
    ]
    checked = check_files([(logs[0], console), (logs[1], file), (logs[2], file)])
    assert [len(reading.failures) for _, reading in checked] == [2, 0, 2]


def test_fixtures_of_unittest_have_one_name_in_all_files() -> None:
    """xmlrunner leaves the class away, and nose2 cuts its words at the last point."""
    for case in (
        "classname='' name='setUpClass (test_a.Db)'",
        "classname='setUpClass (test_a' name='Db)'",
    ):
        text = f"<testsuite name='x'><testcase {case}><error message='no'/></testcase></testsuite>"
        assert read_log([text.encode()]).tests == ("test_a.Db.setUpClass",)
