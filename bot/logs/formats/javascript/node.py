"""node itself: an exception that nobody caught."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, Hit, Rule, rule
from bot.logs.formats.javascript.shared import find_place


class Node(Format):
    """node itself: an exception that nobody caught."""

    suite = "node"
    rules: ClassVar[tuple[Rule, ...]] = (rule("Node.js v", r"^Node\.js v\d+\.\d+\.\d+$", "died"),)
    _ERROR = late(r"^(?:Uncaught )?(?P<text>(?P<type>[A-Z]\w*(?:Error|Exception))\b.*)$")

    def died(self, hit: Hit, _match: re.Match[str]) -> None:
        """The last line names the version; the error and its stack stand above."""
        above = list(hit.above(30))[::-1]
        error = next((n for n, line in enumerate(above) if self._ERROR.match(line.text)), None)
        found = self._ERROR.match(above[error].text) if error is not None else None
        if error is None or found is None:
            return
        stack = above[error:]
        self.findings.append(
            Finding(
                Kind.CRASH,
                tuple(stack[:4]),
                found["text"],
                None,
                found["type"],
                find_place(stack, self.facts.directory),
            )
        )
