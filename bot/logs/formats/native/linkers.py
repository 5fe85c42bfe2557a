"""Linkers: ld, gold, lld, mold, Apple's and Microsoft's."""

from __future__ import annotations

from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Weight
from bot.logs.formats.table import Diagnostic, Table, row

_LINK = Kind.LINK_ERROR


class Linkers(Table):
    """ld, gold, lld, mold, Apple's and Microsoft's."""

    suite = "linker"
    absorbs = ()
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("ld", _LINK, "undefined ref", r"(?:^|: )(?P<text>undefined reference to .+)$"),
        row("ld", _LINK, "undefined symbol", r"error: (?P<text>undefined symbol: .+)$", below=3,
            belongs=late(r"^>>>")),
        row("ld", _LINK, "undefined symbol",
            linear(r"^(?:ld|/\S*ld\S*): .*(?P<text>undefined symbol\b.+)$"),
            unless="error: undefined"),
        row("ld", _LINK, "multiple definition", r"(?P<text>multiple definition of .+)$"),
        row("ld", _LINK, "duplicate symbol", r"(?P<text>duplicate symbol.+)$", below=3),
        row("ld", _LINK, "cannot find -l", r"(?P<text>cannot find -l\S+.*)$"),
        row("ld", _LINK, "unable to find library",
            r"error: (?P<text>unable to find library -l\S+)$"),
        row("ld", _LINK, "library not found for", r"(?P<text>library '?\S* ?not found for -l\S+)$"),
        row("ld", _LINK, "library '", r"ld: (?P<text>library '\S+' not found)$"),
        row("ld", _LINK, "Undefined symbols for", r"^Undefined symbols for architecture \w+:",
            below=4),
        row("ld", _LINK, "recompile with -fPIC",
            linear(r"(?P<text>relocation \S+ against .*recompile with -fPIC)")),
        row("ld", _LINK, "skipping incompatible",
            r"(?P<text>skipping incompatible \S+ when searching)", weight=Weight.HINT),
        row("ld", _LINK, "file not recognized", r"(?P<text>file not recognized: .+)$"),
        row("ld", _LINK, "DSO missing from",
            r"(?P<text>error adding symbols: DSO missing from command line)"),
        row("link.exe", _LINK, "error LNK", r"(?P<text>(?:fatal )?error LNK\d+: .+)$",
            unless="LNK1120"),
        row("link.exe", _LINK, "error LNK1120", r"(?P<text>fatal error LNK1120: .+)$",
            weight=Weight.WRAPPER),
        row("ld", _LINK, "error: ld returned", r"^collect2: error: ld returned",
            weight=Weight.WRAPPER, above=4),
        row("ld", _LINK, "linker command failed", r"^clang\S*: error: linker command failed",
            weight=Weight.WRAPPER, above=4),
    )  # fmt: skip
