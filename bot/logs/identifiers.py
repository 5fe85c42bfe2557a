"""Names of tests and places in the source, the same on every builder.

Input: what runners print. Output: canonical test ids and `path:line` locations.
"""

from __future__ import annotations

import re

from bot.core.failures.paths import make_path
from bot.core.patterns import late

_UNITTEST = late(r"(?P<name>[^\s(]+) \((?P<where>[^()\s]+)\)")
# testtools and subunit print the whole id, and behind it a subtest's parameters.
_DOTTED = late(r"(?P<name>[A-Za-z_]\w*(?:\.[^\s().]+)+(?:\([^\s()]*\))?)(?: |$)")
# `unittest.loader._FailedTest` stands for a module that could not be imported.
_LOADER = late(
    r"(?:unittest2?|nose2)\.loader\.(?:_FailedTest|ModuleImportFailure|LoadTestsFailure)\.?"
)
_FIXTURES = ("setUpClass", "setUpModule")


def find_unittest_id(header: str) -> str | None:
    """The canonical id from `name (module.Class)`; from 3.11 on the name is inside as well."""
    dotted = _DOTTED.match(header)
    if dotted:
        return _LOADER.sub("", dotted["name"])
    found = _UNITTEST.match(header)
    if not found:
        return None
    name, where = found["name"], found["where"]
    if _LOADER.match(where):
        return name
    where = where.removeprefix("__main__.")
    return where if where.endswith(f".{name}") or where == name else f"{where}.{name}"


def find_fixture_id(name: str) -> str | None:
    """The id of a fixture of unittest, which files for machines name as no test."""
    return find_unittest_id(name) if name.startswith(tuple(f"{f} (" for f in _FIXTURES)) else None


def is_unloaded(header: str) -> bool:
    """True for a head of unittest's loader: a whole module could not be imported."""
    return bool(_LOADER.search(header))


def find_unreached(test: str) -> str | None:
    """The class or module whose tests did not run, because its set-up is what failed."""
    place, _, name = test.rpartition(".")
    return place if name in _FIXTURES and place else None


def make_file_id(name: str) -> str:
    """The canonical id of a whole file of regrtest: `test_ssl` and `test.test_ssl` are one."""
    return name if name.startswith("test.") else f"test.{name}"


def make_location(path: str, line: str | int | None, directory: str | None = None) -> str:
    """`path:line`, the path relative to the source tree wherever that can be told."""
    # BitBake puts `| ` before the lines of a task's log.
    path = make_path(path.removeprefix("| "), directory)
    return path if line is None else f"{path}:{line}"


# What stands behind a name and is another in every run: times, states, places in a count.
_CHANGING = late(
    r"""(?:
      \s{0,9}[(\[]\s*[\d.,]+\s?(?:ns|us|µs|ms|s|sec|secs|seconds?|m|min)\s*[)\]]
    | \s{0,9}\#\s{0,9}(?:time=[\d.]+\s?\w*|exit=-?\d+|TIMEOUT\b.*|duration\b.*)
    | \s{0,9}[(\[]\d+\s?(?:/|of)\s?\d+[)\]]
    )+$""",
    re.VERBOSE,
)
_COUNTED = late(r"^(?:[(\[]\s*\d+\s?(?:/|of)\s?\d+[)\]]\s*|\d+/\d+\s+)")
# When it was said.
_STAMPED = late(
    r"^\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?\]?(?:\s?[-:|])?\s+(?=\S)"
)
_ADDRESS = late(r"\b0x[0-9a-fA-F]{6,16}\b")
_RUN_FOLDER = late(r"(?:/var)?/tmp/[\w.-]+")
_LONGEST_ID = 500


def make_test_id(name: str, directory: str | None = None) -> str:
    """A test's name as any run of it prints it: without times, counts, addresses and roots."""
    text = " ".join(name[:_LONGEST_ID].split())
    text = _COUNTED.sub("", _STAMPED.sub("", _CHANGING.sub("", text)))
    if "0x" in text:
        text = _ADDRESS.sub("0x…", text)
    if "/" in text:
        text = _RUN_FOLDER.sub("<tmp>", text)
        if directory:
            text = text.replace(directory.rstrip("/") + "/", "")
        if text.startswith("/") and " " not in text:
            text = make_path(text, directory)
    return text.strip()
