"""gcc, clang and what drives them: the first real error is the cause, `***` only wraps it."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind
from bot.logs.formats.base import Finding, Format, Hit, Rule, Weight, rule
from bot.logs.ids import make_location
from bot.logs.lines import Line

_AT = r"^(?P<path>(?:[A-Za-z]:)?[^\s:()\[\]*][^:()]*):(?P<line>\d+)(?::\d+)?: "
_BELONGS = re.compile(r"^\s+\d* *\||^\s+[~^]|^\S.*: note: |^\s{2,}\S")


class Compiler(Format):
    """gcc and clang."""

    suite = "gcc"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("error: ", _AT + r"(?:fatal )?error: (?P<what>.+)$", "error"),
    )

    def error(self, hit: Hit, match: re.Match[str]) -> None:
        """A diagnostic with its place; the code that it points at follows."""
        self.findings.append(
            Finding(
                Kind.COMPILE_ERROR,
                (hit.line, *_find_details(hit)),
                f"error: {match['what']}",
                location=make_location(match["path"], match["line"], self.facts.directory),
            )
        )


def _find_details(hit: Hit) -> list[Line]:
    details: list[Line] = []
    for line in hit.below(8):
        if not _BELONGS.match(line.text):
            break
        details.append(line)
    return details


class Linker(Format):
    """ld, gold, lld, mold."""

    suite = "ld"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("undefined ", r"undefined (?:reference|symbol)", "error"),
        rule("multiple def", r"multiple definition of", "error"),
        rule("cannot find -l", r"cannot find -l", "error"),
    )

    def error(self, hit: Hit, _match: re.Match[str]) -> None:
        """A symbol or library that is not there, or there twice."""
        self.findings.append(Finding(Kind.LINK_ERROR, (hit.line,), hit.line.text.strip()))


class Make(Format):
    """make and ninja: they say that something failed, not what."""

    suite = "make"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("*** [", r"^(?:\S*make(?:\[\d+\])?): \*\*\* \[", "failed"),
        rule("*** No rule", r"^(?:\S*make(?:\[\d+\])?): \*\*\* No rule", "failed_itself"),
        rule("FAILED: ", r"^FAILED: \S", "failed"),
    )

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """A command of a rule failed."""
        self._add(hit, Weight.WRAPPER)

    def failed_itself(self, hit: Hit, _match: re.Match[str]) -> None:
        """The makefile is at fault."""
        self._add(hit, Weight.CAUSE)

    def _add(self, hit: Hit, weight: Weight) -> None:
        self.findings.append(
            Finding(Kind.BUILD_FAILURE, (hit.line,), hit.line.text.strip(), weight=weight)
        )
