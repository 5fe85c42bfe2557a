"""What is wrong with the file of an SQLite database; SQLite only says that it cannot open it.

In: a database's URL. Out: a fault in a few words. Nothing is left behind.
"""

import os
import tempfile
from pathlib import Path

from sqlalchemy import URL


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
