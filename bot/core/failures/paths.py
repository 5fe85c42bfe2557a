"""Paths as every builder would print them.

Input: paths, and messages with paths in them. Output: the same without the root that is the
worker's own: its home, its build directory, its temporary one.
"""

from __future__ import annotations

import posixpath
import re

from bot.core.patterns import late

_SLASHES = late(r"[\\/]+")
_UPWARDS = late(r"(?:\.{1,2}/)+")
_DRIVE = late(r"[A-Za-z]:(?=[\\/])")

# Two parts of a path tell which file it is, and no builder differs in them; of three the first
# may already be the name of a checkout.
_TOLD_BY = 2

# Where a build directory ends. Buildbot's own default for it is `build`; CPython keeps its
# library in `Lib`; installed Pythons have `lib/python3.x`.
_ROOTS = (
    late(r"^(?:.*/)?build/(?=.)"),
    late(r"^.*/(?=Lib/)"),
    late(r"^.*/lib(?:64)?/python[\d.]+t?/"),
)
# Where systems keep what lives for one run, with the directory that was made for it.
_TEMPORARY = late(
    r"(?:(?:.*/)?(?:private/)?var/folders/[^/]+/[^/]+/[A-Z]/|(?:/private)?(?:/var|/usr)?/tmp/"
    r"|/dev/shm/|.*/AppData/Local/Temp/|/Windows/Temp/)"
    r"(?:pytest-of-[^/]+/pytest-[^/]+/|(?:tmp[a-z0-9_]{8}|tmp\.\w{6,10}|(?=(?:[^/]*\d){2})[^/]+)/)*",
    re.IGNORECASE,
)


def make_path(path: str, directory: str | None = None) -> str:
    """`path` relative to the source tree wherever that can be told, with forward slashes.

    `directory` is where the command ran. What lies beside it (`../src/x.c`) is of the same tree.
    """
    path = _normpath(path)
    root = _normpath(directory).rstrip("/") + "/" if directory else "/"
    if len(root) > 1 and path.startswith(root):
        return path[len(root) :] or path
    found = next((m for root in _ROOTS if (m := root.match(path))), None)
    return (path[found.end() :] if found else path) or path


def make_short_path(path: str) -> str:
    """The parts of a path by which two builders agree on the file."""
    path = _DRIVE.sub("", path)
    parts = [part for part in make_path(path).split("/") if part]
    return "/".join(parts[-_TOLD_BY:])


def _normpath(path: str) -> str:
    path = _SLASHES.sub("/", path)
    path = posixpath.normpath(path) if path else path
    return _UPWARDS.sub("", path, count=1) if path.startswith(".") else path


# ---------------------------------------------------------------- in a message

_PART = r"[^\\/\s'\":;,()<>\[\]{}|=?*]+"
_IN_TEXT = late(
    # Windows': blanks are usual before the last backslash.
    r"(?<![A-Za-z0-9_])[A-Za-z]:[\\/]+(?:[^\\/'\":;,()<>\[\]{}|?*]+\\+)*"
    rf"(?:{_PART}[\\/]+)*{_PART}"
    # In quotes a blank belongs to the path.
    r"|(?<=['\"])/+(?:[^/'\"\n]+/+)+[^/'\"\n]+(?=['\"])"
    rf"|(?<![\w.<:/\\~)\]}}?*-])/+(?:{_PART}/+)+{_PART}"
)
_FILE_URL = late(r"\bfile://(?=/)(?:/(?=[A-Za-z]:))?")
_BACKSLASHES = late(r"(?<![\\\w.:/])(?:[\w.-]+\\+)+[\w-]+\.[A-Za-z]\w{0,4}\b")
_RELATIVE = late(r"(?<![\w./\\])(?:\.{1,2}[\\/])+(?=\w)")
_AROUND = late(r"(?<![\w./])[\w-]+/\.\./(?=\w)")


def strip_roots(text: str) -> str:
    """A message with its paths as `make_short_path` has them, relative ones whole."""
    text = _FILE_URL.sub("", text)
    text = _IN_TEXT.sub(_shorten, text)
    text = _BACKSLASHES.sub(lambda found: _SLASHES.sub("/", found[0]), text)
    return _AROUND.sub("", _RELATIVE.sub("", text))


def _shorten(found: re.Match[str]) -> str:
    path = _normpath(_DRIVE.sub("", found[0]))
    temporary = _TEMPORARY.match(path)
    if temporary:
        return f"<tmp>/{path[temporary.end() :]}"
    return make_short_path(path) or found[0]
