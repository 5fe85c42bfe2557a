"""Where a log's tools ran: kernel, interpreter, compiler and libraries, by what they print.

It finds no failure: what it reads goes to `LogMetadata.environment`, for who compares two builds.
Tests may print the same lines; the first of each counts, for tools tell it before they run any.
"""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.patterns import linear
from bot.logs.formats.base import Format, Hit, Rule, rule

# Of `python -m test.pythoninfo`, what differs between machines and not between runs.
_PYTHONINFO = (
    "CC.version", "expat.EXPAT_VERSION", "gdb_version", "libffi.version", "os.cpu_count",
    "platform.libc_ver", "platform.platform", "readline.readline_library_version",
    "sqlite3.sqlite_version", "ssl.OPENSSL_VERSION", "sys.version", "tkinter.info_patchlevel",
    "tkinter.TCL_VERSION", "zlib.ZLIB_RUNTIME_VERSION",
)  # fmt: skip

_MOST_LETTERS = 200

_IS_REGRTEST_SYSTEM = linear(r"^== ([A-Za-z][\w.+-]{2,120})(?: (?:little|big)-endian)?$")


class Environment(Format):
    """A table of lines that tools begin with."""

    suite = "environment"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(
            "== CPython ",
            linear(r"== CPython (?P<python>\S{1,60})(?:.*\[(?P<compiler>[^\[\]]{2,100})\])?"),
            "regrtest",
        ),
        rule(
            " -- Python ",
            linear(r"^platform (?P<system>\S{2,40}) -- Python (?P<python>[^\s,]{1,60})"),
            "take_groups",
        ),
        rule(
            "compiler identification is ",
            linear(r"-- The (?P<name>\w{1,12}) compiler identification is (?P<value>.{1,100})$"),
            "take_compiler",
        ),
        rule(
            " compiler for the host machine: ",
            linear(r"^(?P<name>\S{1,12}) compiler for the host machine: [^(]*\((?P<value>.*)\)$"),
            "take_compiler",
        ),
        *(
            rule(f"{name}: ", linear(rf"^{re.escape(name)}: (?P<value>\S.*)$"), "pythoninfo")
            for name in _PYTHONINFO
        ),
    )

    def regrtest(self, hit: Hit, match: re.Match[str]) -> None:
        """Python's own runner: the interpreter, and the system in the line below."""
        self.take_groups(hit, match)
        below = next(iter(hit.below(1)), None)
        system = _IS_REGRTEST_SYSTEM.match(below.text) if below else None
        if system:
            self._take("system", system[1])

    def take_groups(self, _hit: Hit, match: re.Match[str]) -> None:
        """Each group is a thing of this name."""
        for name, value in match.groupdict().items():
            if value:
                self._take(name, value)

    def take_compiler(self, _hit: Hit, match: re.Match[str]) -> None:
        """CMake's and meson's compiler of a language."""
        self._take(f"{match['name']} compiler", match["value"])

    def pythoninfo(self, _hit: Hit, match: re.Match[str]) -> None:
        """A line of `test.pythoninfo`, by its own name."""
        name, _, value = match[0].partition(": ")
        self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        self.facts.environment.setdefault(name, value.strip()[:_MOST_LETTERS])
