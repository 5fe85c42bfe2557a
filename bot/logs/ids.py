"""Names of tests and places in the source, the same on every builder.

Input: what runners print. Output: canonical test ids and `path:line` locations.
"""

from __future__ import annotations

import re

from bot.core.paths import make_path

_UNITTEST = re.compile(r"(?P<name>[^\s(]+) \((?P<where>[^()\s]+)\)")
# `unittest.loader._FailedTest` stands for a module that could not be imported.
_LOADER = re.compile(r"unittest\.loader\.(?:_FailedTest|ModuleImportFailure|LoadTestsFailure)")


def find_unittest_id(header: str) -> str | None:
    """The canonical id from `name (module.Class)`; from 3.11 on the name is inside as well."""
    found = _UNITTEST.match(header)
    if not found:
        return None
    name, where = found["name"], found["where"]
    if _LOADER.match(where):
        return name
    where = where.removeprefix("__main__.")
    return where if where.endswith(f".{name}") or where == name else f"{where}.{name}"


def make_file_id(name: str) -> str:
    """The canonical id of a whole file of regrtest: `test_ssl` and `test.test_ssl` are one."""
    return name if name.startswith("test.") else f"test.{name}"


def make_location(path: str, line: str | int | None, directory: str | None = None) -> str:
    """`path:line`, the path relative to the source tree wherever that can be told."""
    path = make_path(path, directory)
    return path if line is None else f"{path}:{line}"
