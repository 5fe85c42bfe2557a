"""Compilers and linkers: the first real error is the cause, what comes of it is not."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind
from bot.logs.formats.base import Weight
from bot.logs.formats.table import Diagnostic, Table, row

_AT = r"^(?P<path>(?:[A-Za-z]:)?[^\s:()\[\]*'\"][^:()'\"]*):(?P<line>\d+)(?::\d+)?: "
# The code that an error points at, and notes.
_CODE = re.compile(r"^\s+\d* *\||^\s+[~^]|^\s{2,}\S|^[^\s:]+:\d+:\d+: note: |^\w.*[;{})]$")
_OTHERS = r"\.(?:pyi?|rst|md|txt|java|go|rs|build)(?::\d+)*: "
_COMPILE, _LINK = Kind.COMPILE_ERROR, Kind.LINK_ERROR
_MSVC = r"^(?:\d+>)?(?P<path>(?:[A-Za-z]:)?[^:()*?\"<>|]+)\((?P<line>\d+)(?:,\d+)*\)\s?: "


class Compilers(Table):
    """gcc, clang, MSVC, javac, tsc and those that write like them."""

    suite = "compiler"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("gcc", _COMPILE, "error: ", _AT + r"(?P<text>(?:fatal )?error: .+)$",
            unless=_OTHERS, below=6, belongs=_CODE),
        row("gcc", _COMPILE, "internal compiler", r"(?P<text>internal compiler error: .*)$", below=3),
        row("gcc", _COMPILE, "Please submit a", r"^PLEASE submit a bug report to .*", below=12),
        row("gcc", _COMPILE, "Error: ", r"^(?P<path>\S+\.[sS]):(?P<line>\d+): (?P<text>Error: .+)$"),
        row("gcc", _COMPILE, "treated as errors", r"^cc1\w*: (?:some|all) warnings being treated as errors",
            weight=Weight.WRAPPER, above=6),
        row("javac", _COMPILE, "error: ", r"^(?P<path>\S+\.java):(?P<line>\d+): (?P<text>error: .+)$", below=2),
        row("msvc", _COMPILE, "error C", _MSVC + r"(?P<text>(?:fatal )?error C[S\d]\d+: .+)$"),
        row("tsc", _COMPILE, "error TS", r"^(?P<path>[^\s(]+)\((?P<line>\d+),\d+\): (?P<text>error TS\d+: .+)$"),
        row("tsc", _COMPILE, "error TS", r"^(?P<path>[^\s:]+):(?P<line>\d+):\d+ - (?P<text>error TS\d+: .+)$", below=3),
        row("tsc", _COMPILE, "error TS", r"^(?P<text>error TS\d+: .+)$"),
        row("msbuild", Kind.BUILD_FAILURE, "error MSB", r"(?P<text>error MSB\d+: .+)$", weight=Weight.WRAPPER),
        row("swiftc", _COMPILE, "error: emit", r"^error: emit-module command failed", weight=Weight.WRAPPER),
        row("nasm", _COMPILE, "rror: ", r"^(?P<path>\S+\.(?:asm|nasm)):(?P<line>\d+): (?P<text>error: .+)$"),
        row("ghc", _COMPILE, "rror:", r"^(?P<path>\S+\.l?hs):(?P<line>\d+):\d+: error:", below=4),
        row("gfortran", _COMPILE, "Error: ", r"^(?:Fatal )?Error: (?P<text>.+ at \(1\).*)$", above=4),
    )  # fmt: skip


class Linkers(Table):
    """ld, gold, lld, mold, Apple's and Microsoft's."""

    suite = "linker"
    absorbs = ()
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("ld", _LINK, "undefined ref", r"(?:^|: )(?P<text>undefined reference to .+)$"),
        row("ld", _LINK, "undefined symbol", r"error: (?P<text>undefined symbol: .+)$", below=3,
            belongs=re.compile(r"^>>>")),
        row("ld", _LINK, "undefined symbol", r"^(?:ld|/\S*ld\S*): .*(?P<text>undefined symbol\b.+)$", unless="error: undefined"),
        row("ld", _LINK, "multiple definition", r"(?P<text>multiple definition of .+)$"),
        row("ld", _LINK, "duplicate symbol", r"(?P<text>duplicate symbol.+)$", below=3),
        row("ld", _LINK, "cannot find -l", r"(?P<text>cannot find -l\S+.*)$"),
        row("ld", _LINK, "unable to find library", r"error: (?P<text>unable to find library -l\S+)$"),
        row("ld", _LINK, "library not found for", r"(?P<text>library '?\S* ?not found for -l\S+)$"),
        row("ld", _LINK, "library '", r"ld: (?P<text>library '\S+' not found)$"),
        row("ld", _LINK, "Undefined symbols for", r"^Undefined symbols for architecture \w+:", below=4),
        row("ld", _LINK, "recompile with -fPIC", r"(?P<text>relocation \S+ against .*recompile with -fPIC)"),
        row("ld", _LINK, "skipping incompatible", r"(?P<text>skipping incompatible \S+ when searching)", weight=Weight.HINT),
        row("ld", _LINK, "file not recognized", r"(?P<text>file not recognized: .+)$"),
        row("ld", _LINK, "DSO missing from", r"(?P<text>error adding symbols: DSO missing from command line)"),
        row("link.exe", _LINK, "error LNK", r"(?P<text>(?:fatal )?error LNK\d+: .+)$", unless="LNK1120"),
        row("link.exe", _LINK, "error LNK1120", r"(?P<text>fatal error LNK1120: .+)$", weight=Weight.WRAPPER),
        row("ld", _LINK, "error: ld returned", r"^collect2: error: ld returned", weight=Weight.WRAPPER, above=4),
        row("ld", _LINK, "linker command failed", r"^clang\S*: error: linker command failed",
            weight=Weight.WRAPPER, above=4),
    )  # fmt: skip
