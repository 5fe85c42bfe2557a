"""One run of a command: its own group of processes, a limit in time, and a bounded output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence

from bot.core.errors import UserError

_CHUNK = 1 << 16
_KEPT = 16 * 1024  # bytes of the end of its output
_GRACE = 5.0  # seconds between the word and the end, to write reports and delete files
_LEFT = 1.0  # seconds for what was written before its end; a child that left the group may hold on
_LOOK = 0.25  # seconds between two looks at a command that has closed its output


class Ended:
    """How a run ended: its exit status (None: out of time), how long it took, its last output."""

    def __init__(self, status: int | None, seconds: float, tail: str) -> None:
        self.status, self.seconds, self.tail = status, seconds, tail


def run_to_end(words: Sequence[str], timeout: float, take: Callable[[bytes], None]) -> Ended:
    """Run it, handing its output (both streams) to `take`; whatever happens, nothing is left.

    Raises `UserError` where it cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; we end it
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"--run: {words[0]!r} cannot be started: {why}") from error
    begun, tail = time.monotonic(), bytearray()
    try:
        in_time = True
        for chunk in _read(process, begun + timeout):
            take(chunk)
            tail += chunk
            del tail[:-_KEPT]
        in_time = _has_ended(process) or _wait(process, begun + timeout)
    finally:
        _end_group(process)
    seconds = time.monotonic() - begun
    status = process.returncode if in_time else None
    return Ended(status, seconds, tail.decode("utf-8", "replace"))


def _read(process: subprocess.Popen[bytes], until: float) -> Iterator[bytes]:
    """What it prints, until it closes its output, has ended, or is out of time."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    with process.stdout as pipe, selectors.DefaultSelector() as selector:
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, selectors.EVENT_READ)
        ended: float | None = None
        while time.monotonic() < until:
            if selector.select(_LOOK):
                chunk = os.read(pipe.fileno(), _CHUNK)
                if not chunk:
                    return
                yield chunk
            if ended is None and _has_ended(process):
                ended = time.monotonic()
            if ended is not None and time.monotonic() > ended + _LEFT:
                return


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Look without taking its status: until that is taken, its group's number is nobody else's."""
    looked = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return looked is not None


def _wait(process: subprocess.Popen[bytes], until: float) -> bool:
    while time.monotonic() < until:
        if _has_ended(process):
            return True
        time.sleep(0.02)
    return _has_ended(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End all that it started and that stayed in its group: politely, then for good."""
    try:
        if not _has_ended(process):
            _signal(process, signal.SIGTERM)
            _wait(process, time.monotonic() + _GRACE)
    finally:  # also when somebody presses Ctrl-C once more
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
