"""Progress is for people before a terminal."""

import os
import pty
import subprocess
import sys

from tests.cli.running import ROOT

SCRIPT = (
    "from bot.cli.progress_bar import ProgressBar\n"
    "with ProgressBar() as bar:\n"
    "    bar.show('builds [red]\\x1b]0;x\\x07', 3, 7)\n"
)


def run_script(stderr: int) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, stderr=stderr, check=True, timeout=60)


def test_a_pipe_gets_nothing() -> None:
    reader, writer = os.pipe()
    run_script(writer)
    os.close(writer)
    assert os.read(reader, 1000) == b""
    os.close(reader)


def test_a_terminal_is_steered_by_nobody_else() -> None:
    main, side = pty.openpty()
    run_script(side)
    os.close(side)
    shown = os.read(main, 10_000)
    os.close(main)
    assert b"3/7" in shown
    assert b"[red]" in shown
    assert b"\x1b]0;x" not in shown
