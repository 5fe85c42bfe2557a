"""The file by which a search goes on where it was stopped: JSON, a line for each run.

The first line tells of which search. The last one may be torn: it was never counted.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from bot.core.errors import UserError
from bot.core.order_search.judging import Basis
from bot.core.order_search.model import Outcome, Trial

_VERSION = 1


class RunRecord:
    """Open for one search at a time."""

    def __init__(self, path: Path, identity: dict[str, object]) -> None:
        """`identity` is all that the trials depend on. Raises `UserError` for another's file."""
        self._path = path
        self._begin = {"nightswatch": "bisect-order", "version": _VERSION, **identity}
        self._file = _open(path)
        self.runs: list[tuple[Trial, Outcome, Basis | None, float]] = []
        try:
            self._load()
        except BaseException:
            self._file.close()
            raise

    def add(self, trial: Trial, outcome: Outcome, basis: Basis | None, seconds: float) -> None:
        """One more run; on the disk before the next one begins."""
        self.runs.append((trial, outcome, basis, seconds))
        row: dict[str, object] = {
            "trial": trial,
            "outcome": outcome,
            "basis": basis,
            "seconds": round(seconds, 3),
        }
        self._write(row)

    def close(self, *, done: bool) -> None:
        """What is done needs no file any more."""
        if done:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _load(self) -> None:
        try:
            lines = self._file.read().split(b"\n")[:-1]
            begin, *rows = [json.loads(line) for line in lines] or [None]
            self.runs = [_parse(row) for row in rows]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(f"{self._path} is no record of a search: {error}") from error
        if not lines:
            self._file.seek(0)
            self._file.truncate()
            self._write(self._begin)
            return
        if begin != self._begin:
            differ = _name_differences(begin, self._begin)
            raise UserError(
                f"{self._path} is of another search ({differ}): --restart begins anew, --state "
                "names another file"
            )
        self._file.seek(sum(len(line) + 1 for line in lines))
        self._file.truncate()

    def _write(self, row: dict[str, object]) -> None:
        try:
            line = json.dumps(row).encode() + b"\n"
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UserError(f"cannot write {self._path}: {error.strerror}") from error


def make_identity(
    tests: Sequence[str], victim: str, command: str, limits: Sequence[object]
) -> dict[str, object]:
    """What tells one search from another."""
    names = "\n".join([*tests, victim]).encode("utf-8", "surrogateescape")
    order = hashlib.sha256(names).hexdigest()
    return {"order": order, "command": command, "limits": list(limits)}


def _open(path: Path) -> io.FileIO:
    try:
        file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)  # noqa: PTH123, SIM115
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    try:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UserError(f"{path} is no file")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise UserError(f"{path} is in use: the same search runs already") from error
    except BaseException:
        file.close()
        raise
    return file


def _parse(row: dict[str, object]) -> tuple[Trial, Outcome, Basis | None, float]:
    trial, basis, seconds = row["trial"], row["basis"], row["seconds"]
    if not isinstance(trial, list) or not isinstance(seconds, int | float):
        raise TypeError("a run without its tests or its time")
    places = tuple(int(place) for place in trial)
    return (
        places,
        Outcome(str(row["outcome"])),
        Basis(str(basis)) if basis else None,
        float(seconds),
    )


def _name_differences(theirs: object, ours: dict[str, object]) -> str:
    if not isinstance(theirs, dict) or theirs.get("nightswatch") != ours["nightswatch"]:
        return "nothing of ours"
    return ", ".join(key for key in ours if theirs.get(key) != ours[key]) or "more in it"
