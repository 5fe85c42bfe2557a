"""Questions through a pipe and on a terminal; whoever answers wrongly is asked again."""

import io
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from bot.cli.setup_steps.prompts import Prompts
from bot.core.errors import Refused, Unavailable, UserError

ROOT = Path(__file__).parents[3]


def make(*lines: str) -> tuple[Prompts, io.StringIO]:
    out = io.StringIO()
    return Prompts(io.StringIO("".join(f"{line}\n" for line in lines)), out), out


def parse_even(text: str) -> int:
    if text == "away":
        raise Unavailable("it does not answer")
    if text == "shut":
        raise Refused("it says no")
    if int(text) % 2:
        raise UserError("that is odd")
    return int(text)


def test_a_wrong_answer_is_told_and_asked_for_again() -> None:
    prompts, out = make("1", "x", "away", "shut", " 4 ")
    assert prompts.ask("Even", parse_even) == 4
    told = [line.strip() for line in out.getvalue().replace("Even: ", "").splitlines()]
    assert told == [
        "no: that is odd",
        "no: invalid literal for int() with base 10: 'x'",
        "no: it does not answer",
        "no: it says no",
    ]


def test_after_a_wrong_answer_nothing_else_of_a_pipe_is_read() -> None:
    """The next line answers another question; it might be a token."""
    out = io.StringIO()
    source = io.StringIO("1\nghp_secret\n")
    with pytest.raises(UserError, match="the answer to 'Even' will not do"):
        Prompts(source, out, again=False).ask("Even", parse_even)
    assert "no: that is odd" in out.getvalue()
    assert source.read() == "ghp_secret\n"


def test_what_is_waited_for_is_no_wrong_answer() -> None:
    out = io.StringIO()
    prompts = Prompts(io.StringIO("1\n2\n"), out, again=False)
    assert prompts.ask("Press Enter when it is even", parse_even, waits=True) == 2


def test_nothing_stands_for_what_is_in_brackets() -> None:
    prompts, out = make("")
    assert prompts.ask("Even", parse_even, default="8") == 8
    assert "Even [8]: " in out.getvalue()


def test_a_known_secret_is_kept_and_never_shown() -> None:
    prompts, out = make("")
    assert prompts.ask("Password", str, default="hunter2", secret=True) == "hunter2"
    assert "hunter2" not in out.getvalue()
    assert "[kept as it is]" in out.getvalue()


def test_where_the_input_ends_the_question_is_named() -> None:
    prompts, _ = make("3")
    with pytest.raises(UserError, match="the input ends before an answer to 'Even'"):
        prompts.ask("Even", parse_even)


def test_what_nobody_can_see_is_refused() -> None:
    """A paste from a terminal with colours; a key pressed that sends an escape."""
    prompts, out = make("\x1b[31m2", "2")
    assert prompts.ask("Even", parse_even) == 2
    assert "nobody can see" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_thousand_lines_of_rubbish_are_a_mistake_and_no_traceback() -> None:
    """A binary file through the pipe."""
    prompts, _ = make(*["\x1b"] * 3000)
    with pytest.raises(UserError, match="the input ends before an answer to 'Even'"):
        prompts.ask("Even", parse_even)


def test_what_is_too_long_is_said_to_be_too_long() -> None:
    prompts, out = make("2" * 100_001, "2")
    assert prompts.ask("Even", parse_even) == 2
    assert "longer than 100,000 letters" in out.getvalue()


def test_a_choice_is_one_of_its_numbers() -> None:
    prompts, out = make("3", "two", "2")
    assert prompts.choose("Which?", ("one", "two")) == 2
    assert "  1  one\n  2  two\n" in out.getvalue()
    assert out.getvalue().count("a number from 1 to 2") == 2


@pytest.mark.parametrize(
    ("line", "default", "answer"), [("y", False, True), ("NO", True, False), ("", True, True)]
)
def test_yes_or_no(line: str, default: bool, answer: bool) -> None:
    prompts, _ = make("perhaps", line)
    assert prompts.confirm("Well?", default=default) is answer


CHILD = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # what getpass opens as /dev/tty is this one
from bot.cli.setup_steps.prompts import Prompts
prompts = Prompts(sys.stdin, sys.stdout)
prompts.ask("Plain", str)
prompts.ask("Secret", str, secret=True)
prompts.say("that is all")
"""


def test_on_a_terminal_secrets_are_not_echoed() -> None:
    """A real one: what is typed is shown by the terminal, unless it is told not to."""
    terminal, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    os.close(inner)
    shown = read_until(terminal, b"Plain: ")
    os.write(terminal, b"plain-text\n")
    shown += read_until(terminal, b"Secret: ")
    until = time.monotonic() + 60
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < until:
        time.sleep(0.01)
    os.write(terminal, b"hunter2\n")
    shown += read_until(terminal, b"that is all")
    assert process.wait(60) == 0
    os.close(terminal)
    assert b"plain-text" in shown
    assert b"hunter2" not in shown


def read_until(terminal: int, words: bytes) -> bytes:
    shown = b""
    while words not in shown:
        shown += os.read(terminal, 1024)
    return shown
