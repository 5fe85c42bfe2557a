"""What is wrong with the file of an SQLite database; SQLite only says that it cannot open it.

In: a database's URL. Out: a fault in a few words. Nothing is left behind.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

_PRIVATE = 0o600
_OTHERS = 0o077


def find_file_fault(url: URL) -> str | None:
    """Why the file cannot be used; None where it can, or where there is no file."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return None
    path = Path(url.database)
    faults = (
        (path.is_dir, "it is a directory"),
        (lambda: not path.parent.is_dir(), "its directory does not exist"),
        (lambda: path.is_file() and not os.access(path, os.W_OK), "no right to write to it"),
        (lambda: not _takes_files(path.parent), "no right to write into its directory"),
    )
    return next((words for is_so, words in faults if is_so()), None)


def _takes_files(folder: Path) -> bool:
    """Asked by making a file without a name: rights alone do not tell, least of all root's."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def protect_file(url: URL) -> None:
    """The file, and what SQLite keeps beside it, for its owner alone: it holds words of logs.

    One that is not there yet is made, so that nobody can open it meanwhile. SQLite gives its
    write-ahead log the rights of the file: https://www.sqlite.org/wal.html
    """
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return
    make_private(Path(url.database))
    for suffix in ("-wal", "-shm", "-journal"):
        beside = Path(url.database + suffix)
        if beside.exists():
            _restrict(beside)


def make_private(path: Path) -> None:
    """An empty file that only its owner reads, or the one that is there made so."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
    _restrict(path)


def _restrict(path: Path) -> None:
    """Of another owner's file the rights are theirs to set; who may write to it may be meant to."""
    with suppress(PermissionError):
        if path.stat().st_mode & _OTHERS:
            path.chmod(_PRIVATE)
