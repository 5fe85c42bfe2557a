"""Files for machines, and consoles of the same run, in `tests/data/junit`."""

import re
from pathlib import Path

from bot.core.model import Reading
from bot.logs import read_log

FILES = Path(__file__).parent.parent / "data" / "junit"


def read(name: str) -> Reading:
    return read_log([(FILES / name).read_bytes()])


def read_parts(name: str) -> tuple[Reading, Reading]:
    """The console and the file of a log that holds both, as a step with two logs has them."""
    text = (FILES / name).read_bytes()
    found = re.search(rb"^<(?:\?xml|testsuites?)\b.*</testsuites?>", text, re.DOTALL | re.MULTILINE)
    assert found
    begin, end = found.span()
    return read_log([text[:begin], text[end:].lstrip()]), read_log([text[begin:end]])
