"""busted, for Lua: paragraphs below the counts, each under the place of its test."""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.formats.base import Hit
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.identifiers import make_test_id

_HEAD = r"^(?:Failure|Error) (?:->|→) \S+ @ \d+$"


class Busted(Runner):
    """`Failure -> file @ line`, and the whole name of the test in the next line."""

    suite = "busted"
    verdicts = tuple(
        verdict(needle, _HEAD, below=20)
        for needle in ("Failure ->", "Error ->", "Failure →", "Error →")
    )
    closing = (sign(" pending :", r"^\d+ success\w* / \d+ failures? / \d+ errors? / \d+ pending"),)
    stop = late(r"^(?:Failure|Error|Pending) (?:->|→) |^stack traceback:$")
    cause = late(r"^(?P<path>[^\s:]+):(?P<line>\d+): (?P<text>.+)$")
    message_lines = 5

    def make_id(self, hit: Hit, _match: re.Match[str]) -> str | None:
        """The line below."""
        below = next(iter(hit.below(1)), None)
        return make_test_id(below.text, self.facts.directory) if below else None
