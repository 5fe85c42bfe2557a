"""The command behind `--requests`: JSON lines to another process and back, and never a hang."""

import contextlib
import json
import shlex
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from queue import Empty, Queue

from bot.core.errors import UserError

_PATIENCE = 60.0  # seconds for one answer; a fleet that is asked by hand is no use here
_LONGEST = 4_000_000  # bytes of an answer: a build with ten thousand failures has two million
_SHOWN = 300  # characters of what it says last


class RequestProcess:
    """A running command; each question is answered before the next one is put."""

    def __init__(self, words: list[str], patience: float = _PATIENCE) -> None:
        """Start it; raises `UserError` where it cannot be started."""
        self._name = words[0] if words else ""
        self._patience = patience
        self._answers: Queue[bytes] = Queue()
        self._said: deque[bytes] = deque(maxlen=20)
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603 - the user's own command
        except (OSError, ValueError, IndexError) as error:
            why = getattr(error, "strerror", None) or error
            raise UserError(f"--requests: {self._name!r} cannot be started: {why}") from error
        for read in (self._read_answers, self._read_errors):
            threading.Thread(target=read, daemon=True).start()

    def answer(self, question: dict[str, object]) -> object:
        """The JSON of the answer to one question; raises `UserError` where there is none."""
        try:
            assert self._process.stdin is not None  # noqa: S101 - it is a pipe
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._find_end() from error
        try:
            line = self._answers.get(timeout=self._patience)
        except Empty as error:
            words = f"gave no answer within {self._patience:g} seconds to {json.dumps(question)}"
            raise UserError(f"--requests: {self._name!r} {words}") from error
        if not line:
            raise self._find_end()
        try:
            return json.loads(line)
        except (ValueError, RecursionError) as error:
            shown = line[:_SHOWN].decode(errors="replace").strip()
            raise UserError(f"--requests: an answer is no JSON: {shown}") from error

    def close(self, patience: float = 5.0) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_answers(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        while line := self._process.stdout.readline(_LONGEST):
            self._answers.put(line)
        self._answers.put(b"")

    def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        while line := self._process.stderr.readline(_LONGEST):
            self._said.append(line)

    def _find_end(self) -> UserError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        last = self._said[-1].decode(errors="replace").strip()[:_SHOWN] if self._said else ""
        code = self._process.poll()
        ended = "closed its output" if code is None else f"ended with {code}"
        return UserError(f"--requests: {self._name!r} {ended}{': ' if last else ''}{last}")


@contextlib.contextmanager
def run_command(command: str, file: str) -> Iterator[RequestProcess]:
    """The command for one history file, whose name stands for `{file}`; raises `UserError`."""
    try:
        words = [word.replace("{file}", file) for word in shlex.split(command)]
    except ValueError as error:
        raise UserError(f"--requests: {error}") from error
    if not words:
        raise UserError("--requests names no command")
    if file == "-" and "{file}" in command:
        raise UserError("--requests: {file} needs a file, and this is standard input")
    process = RequestProcess(words)
    try:
        yield process
    finally:
        process.close()
