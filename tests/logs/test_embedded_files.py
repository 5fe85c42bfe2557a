"""A file of results that somebody printed into a log."""

import random

from bot.logs import read_log
from tests.logs.files import FILES, read


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


def test_what_only_looks_like_a_file_is_not_followed_for_ever() -> None:
    """A log of a hundred megabytes behind such a line took fifty times as long."""
    head = b'make check\n<testsuite name="x">\n<testcase name="a">\n'
    failed = (FILES / "pytest.log").read_bytes().partition(b"<?xml")[0]
    text = b"the quick brown test prints something or other\n" * 100_000
    reading = read_log([head, text, failed, b"</testcase></testsuite>\n"])
    assert set(reading.tests) == set(read("pytest.log").tests)
