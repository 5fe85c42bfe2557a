"""What the log reader compiles at its start, kept from one run to the next.

One file in the user's cache folder. It is only ever a saving: what cannot be read, belongs to
somebody else or may be written by others is as if it were not there, and nothing is said.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from bot.core.log_rules import ProjectFormat
from bot.logs import LogScanner

_NAME = "compiled-needles"
# With a project's own rules: beside it, so that who reads without them compiles nothing anew.
_OWN_NAME = "compiled-needles-project"
# Twenty times what it takes; more is not ours.
_MAX_SIZE = 16 * 1024 * 1024
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
# A pipe in its place would be waited for, a link could lead to anything.
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@cache
def prepare_needles(folder: Path | None, rules: tuple[ProjectFormat, ...] = ()) -> bytes:
    """What each `LogScanner` of this process is to be handed; compiled, and kept, if need be."""
    known = load_compiled(folder, own=bool(rules))
    new = LogScanner(compiled=known, rules=rules).dump_compiled()
    if new:
        keep_compiled(folder, new, own=bool(rules))
    return new or known


def load_compiled(folder: Path | None, *, own: bool = False) -> bytes:
    """What was kept there; nothing when there is none to be trusted. `own`: with own rules."""
    if folder is None:
        return b""
    try:
        if not is_private(os.lstat(folder), stat.S_ISDIR):
            return b""
        with os.fdopen(os.open(folder / _find_name(own=own), _OPEN), "rb") as file:
            status = os.fstat(file.fileno())
            if is_private(status, stat.S_ISREG) and status.st_size <= _MAX_SIZE:
                return file.read(_MAX_SIZE)
    except OSError:
        pass
    return b""


def keep_compiled(folder: Path | None, compiled: bytes, *, own: bool = False) -> None:
    """Keep it for the next run: whole, or not at all."""
    if folder is None:
        return
    import tempfile  # most runs have nothing to keep

    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_private(os.lstat(folder), stat.S_ISDIR):
            return
        number, name = tempfile.mkstemp(dir=folder, prefix=_NAME)  # of mode 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(compiled)
            Path(name).replace(folder / _find_name(own=own))
        except OSError:
            Path(name).unlink()


def _find_name(*, own: bool) -> str:
    return _OWN_NAME if own else _NAME


def is_private(status: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """True for what is of that kind, belongs to this user and is written by nobody else."""
    mine = status.st_uid == os.geteuid()
    return mine and is_kind(status.st_mode) and not status.st_mode & _WRITABLE_BY_OTHERS
