"""What of a stdio log reaches the readers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.ci.buildbot.stdio_log import StdioFilter

PAGE = """\
hpython runtests.py --rerun
h in dir /srv/build (timeout 60 secs)
h watching logfiles {}
h argv: [b'python', b'runtests.py']
h environment:
h  TOKEN=hunter2
h  NOTE=command timed out: never
h using PTY: False
otest_ssl ... ok
eoutput on stderr
o
oeverything
hcommand timed out: 60 seconds without output running [b'python'], attempting to kill
hprocess killed by signal 9
hprogram finished with exit code -1
helapsedTime=60.000000
"""


def test_the_environment_stays_out_and_the_end_stays_in() -> None:
    """The worker's whole environment, secrets too, stands in the headers of every step."""
    assert StdioFilter().add(PAGE) == (
        "python runtests.py --rerun\n"
        " in dir /srv/build (timeout 60 secs)\n"
        " argv: [b'python', b'runtests.py']\n"
        "test_ssl ... ok\n"
        "output on stderr\n"
        "\n"
        "everything\n"
        "command timed out: 60 seconds without output running [b'python'], attempting to kill\n"
        "process killed by signal 9\n"
        "program finished with exit code -1\n"
    )


def test_only_the_letter_is_taken_off() -> None:
    """Peers strip all leading e and o, and `error` becomes `rror`."""
    assert StdioFilter().add("ooops\neerror\nohello\n") == "oops\nerror\nhello\n"
    assert StdioFilter().add("hmake\nooops\neerror\n") == "make\noops\nerror\n"


def test_every_command_of_a_step_is_kept() -> None:
    """A git step runs many commands in one log."""
    page = "hgit --version\nh in dir /x\nov2\nhelapsedTime=0.1\n"
    looked = "hprogram finished with exit code 2\n"  # a look at a file: no command line, no time
    text = StdioFilter()
    assert text.add(page) + text.add(looked) + text.add(page) == (
        "git --version\n in dir /x\nv2\nprogram finished with exit code 2\n"
        "git --version\n in dir /x\nv2\n"
    )


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("remoteFailed: [Failure instance: Traceback: ConnectionLost", True),
        ("using fake rc=-1", True),
        ("SIGKILL failed to kill process", True),
        ("command interrupted, attempting to kill", True),
        ("lost connection to the worker", True),
        ("[Failure: Connection to the other side was lost in a non-clean fashion]", True),
        (" in dir /srv/build (timeout 1200 secs)", True),
        (" argv: [b'make', b'test']", True),
        ("  NOTE= argv: [b'make', b'test']", False),
        ("  HINT=remoteFailed: and lost connection", False),
        (" environment:", False),
        ("", False),
        ("command timed out at last", False),
    ],
)
def test_headers_that_tell_why_a_build_died(header: str, kept: bool) -> None:
    text = StdioFilter()
    text.add("hmake\n")
    assert text.add(f"h{header}\n") == (f"{header}\n" if kept else "")


@given(
    st.lists(
        st.tuples(st.sampled_from("oe"), st.text(st.characters(exclude_characters="\n"))),
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_output_comes_through_whole_however_it_is_paged(
    lines: list[tuple[str, str]], size: int
) -> None:
    text = StdioFilter()
    pages = [lines[i : i + size] for i in range(0, len(lines), size)]
    read = "".join(text.add("".join(f"{a}{b}\n" for a, b in page)) for page in pages)
    assert read == "".join(f"{line}\n" for _, line in lines)
