"""Checkers of code and documents: type checkers, linters, Sphinx."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit, Weight
from bot.logs.formats.table import Diagnostic, Table, row

_LINT, _DOCS = Kind.LINT, Kind.DOCS
_PY = r"^(?P<path>[^\s:]+\.pyi?):(?P<line>\d+)"
_ARROW = late(r"\S|^$")


# What stands behind the place in lines of flake8, pylint and old ruff: `: F401 `, `: C0114: `. As
# literals: an expression of character classes would cost more to compile than all the others.
CODES = tuple(
    f": {letters}{digit}"
    for letters, digits in (
        ("E", "0123456789"), ("F", "456789"), ("W", "0123456"), ("C", "0149"), ("R", "0159"),
        ("B", "09"), ("D", "1234"), ("N", "8"), ("S", "123456"), ("UP", "0"), ("RUF", "012"),
        ("PLR", "0125"), ("PLC", "0"), ("PLE", "0"), ("PLW", "012"), ("SIM", "123"),
    )
    for digit in digits
)  # fmt: skip


class Checkers(Table):
    """Linters and type checkers."""

    suite = "lint"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("mypy", _LINT, ": error: ",
            _PY + r"(?::\d+)?(?:-\d+)?: error: (?P<text>.+)$"),
        row("mypy", _LINT, "mypy: ", r"^mypy: (?P<text>.+)$"),
        row("pyright", _LINT, " - error: ",
            r"^\s*(?P<path>\S+\.pyi?):(?P<line>\d+):\d+ - error: (?P<text>.+)$"),
        row("mypy", _LINT, "error:\x1b", _PY + r"(?::\d+)?(?:-\d+)?: error: (?P<text>.+)$"),
        row("eslint", _LINT, "error\x1b[",
            r"^\s+(?P<line>\d+):\d+\s+error\s+(?P<text>.+?)(?:\s{2,}\S+)?$"),
        *(row("flake8", _LINT, code,
            _PY + r":\d+: (?P<text>[A-Z]{1,3}\d{2,4}(?: \[\*\])? .+)$") for code in CODES),
        row("ruff", _LINT, " --> ",
            r"^ *--> (?P<path>[^\s:]+\.(?:pyi?|ipynb|toml)):(?P<line>\d+):\d+$", above=1, below=4),
        row("ruff", _LINT, "ould reformat: ",
            r"^(?:Would reformat|would reformat):? (?P<path>\S+)$"),
        row("black", _LINT, "would reformat ", r"^would reformat (?P<path>\S+)$"),
        *(row("pylint", _LINT, code,
            _PY + r":\d+: (?P<text>[CRWEF]\d{4}: .+)$") for code in CODES),
        row("isort", _LINT, "Imports are incorrectly",
            r"^ERROR: (?P<path>\S+) (?P<text>Imports are incorrectly sorted.*)$"),
        row("eslint", _LINT, "  error  ",
            r"^\s+(?P<line>\d+):\d+\s+error\s+(?P<text>.+?)(?:\s{2,}\S+)?$"),
        row("eslint", _LINT, " problem", r"^✖ \d+ problems? \([1-9]\d* errors?",
            weight=Weight.WRAPPER),
        row("prettier", _LINT, "Code style issues", r"^\[warn\] Code style issues found in .*",
            above=6),
        row("clippy", _LINT, "clippy::", r"^\s*= note: `-D (?P<text>clippy::\S+)`", above=8),
        row("clang-format", _LINT, "clang-formatted",
            r"^(?P<path>\S+?):(?P<line>\d+):\d+: (?P<text>error: code "
            r"should be clang-formatted.*)$"),
        row("shellcheck", _LINT, "^-- SC", r"\^-+\^? (?P<text>SC\d+ .+)$", above=3),
        row("pre-commit", _LINT, "hook id: ", r"^- hook id: (?P<text>\S+)$", above=1, below=8,
            belongs=_ARROW),
        row("patchcheck", _LINT, "Misc/NEWS",
            linear(r"(?P<text>.*Misc/NEWS\.d.*(?:missing|required).*)$"), weight=Weight.HINT),
        row("git", _LINT, "new blank line",
            r"^(?P<path>[^\s:]+):(?P<line>\d+): (?P<text>new blank line at EOF\.)$"),
        row("git", _LINT, "trailing whitespace.",
            r"^(?P<path>[^\s:]+):(?P<line>\d+): (?P<text>trailing whitespace\.)$"),
        row("smelly", _LINT, "smelly symbols", r"^(?P<text>.*smelly symbols.*)$"),
    )  # fmt: skip

    def make(self, entry: Diagnostic, hit: Hit, match: re.Match[str]) -> Finding:
        """Ruff says what is wrong in the line above the place."""
        finding = super().make(entry, hit, match)
        if entry.suite != "ruff" or len(finding.lines) < 2:
            return finding
        head, what = finding.lines[:2]
        return replace(finding, lines=(what, head, *finding.lines[2:]), message=what.text)


# A traceback, or only its last line; Sphinx writes its category below.
_RAISED = late(r"^\s|^Traceback |^[A-Za-z_][\w.]*(?:: |$)|^No module named ")


class Documents(Table):
    """Sphinx and docutils."""

    suite = "docs"
    absorbs = ("python",)
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("sphinx", _DOCS, "WARNING: ",
            r"^(?P<path>[^\s:]+\.(?:rst|md|txt|py|inc)):(?:(?P<line>\d+):)? "
            r"?(?:docstring of \S+?:\d+:)? ?WARNING: (?P<text>.+)$", below=2,
            belongs=late(r"^\s\s|^\w*Error: ")),
        row("sphinx", _DOCS, "WARNING: autodoc", r"^WARNING: (?P<text>autodoc: .+)$", below=80,
            belongs=_RAISED),
        row("sphinx", _DOCS, "WARNING: ",
            r"^(?P<path>/[^:]+):docstring of (?P<text>.+ WARNING: .+)$"),
        row("sphinx", _DOCS, "WARNING: ",
            linear(r"^WARNING: (?P<text>.+(?:document|toctree|intersphinx|autodoc|extension|theme"
            r"|html_|conf\.py|\[\w+[.\w]*\]).*)$")),
        row("sphinx", _DOCS, "ERROR: ",
            r"^(?P<path>[^\s:]+\.(?:rst|md|txt|py|inc)):(?:(?P<line>\d+):)? "
            r"ERROR: (?P<text>.+)$", below=2, belongs=late(r"^\s\s|^\w*Error: ")),
        row("sphinx", _DOCS, "CRITICAL: ",
            r"^(?P<path>[^\s:]+\.(?:rst|md|txt|py|inc)):(?:(?P<line>\d+):)? "
            r"CRITICAL: (?P<text>.+)$", below=2),
        row("sphinx", _DOCS, "SEVERE: ",
            r"^(?P<path>[^\s:]+\.(?:rst|md|txt|py|inc)):(?:(?P<line>\d+):)? "
            r"SEVERE: (?P<text>.+)$", below=2),
        row("sphinx", _DOCS, "Extension error", r"^Extension error(?: \(.*\))?[:!]$",
            weight=Weight.HINT, below=3),
        row("sphinx", _DOCS, "sphinx.errors.", r"^\s*sphinx\.errors\.(?P<text>\w+Error: .+)$"),
        row("sphinx", _DOCS, "Configuration error:", r"^Configuration error:$", below=6),
        row("sphinx", _DOCS, "Could not import ext", r"^(?P<text>Could not import extension .+)$"),
        row("sphinx", _DOCS, "warnings treated as",
            r"^build finished with problems, \d+ warnings? \(with warnings "
            r"treated as errors\)", weight=Weight.WRAPPER),
        row("sphinx", _DOCS, "Sphinx error:", r"^Sphinx error:$", below=3),
        row("sphinx", _DOCS, "Theme error:", r"^Theme error:$", below=3),
        row("sphinx", _DOCS, "[broken]",
            r"^(?P<path>[^\s:]+):(?P<line>\d+): \[broken\] (?P<text>.+)$"),
        row("sphinx", _DOCS, ") broken ",
            linear(r"(?:^|\s)\(?(?P<path>\S+?)?:?\s*line\s+(?P<line>\d+)\) broken\s+"
            r"(?P<text>.+)$")),
    )  # fmt: skip
