"""Real commands to their end: in time, out of time, chatty, silent, and with children left over."""

import signal
import sys
import time
from pathlib import Path

import pytest

from bot.cli.order_runs.process import run_to_end
from bot.core.errors import UserError


def run(script: str, timeout: float = 30.0) -> tuple[int | None, str, bytes]:
    taken = bytearray()
    ended = run_to_end([sys.executable, "-S", "-E", "-c", script], timeout, taken.extend)
    return ended.status, ended.tail, bytes(taken)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(pid: int) -> bool:
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def test_both_streams_are_taken_and_the_status_told() -> None:
    status, tail, taken = run("import sys; print('out'); sys.stderr.write('err'); sys.exit(3)")
    assert status == 3
    assert sorted(taken.split()) == [b"err", b"out"]
    assert tail.encode() == taken


def test_of_much_output_only_the_end_is_kept() -> None:
    status, tail, taken = run("print('x' * 5_000_000); print('the end')")
    assert (status, len(taken)) == (0, 5_000_009)
    assert len(tail) == 16 * 1024
    assert tail.endswith("the end\n")


def test_a_signal_is_told_as_python_tells_it() -> None:
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")[0] == -signal.SIGSEGV


def test_out_of_time_its_whole_group_is_ended(tmp_path: Path) -> None:
    script = (
        "import subprocess, time, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    status, tail, _ = run(script, timeout=5.0)
    assert status is None
    assert wait_gone(int(tail))


def test_one_that_ignores_the_word_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.order_runs.process._GRACE", 0.2)
    script = (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\ntime.sleep(600)\n"
    )
    status, tail, _ = run(script, timeout=5.0)
    assert status is None
    assert not is_alive(int(tail))


def test_a_child_that_holds_the_output_open_does_not_hold_us_up() -> None:
    """It is ended, too: the next run must not meet it."""
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
    )
    begun = time.monotonic()
    status, tail, _ = run(script, timeout=300.0)
    assert status == 0
    assert time.monotonic() - begun < 60
    assert wait_gone(int(tail))


def test_one_that_closes_its_output_is_waited_for() -> None:
    script = "import os, time\nos.close(1); os.close(2)\ntime.sleep(0.3)\nos._exit(7)\n"
    assert run(script)[0] == 7


def test_it_reads_nothing_of_our_input() -> None:
    assert run("import sys; sys.exit(len(sys.stdin.read()))")[0] == 0


def test_what_cannot_be_started_is_told(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/nowhere\n")
    (tmp_path / "script").chmod(0o700)
    for words in (["/nowhere/at/all"], [str(tmp_path)], [str(tmp_path / "script")], ["a\0b"]):
        with pytest.raises(UserError, match="cannot be started"):
            run_to_end(words, 5.0, lambda _chunk: None)
