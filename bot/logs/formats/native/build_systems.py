"""What drives compilers: make and ninja say that something failed; cmake, configure, meson what."""

from __future__ import annotations

from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Weight
from bot.logs.formats.table import Diagnostic, Table, row

_CONFIG, _BUILD = Kind.CONFIG_ERROR, Kind.BUILD_FAILURE
_MAKE = r"^(?:\S*make(?:\.exe)?(?:\[\d+\])?): \*\*\* "
_INDENTED = late(r"^\s*$|^\s\s")


class Builders(Table):
    """Build systems."""

    suite = "build"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("make", _BUILD, "*** [", _MAKE + r"\[(?P<text>.+)$", weight=Weight.WRAPPER, above=6),
        row("make", _BUILD, "*** No rule", _MAKE + r"(?P<text>No rule to make target .+)$"),
        row("make", _BUILD, "*** ",
            r"^(?P<path>[^\s:]+):(?P<line>\d+): \*\*\* (?P<text>.+?)(?:  Stop\.)?$"),
        row("make", _BUILD, "*** ", _MAKE + r"(?P<text>(?!\[|No rule|Waiting|Deleting).+)$"),
        row("nmake", _BUILD, "fatal error U1", r"(?P<text>fatal error U1\d\d\d: .+)$",
            weight=Weight.WRAPPER, above=6),
        row("ninja", _BUILD, "FAILED: ", r"^FAILED: (?:\[code=\d+\] )?\S+(?: \S+)*\s*$",
            weight=Weight.WRAPPER, below=8),
        row("ninja", _BUILD, "ninja: error: ", r"^ninja: error: (?P<text>.+)$"),
        row("ninja", _BUILD, "ninja: build stopped", r"^ninja: build stopped: ",
            weight=Weight.WRAPPER, above=6),
        row("cmake", _CONFIG, "CMake Error",
            r"^CMake Error(?: at (?P<path>[^:]+):(?P<line>\d+) \(\w+\))?:.*$", below=8,
            belongs=_INDENTED),
        row("cmake", _CONFIG, "CMake Error: ", r"^CMake Error: (?P<text>.+)$"),
        row("cmake", _CONFIG, "Configuring incomplete",
            r"^-- Configuring incomplete, errors occurred!", weight=Weight.WRAPPER),
        row("configure", _CONFIG, "configure: error: ",
            r"^(?:\S*/)?configure: error: (?P<text>.+)$", above=3, below=3,
            belongs=late(r"^(?!make|program finished|See )\S")),
        row("configure", _CONFIG, "error: ",
            r"^(?P<path>configure\.(?:ac|in)):(?P<line>\d+): (?P<text>error: .+)$"),
        row("autotools", _CONFIG, r"/auto(?:reconf|make|conf): error/",
            r"^(?:autoreconf|automake|autoconf|aclocal): (?P<text>error: .+)$"),
        row("meson", _CONFIG, "ERROR: ",
            r"^(?P<path>\S*meson(?:\.build|_options\.txt|\.options)):(?P<line>\d+):\d+: "
            r"ERROR: (?P<text>.+)$", above=2),
        row("meson", _CONFIG, "ERROR: ",
            r"^ERROR: (?P<text>(?:Dependency|Program|Pkg-config|Unknown compiler"
            r"|Compiler) .+)$"),
        row("bazel", _BUILD, "ERROR: ",
            linear(r"^(?:\(\d\d:\d\d:\d\d\) )?ERROR: (?P<path>\S+?/BUILD\S*)"
            r":(?P<line>\d+):\d+: (?P<text>.+)$"), below=3),
        row("scons", _BUILD, "scons: *** ", r"^scons: \*\*\* (?P<text>.+)$",
            weight=Weight.WRAPPER, above=4),
        row("gradle", _BUILD, "FAILURE: Build failed",
            r"^FAILURE: Build failed with an exception\.", weight=Weight.WRAPPER, below=8,
            belongs=late(r"")),
        row("cargo", _CONFIG, "failed to parse manifest",
            r"^error: (?P<text>failed to parse manifest at .+)$", below=8,
            belongs=late(r"")),
        row("nox", _BUILD, "nox > Session", r"^nox > (?P<text>Session .+ failed\.)$",
            weight=Weight.WRAPPER, above=6),
        row("nox", _BUILD, "nox > Session", r"^nox > (?P<text>Session .+ aborted: .+)$",
            weight=Weight.WRAPPER),
        row("tox", _BUILD, ": FAIL code ", r"^\s+(?P<text>\S+: FAIL code \d+) \(",
            weight=Weight.WRAPPER),
        row("tox", _BUILD, ": exit ", r"^(?P<text>\S+: exit -?\d+) \([\d.]+ seconds\) .+ pid=\d+$",
            weight=Weight.WRAPPER, above=6),
        row("uv", _CONFIG, "No solution found", r"^\s*(?:×|error:) (?P<text>No solution found .+)$",
            below=4),
        row("setuptools", _BUILD, "error: command",
            r"^error: (?P<text>command '.+' failed(?: with exit (?:code|status) \d+)?)",
            weight=Weight.WRAPPER, above=6),
    )  # fmt: skip
