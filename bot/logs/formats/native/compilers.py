"""Compilers: the first real error is the cause, what comes of it is not."""

from __future__ import annotations

from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import linear
from bot.logs.formats.base import Weight
from bot.logs.formats.table import Diagnostic, Table, row

_AT = r"^(?P<path>(?:[A-Za-z]:)?[^\s:()\[\]*'\"][^:()'\"]*):(?P<line>\d+)(?::\d+)?: "


_CODE = linear(r"^\s+\d* *\||^\s+[~^]|^\s{2,}\S|^[^\s:]+:\d+:\d+: note: |^\w.*[;{})]$")


_OTHERS = r"\.(?:pyi?|rst|md|txt|java|go|rs|build)(?::\d+)*: "


# The compiler itself, of options and files that are not there.
_DRIVER = (
    r"^(?:\S*[/\\-])?(?:gcc|g\+\+|cc1(?:plus)?|clang(?:\+\+)?|c\+\+|cc|lto1)"
    r"(?:-[\d.]+)?(?:\.exe)?: "
)


_COMPILE = Kind.COMPILE_ERROR


_MSVC = r"^(?:\d+>)?(?P<path>(?:[A-Za-z]:)?[^:()*?\"<>|]+)\((?P<line>\d+)(?:,\d+)*\)\s?: "


class Compilers(Table):
    """gcc, clang, MSVC, javac, tsc and those that write like them."""

    suite = "compiler"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("gcc", _COMPILE, "error: ", _AT + r"(?P<text>(?:fatal )?error: .+)$",
            unless=_OTHERS, below=6, belongs=_CODE),
        row("gcc", _COMPILE, "error: ", _DRIVER + r"(?P<text>(?:fatal )?error: .+)$",
            unless=r"ld returned|command failed|Killed signal"),
        row("gcc", _COMPILE, "internal compiler", r"(?P<text>internal compiler error: .*)$",
            below=3),
        row("clang", _COMPILE, "PLEASE submit a bug", r"^PLEASE submit a bug report to .*", above=2,
            below=12),
        row("gcc", _COMPILE, "Error: ",
            r"^(?P<path>\S+\.[sS]):(?P<line>\d+): (?P<text>Error: .+)$"),
        row("gcc", _COMPILE, "treated as errors",
            r"^cc1\w*: (?:some|all) warnings being treated as errors", weight=Weight.WRAPPER,
            above=6),
        row("javac", _COMPILE, "error: ",
            r"^(?P<path>\S+\.java):(?P<line>\d+): (?P<text>error: .+)$", below=2),
        *(row("cython", _COMPILE, f".{suffix}:",
            rf"^(?P<path>[^\s:]+\.{suffix}):(?P<line>\d+):\d+: (?P<text>(?!warning)\S.*)$")
            for suffix in ("pyx", "pxd", "pxi")),
        row("msvc", _COMPILE, "error C", _MSVC + r"(?P<text>(?:fatal )?error C[S\d]\d+: .+)$"),
        row("tsc", _COMPILE, "error TS",
            r"^(?P<path>[^\s(]+)\((?P<line>\d+),\d+\): (?P<text>error TS\d+: .+)$"),
        row("tsc", _COMPILE, "error TS",
            r"^(?P<path>[^\s:]+):(?P<line>\d+):\d+ - (?P<text>error TS\d+: .+)$", below=3),
        row("tsc", _COMPILE, "error TS", r"^(?P<text>error TS\d+: .+)$"),
        row("tsc", _COMPILE, "error\x1b[",
            r"^(?P<path>[^\s:]+\.[cm]?tsx?):(?P<line>\d+):\d+ - (?P<text>error TS\d+: .+)$",
            below=3),
        row("msbuild", Kind.BUILD_FAILURE, "error MSB", r"(?P<text>error MSB\d+: .+)$",
            weight=Weight.WRAPPER),
        row("swiftc", _COMPILE, "error: emit", r"^error: emit-module command failed",
            weight=Weight.WRAPPER),
        row("nasm", _COMPILE, "rror: ",
            r"^(?P<path>\S+\.(?:asm|nasm)):(?P<line>\d+): (?P<text>error: .+)$"),
        row("ghc", _COMPILE, "rror:", r"^(?P<path>\S+\.l?hs):(?P<line>\d+):\d+: error:", below=4),
        row("gfortran", _COMPILE, "Error: ", r"^(?:Fatal )?Error: (?P<text>.+ at \(1\).*)$",
            above=4),
    )  # fmt: skip
