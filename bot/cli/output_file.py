"""Where a command writes to: standard output, or a file that is whole or not there.

In: a name. Out: a text stream; a name that ends in `.gz` is packed.
"""

import contextlib
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bot.core.errors import UserError


@contextlib.contextmanager
def open_target(name: str) -> Iterator[IO[str]]:
    """Standard output for `-`; a file appears under its name only when it is whole."""
    if name == "-":
        yield sys.stdout
        return
    part = Path(f"{name}.part")
    try:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(part, "wt", encoding="utf-8") as target:
            yield target
        part.rename(name)
    except OSError as error:
        raise UserError(f"cannot write {name}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
