"""Names of tests and places in the source, the same on every builder.

Input: what runners print. Output: canonical test ids and `path:line` locations.
"""

from __future__ import annotations

import re

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


# Where a build directory ends. Buildbot's own default for it is `build`; CPython keeps its
# library in `Lib`; installed Pythons have `lib/python3.x`.
_ROOTS = (
    re.compile(r".*/build/(?=.)"),
    re.compile(r".*/(?=Lib/)"),
    re.compile(r".*/lib(?:64)?/python[\d.]+/"),
    re.compile(r"(?:\./)+"),
)


def make_location(path: str, line: str | int | None, directory: str | None = None) -> str:
    """`path:line`, the path relative to the source tree wherever that can be told."""
    path = re.sub(r"[\\/]+", "/", path)
    if directory and path.startswith(directory.rstrip("/") + "/"):
        path = path[len(directory.rstrip("/")) + 1 :]
    else:
        path = next((m.re.sub("", path, count=1) for r in _ROOTS if (m := r.match(path))), path)
    return path if line is None else f"{path}:{line}"
